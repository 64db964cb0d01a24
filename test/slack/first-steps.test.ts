import { afterEach, expect, test } from "vitest";
import { loadConfig } from "../../src/inventory/load-config.ts";
import { policyLines, slackLines } from "../../src/wording/first-steps.ts";
import { type SlackBot, startBot } from "../support/slack-bot.ts";

let bot: SlackBot | undefined;
afterEach(async () => {
  await bot?.stop();
  bot = undefined;
});

test("without a policy App Home leads to the lines of one, made of names", async () => {
  bot = await startBot({ withoutPolicy: true });
  const { ws } = bot;
  await ws.openHome("ada");
  await ws.waitForHome("ada", (v) => JSON.stringify(v.payload).includes("Say who may approve"));
  await ws.clickInView("ada", "home", "first-steps");
  await ws.waitForView("ada", (v) => v.payload["callback_id"] === "first-steps");
  const { options } = await ws.suggest("ada", { actionId: "group", value: "call" });
  expect(JSON.stringify(options)).toContain('"@oncall"');
  expect((await ws.submitView("ada", {})).errors).toEqual({
    approvers: "Name a group or at least one person.",
  });
  const answer = await ws.submitView("ada", {
    group: JSON.stringify(options[0]),
    approvers: ["U0SAM00003"],
    channel: "C0OPS00001",
  });
  expect(answer.outcome).toBe("updated");
  const shown = JSON.stringify(ws.view("ada")?.payload["blocks"]);
  expect(shown).toContain("who: [S0ONCALL01, U0SAM00003]");
  expect(shown).toContain("in: [C0OPS00001]");
  expect(shown).toContain("onCallGroup: S0ONCALL01");
});

test("with a policy, and for a guest, nothing of it is shown", async () => {
  bot = await startBot({ withoutPolicy: true });
  await bot.ws.openHome("gus");
  const guest = await bot.ws.waitForHome("gus");
  expect(JSON.stringify(guest.payload)).not.toContain("First steps");
  await bot.stop();
  bot = await startBot();
  await bot.ws.openHome("ada");
  const view = await bot.ws.waitForHome("ada");
  expect(JSON.stringify(view.payload)).not.toContain("First steps");
});

test.each([
  [{ approvers: ["U0SAM00003"] }],
  [{ approvers: [], group: "S0ONCALL01" }],
  [{ approvers: ["U0SAM00003", "W0LIN00002"], group: "S0ONCALL01", channel: "C0OPS00001" }],
])("502.yml takes the lines %#", (steps) => {
  const slack = slackLines(steps);
  const text = [
    "hosts: { web-1: { hostName: 192.0.2.1 } }",
    policyLines(steps),
    "slack:",
    "  botToken: file:secrets/bot",
    slack,
  ].join("\n");
  const loaded = loadConfig(`${text}\n`, "502.yml", () => []);
  expect(loaded.ok ? [] : loaded.errors).toEqual([]);
});
