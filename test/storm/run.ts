import { fork } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import type { Workspace } from "../../src/playground/workspace/start.ts";
import { isJson } from "../../src/playground/workspace/json.ts";
import { type SlackBot, startBot } from "../support/slack-bot.ts";
import { type Acks, CHANNELS, command, HOSTS, p99, WEATHER } from "./pace.ts";

/**
 * `npm run test:storm`: 200 commands within 10 s through the real Bolt app while replies are lost, calls are limited,
 * envelopes come twice and a connection is asked to refresh every two seconds. Each must be answered, and only once; the
 * acknowledgements are timed beside those of an empty handler in the same weather. The last line on standard output
 * is JSON. Exit code 0 all well, 1 not, 2 answered once but the machine too busy to time anything.
 */
const ANSWERS_MS = 180_000;
const MOST_ACK_MS = 300;

/** How often each host's verdict stands in the channels. */
function verdicts(ws: Workspace): Map<string, number> {
  const count = new Map<string, number>();
  for (const message of CHANNELS.flatMap((c) => ws.messages(c))) {
    const host = /\bstorm-\d{3}\b/.exec(message.text)?.[0];
    const payload = isJson(message.metadata) ? message.metadata["event_payload"] : undefined;
    if (host === undefined || payload === undefined) continue;
    // A message that never became a verdict is no answer, but a second one for its host is a duplicate.
    const key = message.text.startsWith("502 now on") ? host : `${host} (unanswered)`;
    count.set(key, (count.get(key) ?? 0) + 1);
  }
  return count;
}

async function answers(bot: SlackBot): Promise<{ answered: number; duplicates: number }> {
  const until = Date.now() + ANSWERS_MS;
  const settled = async (): Promise<boolean> => {
    const found = verdicts(bot.ws);
    return HOSTS.every((h) => found.has(h)) && (await bot.store.outboxDue(1)).length === 0;
  };
  while (!(await settled()) && Date.now() < until) await pause(250);
  const found = verdicts(bot.ws);
  const messages = [...found.values()].reduce((a, b) => a + b, 0);
  const hosts = new Set([...found.keys()].map((k) => k.replace(" (unanswered)", ""))).size;
  return { answered: HOSTS.filter((h) => found.has(h)).length, duplicates: messages - hosts };
}

/** The empty handler's process. @returns starts its commands and resolves with what they took */
async function startEmptyHandler(): Promise<() => Promise<Acks>> {
  const child = fork(join(import.meta.dirname, "empty-handler.ts"), { stdio: "inherit" });
  await once(child, "message");
  return async () => {
    const told = once(child, "message");
    child.send("go");
    const [acks] = await told;
    // eslint-disable-next-line typescript/no-unsafe-type-assertion -- what empty-handler.ts sends
    return acks as Acks;
  };
}

async function main(): Promise<number> {
  const bot = await startBot({ hosts: HOSTS, faults: WEATHER });
  const empty = await startEmptyHandler();
  try {
    const [storm, beside] = await Promise.all([command(bot.ws), empty()]);
    for (const lost of storm.lost) process.stdout.write(`not acknowledged: ${lost}\n`);
    const told = await answers(bot);
    const struck = bot.ws.faults.counts();
    process.stdout.write(`weather: ${JSON.stringify(struck)}\n`);
    const runs = (await bot.store.runs({ limit: HOSTS.length * 2 })).length;
    process.stdout.write(`runs: ${runs}; the empty handler missed ${beside.lost.length} commands\n`);
    const line = {
      commands: HOSTS.length,
      ...told,
      ackP99Ms: p99(storm.acks),
      emptyP99Ms: p99(beside.acks),
    };
    process.stdout.write(`${JSON.stringify(line)}\n`);
    if (told.answered !== HOSTS.length || told.duplicates > 0 || runs !== HOSTS.length) return 1;
    if (storm.lost.length === 0 && line.ackP99Ms < MOST_ACK_MS) return 0;
    if (beside.lost.length === 0 && line.emptyP99Ms < MOST_ACK_MS) return 1;
    process.stderr.write(
      "The empty handler is too slow as well: this machine is too busy to time acknowledgements.\n",
    );
    return 2;
  } finally {
    await bot.stop();
  }
}

process.exit(await main());
