import { afterEach, expect, test } from "vitest";
import type { Message } from "../../src/playground/workspace/state/messages.ts";
import { type SlackBot, startBot } from "../support/slack-bot.ts";
import { until } from "../support/place.ts";

let bot: SlackBot;
afterEach(async () => bot.stop());

const FIX = "fix:start-shop-api";
const isVerdict = (m: Message): boolean => JSON.stringify(m.blocks).includes(FIX);
const calls = (method: string): number => bot.ws.calls().filter((c) => c.method === method).length;

test("a reply that is lost posts the message once: it is looked up by its key", async () => {
  bot = await startBot({
    faults: { rules: [{ fault: "lost-reply", methods: ["chat.postMessage"], times: 1 }] },
  });
  await bot.ws.postCommand("ada", "ops", "/502 web-1");
  await bot.ws.waitForMessage("ops", isVerdict);
  expect(bot.ws.messages("ops")).toHaveLength(1);
  expect(bot.ws.faults.counts()).toMatchObject({ "lost-reply": 1 });
  expect(calls("chat.postMessage")).toBe(1);
  expect(calls("conversations.history")).toBeGreaterThan(0);
});

test("a lost reply in a thread, too: one approval message", async () => {
  bot = await startBot();
  const { ws } = bot;
  await ws.postCommand("ada", "ops", "/502 web-1");
  const verdict = await ws.waitForMessage("ops", isVerdict);
  ws.faults.set({ rules: [{ fault: "lost-reply", methods: ["chat.postMessage"], times: 1 }] });
  await ws.click("ada", verdict, FIX);
  await ws.waitForView("ada", (v) => v.payload["callback_id"] === "approve-fix");
  await ws.submitView("ada", {});
  await ws.waitForMessage("ops", (m) => m.text.startsWith("Fixed:"));
  expect(ws.thread("ops", verdict.ts)).toHaveLength(2);
});

test("a bot that takes over looks up what its predecessor may have posted", async () => {
  bot = await startBot();
  const { ws, slack } = bot;
  await ws.postCommand("ada", "ops", "/502 web-1");
  const verdict = await ws.waitForMessage("ops", isVerdict);
  await until("everything is delivered", async () => (await bot.store.outboxDue(10)).length === 0);
  await slack.stop();
  const run = (await bot.store.runs({ limit: 1 }))[0];
  // As if the process had died between the post and its note of it: the row is there, the key is not known.
  await bot.store.transaction((tx) =>
    tx.putOutbox({
      id: "msg-lost",
      channel: "C0OPS00001",
      key: "details:lost:0",
      threadKey: `run:${run?.id}`,
      body: JSON.stringify({ kind: "details", runId: run?.id, part: 0 }),
      createdAt: bot.clock.now(),
    }),
  );
  ws.state.messages.add({
    ...verdict,
    ts: `${Math.floor(Date.now() / 1000)}.999000`,
    threadTs: verdict.ts,
    text: "posted by the one that died",
    metadata: { event_type: "fiveohtwo", event_payload: { key: "details:lost:0" } },
  });
  await bot.again();
  await ws.waitForMessage("ops", (m) => m.threadTs === verdict.ts && m.text.includes(": Cause 1"));
  expect(ws.thread("ops", verdict.ts)).toHaveLength(2);
});

test("redelivered commands, presses and forms are answered once", async () => {
  bot = await startBot({ faults: { rules: [{ fault: "redeliver", rate: 1 }] } });
  const { ws } = bot;
  await ws.postCommand("ada", "ops", "/502 web-1");
  const verdict = await ws.waitForMessage("ops", isVerdict);
  await ws.click("ada", verdict, FIX);
  await ws.waitForView("ada", (v) => v.payload["callback_id"] === "approve-fix");
  await ws.submitView("ada", {});
  await ws.waitForMessage("ops", (m) => m.text.startsWith("Fixed:"));
  await until("everything is delivered", async () => (await bot.store.outboxDue(10)).length === 0);
  expect(ws.messages("ops")).toHaveLength(1);
  expect(ws.thread("ops", verdict.ts)).toHaveLength(2);
  expect(ws.ephemeral("ada", "ops")).toEqual([]);
  expect(await bot.store.runs({ limit: 10 })).toHaveLength(1);
  expect(ws.faults.counts()["redeliver"]).toBeGreaterThanOrEqual(3);
  expect(bot.host.ran).toHaveLength(1);
});

test("429 holds back one channel, not the acknowledgements and not the other channel", async () => {
  bot = await startBot({
    faults: { rules: [{ fault: "ratelimited", methods: ["chat.postMessage"], times: 1 }] },
  });
  const { ws } = bot;
  const first = await ws.postCommand("ada", "ops", "/502 web-1");
  const second = await ws.postCommand("lin", "general", "/502 web-2");
  for (const end of [first, second]) expect(end).toMatchObject({ end: "acked" });
  await ws.waitForMessage("general", isVerdict);
  await ws.waitForMessage("ops", isVerdict);
  expect(ws.messages("ops")).toHaveLength(1);
});

test("commands are answered while connections are refreshed and cut", async () => {
  bot = await startBot();
  const { ws } = bot;
  const ends: string[] = [];
  for (let i = 0; i < 12; i += 1) {
    if (i % 3 === 1) ws.refresh("one");
    ends.push((await ws.postCommand("ada", "ops", "/502 hosts")).end);
  }
  expect(ends.filter((e) => e === "acked")).toHaveLength(12);
  ws.cut();
  await until("two connections are open again", () => ws.connections() >= 2);
  expect((await ws.postCommand("ada", "ops", "/502 hosts")).end).toBe("acked");
});

test("an envelope of an unknown kind does not end the bot", async () => {
  bot = await startBot();
  bot.ws.sendRaw(
    JSON.stringify({ type: "events_api", payload: { type: "app_rate_limited", minute_rate_limited: 1 } }),
  );
  bot.ws.sendRaw(JSON.stringify({ type: "app_rate_limited" }));
  expect((await bot.ws.postCommand("ada", "ops", "/502 web-1")).end).toBe("acked");
  await bot.ws.waitForMessage("ops", isVerdict);
  await until("it is said in the log", () => bot.log.some((l) => l.includes("unknown kind")));
});

test("a channel the bot is not in, or an archived one: who asked gets the answer directly, with the reason", async () => {
  bot = await startBot();
  const { ws } = bot;
  await ws.postCommand("ada", "random", "/502 web-1");
  const told = await ws.waitForMessage("D0ADA00001", (m) => m.text.includes("502 now on web-1"));
  expect(told.text).toContain("I could not post this in <#C");
  expect(told.text).toContain("/invite");
  const archived = ws.state.channels.get("general");
  archived.archived = true;
  await ws.postCommand("ada", "general", "/502 web-2");
  await ws.waitForMessage("D0ADA00001", (m) => m.text.includes("archived") && m.text.includes("web-2"));
});

test("a revoked token turns readiness red with a sentence that says what to do", async () => {
  bot = await startBot();
  await until("it is ready", () => bot.slack.troubles().length === 0);
  bot.ws.state.tokens.revoke(bot.ws.botToken);
  await bot.store.transaction((tx) =>
    tx.putOutbox({
      id: "msg-1",
      channel: "C0OPS00001",
      key: "follow-up:x",
      body: JSON.stringify({ kind: "follow-up", approvalId: "ap-1", text: "it held", relapsed: false }),
      createdAt: bot.clock.now(),
    }),
  );
  await until("the trouble is told", () => bot.slack.troubles().length > 0);
  expect(bot.slack.troubles().join()).toContain("Install the app again");
});

test("a revoked app-level token is told as one, with what to do, where no connection is left", async () => {
  bot = await startBot();
  await until("it is ready", () => bot.slack.troubles().length === 0);
  bot.ws.state.tokens.revoke(bot.ws.appToken);
  bot.ws.cut();
  await until("the trouble is told", () => bot.slack.troubles().join().includes("revoked"));
  expect(bot.slack.troubles()).toEqual([
    "No connection to Slack is open. The app-level token was revoked. Make a new one with connections:write on the app's page under Basic Information, App-Level Tokens, set it, then restart the bot.",
  ]);
});

test("Slack away: the run goes on, the message follows late, states its age and offers only to check again", async () => {
  bot = await startBot({ faults: { rules: [{ fault: "server-error", methods: ["chat.*"], rate: 1 }] } });
  const { ws } = bot;
  await ws.postCommand("ada", "ops", "/502 web-1");
  await until("the run is done", async () => (await bot.store.runs({ limit: 1 }))[0]?.state === "done");
  bot.clock.shift += 10 * 60_000;
  ws.faults.set({ rules: [] });
  const late = await ws.waitForMessage("ops", (m) => m.text.includes("502 on web-1"));
  expect(JSON.stringify(late.blocks)).toContain("10 minutes late");
  const pressable = JSON.stringify(late.blocks).match(/"action_id":"[^"]+"/g);
  expect(pressable).toEqual(['"action_id":"check-again"']);
});

test("whatever else comes late states its age, too", async () => {
  bot = await startBot();
  const at = bot.clock.now() - 5 * 60_000;
  const put = (id: string, body: object): Promise<void> =>
    bot.store.transaction((tx) =>
      tx.putOutbox({ id, channel: "C0OPS00001", key: id, body: JSON.stringify(body), createdAt: at }),
    );
  const note = { mood: "failing", title: "web-1", text: "an alert fires", lines: [] };
  const report = {
    id: "rep-1",
    kind: "group",
    title: "@web",
    runs: [],
    refused: [],
    actor: { id: "U0ADA00001" },
  };
  await put("follow-up:1", { kind: "follow-up", approvalId: "ap-1", text: "it held", relapsed: false });
  await put("note:1", { kind: "note", ...note });
  await put("group:1", { kind: "group", report, done: 0 });
  await put("run:1", {
    kind: "run",
    runId: "run-1",
    host: "web-2",
    actor: "U0ADA00001",
    state: "queued",
  });
  await put("run:2", {
    kind: "run",
    runId: "run-2",
    host: "web-3",
    actor: "U0ADA00001",
    state: "failed",
    failure: "no disk",
  });
  for (const said of [
    "it held",
    "an alert fires",
    "Diagnosing @web",
    "Diagnosing web-2",
    "diagnosis of web-3",
  ]) {
    const message = await bot.ws.waitForMessage("ops", (m) => m.text.includes(said));
    expect(message.text).toMatch(/^5 minutes late: /);
    expect(JSON.stringify(message.blocks)).toMatch(/5 minutes late/);
  }
});

test("progress is one update a second, its last state is shown, and what has ended is said at once", async () => {
  bot = await startBot();
  const put = async (body: object): Promise<void> => {
    await bot.store.transaction((tx) =>
      tx.putOutbox({
        id: `msg-${bot.clock.now()}-${Math.random()}`,
        channel: "C0OPS00001",
        key: "run:run-1",
        body: JSON.stringify({ kind: "run", runId: "run-1", host: "web-1", actor: "U0ADA00001", ...body }),
        createdAt: bot.clock.now(),
      }),
    );
    await new Promise((resolve) => setTimeout(resolve, 220));
  };
  const says = (word: string) => (m: Message) => m.text.includes(word);
  for (let n = 1; n <= 6; n += 1) await put({ state: "running", progress: `${n} of 9 checks` });
  await bot.ws.waitForMessage("ops", says("6 of 9"));
  const updates = bot.ws.calls().filter((c) => c.method === "chat.update");
  expect(updates.length).toBeLessThanOrEqual(2);
  await put({ state: "running", progress: "7 of 9 checks" });
  const ended = Date.now();
  await put({ state: "failed", failure: "no disk" });
  await bot.ws.waitForMessage("ops", says("no disk"));
  expect(Date.now() - ended).toBeLessThan(900);
  // A fix's progress passes, too; its end does not.
  const verdict = await (async () => {
    await bot.ws.postCommand("ada", "ops", "/502 web-1");
    return bot.ws.waitForMessage("ops", isVerdict);
  })();
  await bot.ws.click("ada", verdict, FIX);
  await bot.ws.waitForView("ada", (v) => v.payload["callback_id"] === "approve-fix");
  await bot.ws.submitView("ada", {});
  await bot.ws.waitForMessage("ops", (m) => m.text.startsWith("Fixed:"));
});

test("a form that opens too late: the person is told to press again, and nothing is decided", async () => {
  bot = await startBot();
  const { ws } = bot;
  await ws.postCommand("ada", "ops", "/502 web-1");
  const verdict = await ws.waitForMessage("ops", isVerdict);
  ws.faults.set({ rules: [{ fault: "expired-trigger", types: ["block_actions"], times: 1 }] });
  await ws.click("ada", verdict, FIX);
  const said = await ws.waitForMessage("ops", (m) => m.ephemeralFor === "U0ADA00001");
  expect(said.text).toContain("press the button again");
  expect(said.text).toContain("Nothing was decided");
  expect(await bot.store.approvals({ limit: 5 })).toEqual([]);
});

test("no token, secret or response address stands in the log", async () => {
  bot = await startBot();
  await bot.ws.postCommand("ada", "ops", "/502 web-11");
  await bot.ws.waitForMessage("ops", (m) => m.ephemeralFor !== undefined);
  const all = bot.log.join("");
  for (const secret of [bot.ws.botToken, bot.ws.appToken, bot.ws.signingSecret])
    expect(all).not.toContain(secret);
  expect(all).not.toMatch(/xoxb-sim|xapp-sim/);
});
