import { afterEach, expect, test } from "vitest";
import { type SlackBot, startBot } from "../support/slack-bot.ts";

let bot: SlackBot;
afterEach(async () => bot.stop());

test("command, verdict, press, plan, approval, fixed: the buttons are gone", async () => {
  bot = await startBot();
  const { ws } = bot;
  expect((await ws.postCommand("ada", "ops", "/502 web-1")).end).toBe("acked");
  const verdict = await ws.waitForMessage("ops", (m) => m.text.includes("502 now on web-1"));
  expect(verdict.text).toContain("shop-api.service is stopped.");
  await ws.click("ada", verdict, "fix:start-shop-api");
  const plan = await ws.waitForView("ada", (v) => v.payload["callback_id"] === "approve-fix");
  expect(JSON.stringify(plan.payload)).toContain("sudo systemctl start shop-api.service");
  const submitted = await ws.submitView("ada", { "reason/reason": "customers wait" });
  expect(submitted).toMatchObject({ outcome: "cleared" });
  const fixed = await ws.waitForMessage("ops", (m) =>
    m.text.startsWith("Fixed: Start shop-api.service on web-1"),
  );
  expect(fixed.threadTs).toBe(verdict.ts);
  await ws.waitForMessage(
    "ops",
    (m) => m.ts === verdict.ts && !JSON.stringify(m.blocks).includes("fix:start-shop-api"),
  );
  expect(bot.host.ran).toEqual(["systemctl start shop-api.service"]);
  expect(ws.messages("ops")).toHaveLength(1);
});
