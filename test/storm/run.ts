import { setTimeout as pause } from "node:timers/promises";
import type { Workspace, WorkspaceOptions } from "../../src/playground/workspace/start.ts";
import { isJson } from "../../src/playground/workspace/json.ts";
import { type SlackBot, startBot } from "../support/slack-bot.ts";
import { startEmptyHandler } from "./empty-handler.ts";

/**
 * `npm run test:storm`: 200 commands within 10 s through the real Bolt app while replies are lost, calls are limited,
 * envelopes come twice and a connection is asked to refresh every two seconds. Each must be answered, and only once; the
 * acknowledgements are timed beside those of an empty handler in the same weather. The last line on standard output
 * is JSON. Exit code 0 all well, 1 not, 2 answered once but the machine too busy to time anything.
 */
const COMMANDS = 200;
const WITHIN_MS = 10_000;
const ANSWERS_MS = 180_000;
const MOST_ACK_MS = 300;
const CHANNELS = ["ops", "general"];

const WEATHER: NonNullable<WorkspaceOptions["faults"]> = {
  disconnectEveryMs: 2_000,
  rules: [
    { fault: "lost-reply", methods: ["chat.*"], rate: 0.05 },
    { fault: "ratelimited", methods: ["chat.*", "conversations.*"], rate: 0.05, retryAfterSeconds: 1 },
    { fault: "redeliver", types: ["slash_commands"], rate: 0.1 },
  ],
};
const HOSTS = Array.from({ length: COMMANDS }, (_, i) => `storm-${String(i).padStart(3, "0")}`);

interface Storm {
  readonly acks: readonly number[];
  readonly lost: readonly string[];
}

/** Sends all commands at an even pace. */
async function command(ws: Workspace): Promise<Storm> {
  const began = Date.now();
  const sent = HOSTS.map(async (host, i) => {
    await pause(Math.max(0, began + (i * WITHIN_MS) / COMMANDS - Date.now()));
    const channel = CHANNELS[i % CHANNELS.length] ?? "ops";
    return { host, outcome: await ws.postCommand("ada", channel, `/502 ${host}`) };
  });
  const all = await Promise.all(sent);
  return {
    acks: all.flatMap(({ outcome }) => (outcome.end === "acked" ? [outcome.ms] : [])),
    lost: all.filter(({ outcome }) => outcome.end !== "acked").map((s) => `${s.host}: ${s.outcome.end}`),
  };
}

function p99(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return Math.round(sorted[Math.ceil(sorted.length * 0.99) - 1] ?? Number.NaN);
}

/** How often each host's verdict stands in the channels. */
function verdicts(ws: Workspace): Map<string, number> {
  const count = new Map<string, number>();
  for (const message of CHANNELS.flatMap((c) => ws.messages(c))) {
    const host = HOSTS.find((h) => message.text.includes(` ${h}: `) || message.text.startsWith(`${h} `));
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
  const settled = async (): Promise<boolean> =>
    HOSTS.every((h) => verdicts(bot.ws).has(h)) && (await bot.store.outboxDue(1)).length === 0;
  while (!(await settled()) && Date.now() < until) await pause(250);
  const found = verdicts(bot.ws);
  const messages = [...found.values()].reduce((a, b) => a + b, 0);
  const hosts = new Set([...found.keys()].map((k) => k.replace(" (unanswered)", ""))).size;
  return { answered: HOSTS.filter((h) => found.has(h)).length, duplicates: messages - hosts };
}

async function main(): Promise<number> {
  const empty = await startEmptyHandler({ faults: WEATHER });
  const bot = await startBot({ hosts: HOSTS, faults: WEATHER });
  try {
    const [storm, beside] = await Promise.all([command(bot.ws), command(empty.ws)]);
    for (const lost of storm.lost) process.stdout.write(`not acknowledged: ${lost}\n`);
    const told = await answers(bot);
    const struck = bot.ws.faults.counts();
    process.stdout.write(`weather: ${JSON.stringify(struck)}\n`);
    const runs = (await bot.store.runs({ limit: COMMANDS * 2 })).length;
    process.stdout.write(`runs: ${runs}; the empty handler missed ${beside.lost.length} commands\n`);
    const line = { commands: COMMANDS, ...told, ackP99Ms: p99(storm.acks), emptyP99Ms: p99(beside.acks) };
    process.stdout.write(`${JSON.stringify(line)}\n`);
    if (told.answered !== COMMANDS || told.duplicates > 0 || runs !== COMMANDS) return 1;
    if (storm.lost.length === 0 && line.ackP99Ms < MOST_ACK_MS) return 0;
    if (beside.lost.length === 0 && line.emptyP99Ms < MOST_ACK_MS) return 1;
    process.stderr.write(
      "The empty handler is too slow as well: this machine is too busy to time acknowledgements.\n",
    );
    return 2;
  } finally {
    await bot.stop();
    await empty.stop();
  }
}

process.exit(await main());
