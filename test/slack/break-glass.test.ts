import { afterEach, describe, expect, test } from "vitest";
import type { Message } from "../../src/playground/workspace/state/messages.ts";
import { FIELDS } from "../../src/slack/ids.ts";
import { aBoundFix } from "../support/fix-stage.ts";
import { type BotOptions, type SlackBot, startBot } from "../support/slack-bot.ts";

const FIX = "fix:start-shop-api";
const ADA = "U0ADA00001";
const SECURITY = "S0SECUR002";
const REASON = { "reason/reason": "the shop is down and nobody else answers" };
const BREAK = { [`${FIELDS.glass}/${FIELDS.glass}`]: ["break"] };
const NAME = `${FIELDS.hostName}/${FIELDS.hostName}`;
const closed = { open: false, why: "No fix runs on web-1 before Monday." };

let bot: SlackBot;
afterEach(async () => bot.stop());

/** A freeze, and a policy by which Ada alone may break glass. */
const FROZEN: BotOptions = {
  access: (q) =>
    q.action === "approve" || q.actor.id === ADA
      ? { allowed: true, approvals: 1, fourEyes: false, why: "" }
      : { allowed: false, approvals: 0, fourEyes: false, why: "no rule allows break-glass" },
  fixWorld: { gate: () => closed, alarm: { channel: "G0SECRET01", group: SECURITY } },
};
const DANGEROUS = { fix: { ...aBoundFix().fix, risk: "dangerous" as const } };

async function verdictOf(options: BotOptions): Promise<Message> {
  bot = await startBot(options);
  await bot.ws.postCommand("ada", "ops", "/502 web-1");
  return bot.ws.waitForMessage("ops", (m) => JSON.stringify(m.blocks).includes(FIX));
}

/** Presses the fix's button and waits for the form, or for the sentence why there is none. */
async function planFor(user: string, verdict: Message): Promise<string> {
  await bot.ws.click(user, verdict, FIX);
  const view = await bot.ws.waitForView(user, (v) => !JSON.stringify(v.payload).includes("One moment"));
  return JSON.stringify(view.payload);
}

describe("the checkbox that breaks glass", () => {
  test("is seen by the role only, wants a reason, and its use is told to the channel and the security group", async () => {
    const verdict = await verdictOf(FROZEN);
    const { ws } = bot;
    expect(await planFor("lin", verdict)).toContain(closed.why);
    expect(JSON.stringify(ws.view("lin")?.payload)).not.toContain(FIELDS.glass);
    const plan = await planFor("ada", verdict);
    expect(plan).toContain(FIELDS.glass);
    expect(plan).toContain(closed.why);
    expect(await ws.submitView("ada", BREAK)).toMatchObject({
      outcome: "errors",
      errors: { [FIELDS.reason]: expect.stringContaining("needs a reason") },
    });
    expect(bot.host.ran).toEqual([]);
    expect(await ws.submitView("ada", { ...BREAK, ...REASON })).toMatchObject({ outcome: "cleared" });
    for (const channel of ["ops", "G0SECRET01"]) {
      const told = await ws.waitForMessage(channel, (m) => m.text.startsWith("Glass broken on web-1"));
      expect(told.threadTs).toBeUndefined();
      const said = JSON.stringify(told.blocks);
      expect(said).toContain("nobody else answers");
      expect(said).toContain(`"usergroup_id":"${SECURITY}"`);
      expect(said).toContain(`"user_id":"${ADA}"`);
    }
    await ws.waitForMessage("ops", (m) => m.text.startsWith("Fixed:"));
    expect(bot.host.ran).toHaveLength(1);
  });

  test("left alone it overrides nothing: the freeze is said", async () => {
    const verdict = await verdictOf(FROZEN);
    await planFor("ada", verdict);
    expect(await bot.ws.submitView("ada", REASON)).toMatchObject({ outcome: "updated" });
    expect(JSON.stringify(bot.ws.view("ada")?.payload)).toContain(`${closed.why} You may break glass`);
    expect(bot.host.ran).toEqual([]);
  });

  test("is not there where no rule stands in the way", async () => {
    const verdict = await verdictOf({});
    expect(await planFor("ada", verdict)).not.toContain(FIELDS.glass);
  });
});

describe("a dangerous fix", () => {
  test("has no such checkbox, wants the host's name from each of two people, and then runs", async () => {
    const verdict = await verdictOf({ bound: DANGEROUS });
    const { ws } = bot;
    expect(await planFor("ada", verdict)).not.toContain(FIELDS.glass);
    expect(await ws.submitView("ada", { [NAME]: "web-1" })).toMatchObject({ outcome: "updated" });
    const asked = await ws.waitForMessage("ops", (m) => m.text.includes("1 of 2 approvals"));
    expect(bot.host.ran).toEqual([]);
    await ws.click("lin", asked, "approve");
    await ws.waitForView("lin", (v) => v.payload["callback_id"] === "approve-fix");
    expect(await ws.submitView("lin", { [NAME]: "web-2" })).toMatchObject({ outcome: "errors" });
    expect(await ws.submitView("lin", { [NAME]: "web-1" })).toMatchObject({ outcome: "cleared" });
    await ws.waitForMessage("ops", (m) => m.text.startsWith("Fixed:"));
    expect(bot.host.ran).toHaveLength(1);
  });

  test("that the policy allows nobody has no button: its exact commands are shown", async () => {
    const because = "dangerous: to be run by hand, by somebody who has looked";
    bot = await startBot({ bound: { fix: { ...DANGEROUS.fix, offered: false, because } } });
    await bot.ws.postCommand("ada", "ops", "/502 web-1");
    const verdict = await bot.ws.waitForMessage("ops", (m) => m.text.includes("502 now"));
    const said = JSON.stringify(verdict.blocks);
    expect(said).toContain("sudo systemctl start shop-api.service");
    expect(said).toContain(because);
    expect(said).not.toContain(FIX);
  });
});
