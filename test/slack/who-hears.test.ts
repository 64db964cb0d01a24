import { afterEach, describe, expect, test, vi } from "vitest";
import { aRun } from "../support/nouns.ts";
import { until } from "../support/place.ts";
import { type SlackBot, startBot } from "../support/slack-bot.ts";

let bot: SlackBot;
afterEach(async () => bot.stop());

const [ADA, LIN, GUS] = ["U0ADA00001", "U0LIN00002", "U0GUS00004"];
const noFiles = (threadTs: string): boolean =>
  bot.ws.thread("ops", threadTs).every((m) => m.files.length === 0);

/** A run that is open, said in this channel. */
async function openRun(channel: string, url?: string): Promise<void> {
  await bot.store.transaction((tx) =>
    tx.insertRun(
      aRun("run-open", {
        request: { host: "web-1", playbook: "502", ...(url === undefined ? {} : { url }) },
        actor: { id: LIN, via: "slack" },
        destination: { channel },
      }),
    ),
  );
}

describe("a mention that begins no run is answered where the person sees it", () => {
  test.each([
    ["ada", ADA, "web-11", "There is no host web-11"],
    ["gus", GUS, "web-1", "You may not diagnose web-1"],
  ])("by %s", async (name, id, word, expected) => {
    bot = await startBot();
    bot.ws.say(name, "ops", `@fiveohtwo ${word}`);
    const said = await bot.ws.waitForMessage("ops", (m) => m.ephemeralFor === id);
    expect(said.text).toContain(expected);
    expect(said.threadTs).toBeUndefined();
  });

  test("in a thread that has replies, in that thread", async () => {
    bot = await startBot();
    const root = bot.ws.say("lin", "ops", "the shop is slow");
    bot.ws.say("lin", "ops", "very", root.ts);
    bot.ws.say("ada", "ops", "@fiveohtwo web-11", root.ts);
    const said = await bot.ws.waitForMessage("ops", (m) => m.ephemeralFor === ADA);
    expect(said.threadTs).toBe(root.ts);
  });
});

test("a direct message with a picture is answered like any other", async () => {
  bot = await startBot();
  bot.ws.say("lin", "D0LIN00002", "web-1", undefined, "file_share");
  const verdict = await bot.ws.waitForMessage("D0LIN00002", (m) => m.text.includes("502 now on"));
  expect(verdict.text).toContain("web-1");
});

test.each([
  ["a command", () => bot.ws.postCommand("ada", "ops", "/502 web-1")],
  ["a mention", async () => bot.ws.say("ada", "ops", "@fiveohtwo web-1")],
])("%s while the bot's state cannot be read: who asked is told", async (_, ask) => {
  bot = await startBot();
  vi.spyOn(bot.store, "claimTick").mockRejectedValueOnce(new Error("the disk is full"));
  await ask();
  const said = await bot.ws.waitForMessage("ops", (m) => m.ephemeralFor === ADA);
  expect(said.text).toContain("Something inside the bot failed");
});

test("what was read on a host is put into the thread only by whom may diagnose it", async () => {
  bot = await startBot();
  const { ws } = bot;
  await ws.postCommand("ada", "ops", "/502 web-1");
  const verdict = await ws.waitForMessage("ops", (m) => m.text.startsWith("502 now on web-1"));
  await ws.click("gus", verdict, "everything");
  const said = await ws.waitForMessage("ops", (m) => m.ephemeralFor === GUS);
  expect(said.text).toContain("You may not see what was read on web-1");
  expect(noFiles(verdict.ts)).toBe(true);
  await ws.click("lin", verdict, "everything");
  await until("it stands there", () => !noFiles(verdict.ts));
});

describe("an open run is joined only where the asker can read what it will say", () => {
  test.each([
    ["in the same channel", "C0OPS00001", undefined, "/502 web-1", true],
    ["in a channel both are in", "C0GENERAL1", undefined, "/502 web-1", true],
    ["in somebody's direct messages", "D0LIN00002", undefined, "/502 web-1", false],
    ["in a private channel of others", "G0SECRET01", undefined, "/502 web-1", false],
    [
      "about another URL",
      "C0OPS00001",
      "http://198.51.100.7/a",
      "/502 web-1 --url http://198.51.100.7/b",
      false,
    ],
  ])("%s", async (_, channel, url, line, joins) => {
    bot = await startBot();
    await openRun(channel, url);
    await bot.ws.postCommand("ada", "ops", line);
    if (!joins) {
      await bot.ws.waitForMessage("ops", (m) => m.text.startsWith("502 now on web-1"));
      return;
    }
    const said = await bot.ws.waitForMessage("ops", (m) => m.ephemeralFor === ADA);
    expect(said.text).toContain("is being diagnosed already");
    expect(bot.ws.messages("ops")).toEqual([]);
  });
});

describe("who may nothing is shown nothing", () => {
  const sees = { groups: { web: ["web-1"], db: ["db-1"] }, may: () => ({ allowed: true, why: "" }) };

  test("of schedules, silences and groups", async () => {
    bot = await startBot({ channels: sees });
    const { ws } = bot;
    const told = async (user: string, line: string): Promise<string> => {
      const before = ws.ephemeral(user, "ops").length;
      await ws.postCommand(user, "ops", line);
      await until("it is answered", () => ws.ephemeral(user, "ops").length > before);
      return ws.ephemeral(user, "ops").at(-1)?.text ?? "";
    };
    await told("ada", '/502 schedule add "daily 09:00" @web');
    await told("ada", "/502 silence web-1 2h the disk is replaced");
    expect(await told("ada", "/502 schedule list")).toContain("@web");
    expect(await told("ada", "/502 silence list")).toContain("the disk is replaced");
    expect(await told("ada", "/502 @wbe")).toContain("Did you mean @web?");
    expect(await told("gus", "/502 schedule list")).not.toContain("@web");
    expect(await told("gus", "/502 schedule remove sch-9")).not.toMatch(/sch-1/);
    expect(await told("gus", "/502 silence list")).not.toContain("disk");
    expect(await told("gus", "/502 @wbe")).not.toContain("@web");
  });

  test("of what commands are good for", async () => {
    bot = await startBot();
    const { ws } = bot;
    const told = async (user: string, id: string, line: string): Promise<string> => {
      await ws.postCommand(user, "ops", line);
      return (await ws.waitForMessage("ops", (m) => m.ephemeralFor === id)).text;
    };
    expect(await told("gus", GUS, "/502 help runs")).toContain("There is no host that you may diagnose");
    expect(await told("ada", ADA, "/502 help docter")).toContain("Did you mean: `/502 help doctor`");
  });

  test("what is the terminal's is said to be", async () => {
    bot = await startBot();
    await bot.ws.postCommand("ada", "ops", "/502 help fix");
    const said = await bot.ws.waitForMessage("ops", (m) => m.ephemeralFor === ADA);
    expect(said.text).toContain("fix is for the terminal: it approves and runs one offered fix");
  });
});
