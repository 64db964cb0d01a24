import { afterEach, describe, expect, test, vi } from "vitest";
import type { Message } from "../../src/playground/workspace/state/messages.ts";
import { aRun } from "../support/nouns.ts";
import { type SlackBot, startBot } from "../support/slack-bot.ts";
import { until } from "../support/place.ts";

let bot: SlackBot;
afterEach(async () => {
  vi.restoreAllMocks();
  await bot.stop();
});

const OPS = "C0OPS00001";
const RANDOM = "C0RANDOM01";
const ADAS = "D0ADA00001";
/** What has a known kind and cannot be drawn. */
const BROKEN = { kind: "report", report: { id: "r", title: "x", runs: [] } };
const FOLLOW_UP = { kind: "follow-up", approvalId: "ap-1", text: "it held", relapsed: false };
const NOTE = { kind: "note", mood: "failing", title: "web-1", text: "an alert fires", lines: [] };
const WHILE_OUT = 20_000;

let number = 0;
async function put(channel: string, key: string, body: object | string): Promise<void> {
  number += 1;
  await bot.store.transaction((tx) =>
    tx.putOutbox({
      id: `row-${number}`,
      channel,
      key,
      body: typeof body === "string" ? body : JSON.stringify(body),
      createdAt: bot.clock.now(),
    }),
  );
}
const emptied = (): Promise<void> =>
  until("everything is settled", async () => (await bot.store.depths()).outbox === 0);
const says =
  (word: string) =>
  (m: Message): boolean =>
    m.text.includes(word);
const posts = (): number => bot.ws.calls().filter((c) => c.method === "chat.postMessage" && c.ok).length;

describe("a message that cannot be drawn", () => {
  test.each([
    ["a row with half of its body", BROKEN],
    ["a row that is no JSON", "{"],
    ["a row of a kind to come", { kind: "hologram" }],
  ])("%s: a word stands in its place, and what is behind it goes on", async (_, body) => {
    bot = await startBot();
    await put(OPS, "broken", body);
    await put(OPS, "follow-up:1", FOLLOW_UP);
    await bot.ws.waitForMessage("ops", says("it held"));
    const [word, behind] = bot.ws.messages("ops");
    expect(word?.text).toBe(
      "I could not draw a message that belongs here. The log of the bot says why: tell whoever runs it. Type /502 HOST to ask again.",
    );
    expect(behind?.text).toContain("it held");
    expect((await bot.slack.warnings()).join()).toMatch(
      /the channel C0OPS00001 \(broken, .+\) could not be drawn/,
    );
    expect((await bot.store.depths()).lost).toBe(1);
    expect(bot.log.filter((l) => l.includes("could not be drawn")).length).toBeLessThan(6);
  });

  test("the message of a run says so where it said that it diagnoses", async () => {
    bot = await startBot();
    const run = { kind: "run", runId: "run-1", host: "web-1", actor: "U0ADA00001" };
    await put(OPS, "run:run-1", { ...run, state: "running", progress: "looking" });
    await bot.ws.waitForMessage("ops", says("Diagnosing web-1"));
    await put(OPS, "run:run-1", { ...run, state: "done", diagnosis: { verdict: "cause-found" } });
    await bot.ws.waitForMessage("ops", says("Type /502 web-1 to ask again"));
    expect(bot.ws.messages("ops")).toHaveLength(1);
  });

  test("where its place takes none either, who asked is told directly", async () => {
    bot = await startBot();
    await put(RANDOM, "broken", {
      kind: "group",
      done: 1,
      report: { id: "r", title: "@web", actor: { id: "U0ADA00001" }, summary: {} },
    });
    const told = await bot.ws.waitForMessage(ADAS, says("I could not draw a message about @web"));
    expect(told.text).toContain("I could not post this in <#C0RANDOM01>");
    expect(told.text).toContain("/502 @web");
  });

  test("a database that fails makes no message dead, however often it does", async () => {
    bot = await startBot();
    let failures = 0;
    vi.spyOn(bot.store, "approval").mockImplementation(async () => {
      failures += 1;
      if (failures > 5) return undefined;
      throw Object.assign(new Error("database is locked"), { code: "SQLITE_BUSY" });
    });
    await put(OPS, "follow-up:1", FOLLOW_UP);
    await until("it is said", () => bot.slack.troubles().some((t) => t.includes("wait for the database")));
    await bot.ws.waitForMessage("ops", says("it held"), WHILE_OUT);
    await until("it is over", () => bot.slack.troubles().length === 0);
    expect(failures).toBeGreaterThan(5);
    expect(bot.ws.messages("ops")).toHaveLength(1);
    expect(await bot.slack.warnings()).toEqual([]);
  }, 30_000);

  test("what was posted and could not be noted is found again, not posted twice", async () => {
    bot = await startBot();
    const outboxSent = bot.store.outboxSent.bind(bot.store);
    let failures = 0;
    vi.spyOn(bot.store, "outboxSent").mockImplementation(async (id, ts) => {
      failures += 1;
      if (failures < 3) throw Object.assign(new Error("database is locked"), { code: "SQLITE_BUSY" });
      return outboxSent(id, ts);
    });
    await put(OPS, "follow-up:1", FOLLOW_UP);
    await emptied();
    expect(bot.ws.messages("ops")).toHaveLength(1);
    expect(posts()).toBe(1);
  });
});

describe("a message whose place takes none", () => {
  test("the direct message is tried again after a 429", async () => {
    bot = await startBot();
    bot.ws.faults.set({
      rules: [
        { fault: "ratelimited", methods: ["chat.postMessage"], after: 1, times: 2, retryAfterSeconds: 1 },
      ],
    });
    await bot.ws.postCommand("ada", "random", "/502 web-1");
    const told = await bot.ws.waitForMessage(ADAS, says("502 now on web-1"));
    expect(told.text).toContain("I could not post this in <#C0RANDOM01>");
    await emptied();
    expect(bot.ws.messages(ADAS)).toHaveLength(1);
    expect(await bot.slack.warnings()).toEqual([]);
  });

  test("a lost reply to the direct message posts it once; so does a bot that takes over", async () => {
    bot = await startBot();
    const asked = { actor: { id: "U0ADA00001", via: "slack" }, destination: { channel: RANDOM } } as const;
    await bot.store.transaction((tx) => tx.insertRun(aRun("run-8", { ...asked, state: "running" })));
    bot.ws.faults.set({
      rules: [{ fault: "lost-reply", methods: ["chat.postMessage"], after: 1, times: 1 }],
    });
    await put(RANDOM, "run:run-8", {
      kind: "run",
      runId: "run-8",
      host: "web-1",
      actor: "x",
      state: "failed",
    });
    await emptied();
    expect(bot.ws.faults.counts()).toMatchObject({ "lost-reply": 1 });
    expect(bot.ws.messages(ADAS)).toHaveLength(1);
    // As if the process had died between the post and its note of it.
    await bot.slack.stop();
    await put("U0ADA00001", "told:run:run-8", {
      kind: "told",
      body: { kind: "run", runId: "run-8", host: "web-1", actor: "x", state: "failed" },
      place: RANDOM,
      why: "x",
    });
    await bot.again();
    await emptied();
    expect(bot.ws.messages(ADAS)).toHaveLength(1);
  });

  test("a direct message that cannot be posted is not told again, and readiness says it", async () => {
    bot = await startBot();
    bot.ws.faults.set({ rules: [{ fault: "error", methods: ["chat.*"], error: "restricted_action" }] });
    await bot.ws.postCommand("ada", "random", "/502 web-1");
    await until("it is lost", async () => (await bot.store.depths()).lost > 0);
    await emptied();
    expect((await bot.slack.warnings()).join()).toMatch(
      /the person U0ADA00001 .+ reached nobody: Slack says restricted_action/,
    );
    expect(bot.slack.troubles()).toEqual([]);
  });

  test("one that nobody asked for: readiness says so until the channel takes messages again", async () => {
    bot = await startBot();
    await put(RANDOM, "note:1", NOTE);
    await put(RANDOM, "note:2", NOTE);
    await emptied();
    expect(await bot.slack.warnings()).toEqual([
      expect.stringMatching(
        /^2 messages, the last for the channel C0RANDOM01 \(.+ UTC\) reached nobody: Slack says not_in_channel, .+ Invite the bot there/,
      ),
    ]);
    bot.ws.state.channels.get("random").members.add(bot.ws.state.app.botUser);
    await put(RANDOM, "note:3", NOTE);
    await emptied();
    expect(await bot.slack.warnings()).toEqual([]);
    bot.ws.state.channels.get("random").archived = true;
    await put(RANDOM, "note:4", NOTE);
    await emptied();
    expect(await bot.slack.warnings()).toHaveLength(1);
    bot.clock.shift += 25 * 3_600_000;
    expect(await bot.slack.warnings()).toEqual([]);
  });

  test('"Show everything" of a direct message follows in its thread: the reason once, the bundle as a file', async () => {
    bot = await startBot();
    await bot.ws.postCommand("ada", "random", "/502 web-1");
    const verdict = await bot.ws.waitForMessage(ADAS, says("502 now on web-1"));
    await bot.ws.click("ada", verdict, "everything");
    await until("the bundle is there", () => bot.ws.thread(ADAS, verdict.ts).some((m) => m.files.length > 0));
    const texts = bot.ws.thread(ADAS, verdict.ts).map((m) => m.text);
    expect(texts.length).toBeGreaterThan(2);
    expect(texts.filter((t) => t.includes("could not post"))).toHaveLength(1);
    expect(bot.ws.messages(ADAS)).toHaveLength(1);
  });
});
