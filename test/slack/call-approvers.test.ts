import { afterEach, expect, test } from "vitest";
import type { Message } from "../../src/playground/workspace/state/messages.ts";
import { callApprovers } from "../../src/workflows/call-approvers.ts";
import { until } from "../support/place.ts";
import { type BotOptions, type SlackBot, startBot } from "../support/slack-bot.ts";

let bot: SlackBot;
afterEach(async () => bot.stop());

const FIX = "fix:start-shop-api";
const GROUP = { group: "S0ONCALL01" };
const FOUR_MINUTES = 4 * 60_000;
const isCall = (m: Message): boolean => m.text.startsWith("<!subteam^S0ONCALL01>");
const calls = (): Message[] => bot.ws.state.messages.all("C0OPS00001").filter(isCall);

/** Asks for a fix. @returns the verdict's message and the approval's id */
async function ask(options: BotOptions = { onCall: GROUP }): Promise<{ verdict: Message; id: string }> {
  bot = await startBot(options);
  await bot.ws.postCommand("ada", "ops", "/502 web-1");
  const verdict = await bot.ws.waitForMessage("ops", (m) => JSON.stringify(m.blocks).includes(FIX));
  await bot.ws.click("ada", verdict, FIX);
  await bot.ws.waitForView("ada", (v) => v.payload["callback_id"] === "approve-fix");
  await bot.ws.closeView("ada");
  const [approval] = await bot.store.approvals({ limit: 1 });
  return { verdict, id: approval?.id ?? "" };
}

test("after three minutes the group is mentioned in the thread, once, and can decide right there", async () => {
  const { verdict, id } = await ask();
  expect(calls()).toEqual([]);
  bot.clock.shift += FOUR_MINUTES;
  const call = await bot.ws.waitForMessage("ops", isCall);
  expect(call.threadTs).toBe(verdict.ts);
  expect(call.text).toContain("nobody has decided yet");
  expect(JSON.stringify(call.blocks)).toContain('"usergroup_id":"S0ONCALL01"');
  await until("it is delivered", async () => (await bot.store.outboxDue(10)).length === 0);
  expect(await callApprovers(bot.fixes, id)).toBe(false);
  await bot.ws.click("lin", call, "approve");
  await bot.ws.waitForView("lin", (v) => v.payload["callback_id"] === "approve-fix");
  await bot.ws.submitView("lin", {});
  await bot.ws.waitForMessage("ops", (m) => m.text.startsWith("Fixed:"));
  const after = await bot.ws.waitForMessage(
    "ops",
    (m) => m.ts === call.ts && m.text.includes("<@U0LIN00002> approved it"),
  );
  expect(JSON.stringify(after.blocks)).not.toMatch(/usergroup|"approve"/);
  // It stays there: a moment, not how long ago it was.
  expect(after.text).toMatch(/it <!date\^\d+\^/);
  expect(JSON.stringify(after.blocks)).toContain('"type":"date"');
  expect(JSON.stringify(after)).not.toMatch(/ ago|just now/);
  expect(calls()).toEqual([]);
});

test("one of two votes after three minutes: another one is asked for", async () => {
  await ask({
    onCall: GROUP,
    access: () => ({ allowed: true, approvals: 2, fourEyes: false, why: "" }),
  });
  const verdict = await bot.ws.waitForMessage("ops", (m) => m.text.startsWith("502 now"));
  await bot.ws.click("ada", verdict, FIX);
  await bot.ws.waitForView("ada", (v) => v.payload["callback_id"] === "approve-fix");
  await bot.ws.submitView("ada", {});
  bot.clock.shift += FOUR_MINUTES;
  const call = await bot.ws.waitForMessage("ops", isCall);
  expect(call.text).toContain("another approval is needed");
});

test.each<[string, (id: string) => Promise<void>]>([
  [
    "decided",
    async () => {
      const asked = await bot.ws.waitForMessage("ops", (m) => JSON.stringify(m.blocks).includes('"deny"'));
      await bot.ws.click("lin", asked, "deny");
      await bot.ws.waitForView("lin", (v) => v.payload["callback_id"] === "deny-fix");
      await bot.ws.submitView("lin", { reason: "a deploy is on" });
    },
  ],
  [
    "silenced",
    async () =>
      bot.store.transaction((tx) =>
        tx.putSilence({
          id: "sil-1",
          target: "web-1",
          until: bot.clock.now() + 3_600_000,
          reason: "known",
          by: "U0LIN00002",
          createdAt: bot.clock.now(),
        }),
      ),
  ],
])("nobody is called for an approval that is %s", async (_what, happens) => {
  const { id } = await ask();
  await happens(id);
  bot.clock.shift += FOUR_MINUTES;
  expect(await callApprovers(bot.fixes, id)).toBe(false);
  expect(calls()).toEqual([]);
});

test("nor after it has expired, nor where no group is named", async () => {
  const { id } = await ask();
  bot.clock.shift += 20 * 60_000;
  await bot.ws.waitForMessage("ops", (m) => m.text.startsWith("Expired:"));
  expect(await callApprovers(bot.fixes, id)).toBe(false);
  expect(calls()).toEqual([]);
  const { onCall: _nobody, ...without } = bot.fixes;
  expect(await callApprovers(without, id)).toBe(false);
});
