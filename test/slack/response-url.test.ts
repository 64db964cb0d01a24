import { afterEach, expect, test } from "vitest";
import { until } from "../support/place.ts";
import { type SlackBot, startBot } from "../support/slack-bot.ts";

let bot: SlackBot;
afterEach(async () => bot.stop());

const answers = (): string[] => bot.ws.ephemeral("ada", "ops").map((m) => m.text);

test("a response URL that hangs does not hold back the answer for longer than some seconds", async () => {
  bot = await startBot({ faults: { rules: [{ fault: "hang", methods: ["response_url"] }] } });
  const began = Date.now();
  await bot.ws.postCommand("ada", "ops", "/502 hosts");
  await until("the answer came another way", () => answers().length > 0);
  expect(Date.now() - began).toBeGreaterThan(3_000);
  expect(answers()).toEqual([expect.stringContaining("You may diagnose 3 hosts")]);
  expect(bot.log.join("\n")).toContain("an answer did not get through this way");
});

// Slack offers no way to look up what a response URL has said: twice is better than never.
test("an answer whose reply is lost at the response URL comes a second time, and not more often", async () => {
  const rules = [{ fault: "lost-reply" as const, methods: ["response_url"], times: 1 }];
  bot = await startBot({ faults: { rules } });
  await bot.ws.postCommand("ada", "ops", "/502 hosts");
  await until("it came twice", () => answers().length >= 2);
  await bot.ws.postCommand("ada", "ops", "/502 playbooks");
  await until("the next one came", () => answers().some((t) => t.startsWith("Playbooks")));
  expect(answers().filter((t) => t.startsWith("You may"))).toHaveLength(2);
});
