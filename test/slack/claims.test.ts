import { afterEach, beforeEach, expect, test } from "vitest";
import type { Message } from "../../src/playground/workspace/state/messages.ts";
import { until } from "../support/place.ts";
import { type SlackBot, startBot } from "../support/slack-bot.ts";

let bot: SlackBot;
beforeEach(async () => {
  bot = await startBot();
});
afterEach(() => bot.stop());

const failing = (m: Message): boolean => m.text.startsWith("502 now on web-1");
const shown = (m: Message | undefined): string => JSON.stringify(m?.blocks);

async function verdict(): Promise<Message> {
  await bot.ws.postCommand("ada", "ops", "/502 web-1");
  return bot.ws.waitForMessage("ops", failing);
}
const now = (): Message => bot.ws.messages("ops").findLast(failing) ?? expect.fail("no verdict");
/** Waits until the verdict shows a text. */
const shows = (text: string): Promise<void> =>
  until(`the verdict shows ${text}`, () => shown(now()).includes(text));

test("I have it: the verdict says who and since when, and the second is asked whether to take over", async () => {
  const first = await verdict();
  expect(shown(first)).toContain("Nobody has it yet.");
  await bot.ws.click("ada", first, "claim");
  await shows("has it, since");
  expect(shown(now())).toContain('"user_id":"U0ADA00001"');
  expect(shown(now())).toContain("Hand over");
  expect(shown(now())).not.toContain("I have it");
  // lin still has the older message before her.
  await bot.ws.click("lin", first, { actionId: "hand-over" }).catch(() => undefined);
  const view = await bot.ws.waitForView("lin", (v) => JSON.stringify(v.payload).includes("Take it over?"));
  expect(JSON.stringify(view.payload)).toContain("U0ADA00001");
  await bot.ws.submitView("lin");
  const told = await bot.ws.waitForMessage("ops", (m) => m.text.includes("taken over from"));
  expect(told.text).toBe("<@U0LIN00002> has web-1 now, taken over from <@U0ADA00001>.");
  expect(told.threadTs).toBe(first.ts);
  await until("the verdict follows", () => shown(now()).includes('"user_id":"U0LIN00002"'));
});

test("two press the same button: one has it, the other is asked, and may take it over there", async () => {
  const first = await verdict();
  await Promise.all(["ada", "lin"].map((user) => bot.ws.click(user, first, "claim")));
  const asked = await bot.ws.waitForMessage("ops", (m) => m.text.includes("Take it over?"));
  const second = asked.ephemeralFor === "U0ADA00001" ? "ada" : "lin";
  await bot.ws.click(second, asked, "take-over");
  const told = await bot.ws.waitForMessage("ops", (m) => m.text.includes("taken over from"));
  expect(told.text).toContain(`<@${asked.ephemeralFor}> has web-1 now`);
});

test("handed over to somebody, who is told; not to a guest; released with nobody named", async () => {
  await bot.ws.click("ada", await verdict(), "claim");
  await shows("has it, since");
  const open = async (user: string): Promise<void> => {
    await bot.ws.click(user, now(), "hand-over");
    await bot.ws.waitForView(user, (v) => JSON.stringify(v.payload).includes("To whom?"));
  };
  await open("ada");
  const refused = await bot.ws.submitView("ada", { person: ["U0GUS00004"] });
  expect(refused).toMatchObject({ errors: { person: expect.stringContaining("Choose somebody else") } });
  await bot.ws.submitView("ada", { person: ["U0LIN00002"] });
  const told = await bot.ws.waitForMessage("ops", (m) => m.text.includes("handed it over"));
  expect(told.text).toContain("<@U0LIN00002> has web-1 now");
  await until("the verdict follows", () => shown(now()).includes('"user_id":"U0LIN00002"'));
  await bot.ws.openHome("lin");
  const home = await bot.ws.waitForHome("lin", (v) =>
    JSON.stringify(v.payload).includes("Hosts you have on your hands"),
  );
  expect(JSON.stringify(home.payload)).toContain("web-1");
  await open("lin");
  await bot.ws.submitView("lin");
  await bot.ws.waitForMessage("ops", (m) => m.text.includes("nobody has it"));
  await shows("Nobody has it yet.");
});
