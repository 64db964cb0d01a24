import { WebClient } from "@slack/web-api";
import { keepAsked, tellLeftBehind } from "../../src/slack/unanswered.ts";
import { type SlackBot, startBot } from "../support/slack-bot.ts";
import { until } from "../support/place.ts";
import type { Surface } from "../support/block-kit-limits.ts";

interface Answer {
  readonly name: string;
  readonly surface: Surface;
  readonly payload: Readonly<Record<string, unknown>>;
}

/** What is typed in #ops, by whom; the answer is for that person alone. */
const TYPED: readonly (readonly [name: string, user: string, line: string])[] = [
  ["help", "ada", "/502 help"],
  ["help-of-one", "ada", "/502 help schedule"],
  ["help-guest", "gus", "/502 help"],
  ["help-of-no-use", "gus", "/502 help runs"],
  ["help-of-the-terminal", "ada", "/502 help fix"],
  ["schedule-list-guest", "gus", "/502 schedule list"],
  ["hosts", "ada", "/502 hosts"],
  ["playbooks", "ada", "/502 playbooks"],
  ["runs", "ada", "/502 runs"],
  ["runs-of-one-without", "ada", "/502 runs shop-1"],
  ["approvals", "ada", "/502 approvals"],
  ["doctor-which", "ada", "/502 doctor"],
  ["misspelt-host", "ada", "/502 web-9"],
  ["misspelt-command", "ada", "/502 hots"],
  ["misspelt-command-with-words", "ada", "/502 docter web-1"],
  ["neither", "ada", "/502 zzz"],
  ["terminal-only", "ada", "/502 fix run-1 start"],
  ["too-many-words", "ada", "/502 web-1 web-2"],
  ["no-such-playbook", "ada", "/502 web-1 --playbook 503"],
  ["no-such-group", "ada", "/502 @wbe"],
  ["unknown-site", "ada", "/502 https://cart.example.test/"],
  ["denied-guest", "gus", "/502 web-1"],
  ["schedule-added", "ada", '/502 schedule add #ops "weekdays 09:00 Europe/Berlin" @web'],
  ["schedule-list", "ada", "/502 schedule list"],
  ["schedule-mistake", "ada", "/502 schedule add #ops sometimes @web"],
  ["silence", "ada", "/502 silence web-1 2h kernel upgrade"],
  ["silence-list", "ada", "/502 silence list"],
  ["silence-mistake", "ada", "/502 silence web-1 soon"],
];

/** What one person alone is told, taken from a conversation with the real adapter. */
export async function answersFromTheBot(): Promise<Answer[]> {
  const bot = await startBot({ channels: { groups: { web: ["web-1", "web-2"] } } });
  try {
    const { ws } = bot;
    await ws.postCommand("ada", "ops", "/502 web-1");
    await ws.waitForMessage("ops", (m) => m.text.startsWith("502 now on web-1"));
    const all: Answer[] = [];
    for (const [name, user, line] of TYPED) {
      all.push(await told(bot, name, user, () => ws.postCommand(user, "ops", line)));
    }
    all.push(await told(bot, "doctor", "ada", () => ws.postCommand("ada", "ops", "/502 doctor web-1"), 2));
    all.push(await directly(bot));
    all.push(await told(bot, "interrupted", "ada", () => leaveBehind(bot)));
    return all.filter((a) => a.payload["text"] !== undefined);
  } finally {
    await bot.stop();
  }
}

/** A command of ada's that a bot had acknowledged before it was killed. */
async function leaveBehind({ ws, world, store, clock }: SlackBot): Promise<void> {
  const at = clock.now() - 61_000;
  const asked = { said: "`/502 web-1`", user: "U0ADA00001", channel: "C0OPS00001", at };
  await keepAsked(store, "killed:1", asked);
  await tellLeftBehind({ ...world, client: new WebClient(ws.botToken, { slackApiUrl: ws.apiUrl }) });
}

async function told(
  { ws }: SlackBot,
  name: string,
  user: string,
  act: () => Promise<unknown>,
  more = 1,
): Promise<Answer> {
  const before = ws.ephemeral(user, "ops").length;
  await act();
  await until(`${name} is answered`, () => ws.ephemeral(user, "ops").length >= before + more);
  return {
    name: `answer-${name}`,
    surface: "message",
    payload: { text: ws.ephemeral(user, "ops").at(-1)?.text },
  };
}

/** The verdict that cannot be posted where it was asked for. */
async function directly({ ws }: SlackBot): Promise<Answer> {
  ws.state.channels.get("general").archived = true;
  await ws.postCommand("ada", "general", "/502 web-2");
  const said = await ws.waitForMessage("D0ADA00001", (m) => m.text.includes("archived"));
  return { name: "direct-archived", surface: "message", payload: { text: said.text, blocks: said.blocks } };
}
