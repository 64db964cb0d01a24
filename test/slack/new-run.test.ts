import { afterEach, describe, expect, test } from "vitest";
import { record, str } from "../../src/playground/workspace/json.ts";
import type { Json } from "../../src/playground/workspace/json.ts";
import { suggested } from "../../src/slack/suggestions.ts";
import { type BotOptions, type SlackBot, startBot } from "../support/slack-bot.ts";

let bot: SlackBot;
afterEach(async () => bot.stop());

const MANY = Array.from({ length: 500 }, (_, i) => `node-${String(i).padStart(3, "0")}`);
const chosen = (name: string): string =>
  JSON.stringify({ text: { type: "plain_text", text: name, emoji: true }, value: name });
const namesOf = (options: Json[]): string[] => options.map((o) => str(o["value"]));

/** Chooses the shortcut while looking at a channel, and waits for the form. */
async function open(options: BotOptions = {}, user = "ada", channel = "ops"): Promise<void> {
  bot = await startBot(options);
  await bot.ws.shortcut(user, "new_run", channel);
  await bot.ws.waitForView(user, (v) => v.payload["callback_id"] === "new-run");
}

describe("the shortcut Diagnose a host", () => {
  test("the form is opened before anything else is asked of Slack or the store", async () => {
    await open();
    const asked = bot.ws.calls().filter((c) => c.method !== "auth.test" && !c.method.startsWith("apps."));
    expect(asked.map((c) => c.method)).toEqual(["views.open"]);
  });

  test("the host is diagnosed in the channel that was looked at", async () => {
    await open();
    expect(
      await bot.ws.submitView("ada", { host: chosen("web-2"), site: "shop.example.test" }),
    ).toMatchObject({ outcome: "cleared" });
    await bot.ws.waitForMessage("ops", (m) => m.text.startsWith("502 now on web-2"));
    const [run] = await bot.store.runs({ limit: 5 });
    expect(run).toMatchObject({
      request: { host: "web-2", vhost: "shop.example.test", playbook: "502" },
      actor: { id: "U0ADA00001", channel: "C0OPS00001" },
      destination: { channel: "C0OPS00001" },
    });
  });

  test("without a channel the answer comes directly, and its message is updated there", async () => {
    await open({}, "ada", "D0ADA00001");
    const values = record(bot.ws.view("ada")?.values);
    expect(JSON.stringify(values)).toContain('"selected_conversation":null');
    await bot.ws.submitView("ada", { host: chosen("web-1"), site: "https://shop.example.test/cart?id=1" });
    await bot.ws.waitForMessage("D0ADA00001", (m) => m.text.startsWith("502 now on web-1"));
    const [run] = await bot.store.runs({ limit: 5 });
    expect(run?.request).toMatchObject({ url: "https://shop.example.test/cart?id=1" });
  });

  test("mistakes stand at their fields, and nothing runs", async () => {
    await open();
    const submit = async (inputs: Record<string, string>): Promise<Record<string, string>> =>
      (await bot.ws.submitView("ada", inputs)).errors;
    expect(await submit({})).toEqual({ host: "Please complete this required field." });
    expect(await submit({ host: chosen("web-1"), site: "two words" })).toEqual({
      site: expect.stringContaining("shop.example.test"),
    });
    expect(await submit({ host: chosen("gone-9"), site: "" })).toEqual({
      host: expect.stringContaining("There is no host gone-9"),
    });
    expect(await submit({ host: chosen("web-1"), channel: "G0SECRET01" })).toEqual({
      channel: expect.stringContaining("I cannot see you in that channel"),
    });
    expect(await bot.store.runs({ limit: 5 })).toEqual([]);
  });

  test("a guest is offered no host and is refused at the field", async () => {
    await open({}, "gus");
    expect(await bot.ws.suggest("gus", { actionId: "host", value: "" })).toEqual({ options: [], labels: [] });
    expect((await bot.ws.submitView("gus", { host: chosen("web-1") })).errors).toEqual({
      host: expect.stringContaining("You may not diagnose web-1: guests"),
    });
  });

  test("a role that is bound to a channel: the host is offered, and the other channel refused at its field", async () => {
    await open(
      {
        policyChannels: ["C0OPS00001"],
        mayDiagnose: (actor) => ({ allowed: actor.channel === "C0OPS00001", why: "no rule allows it here" }),
      },
      "ada",
      "general",
    );
    expect(namesOf((await bot.ws.suggest("ada", { actionId: "host", value: "web" })).options)).toEqual([
      "web-1",
      "web-2",
    ]);
    expect((await bot.ws.submitView("ada", { host: chosen("web-1") })).errors).toEqual({
      channel: expect.stringContaining("from another channel"),
    });
    await bot.ws.submitView("ada", { channel: "C0OPS00001" });
    await bot.ws.waitForMessage("ops", (m) => m.text.startsWith("502 now on web-1"));
  });

  test("500 hosts are searched: the first hundred, and how many there are", async () => {
    await open({ hosts: MANY });
    const all = await bot.ws.suggest("ada", { actionId: "host", value: "" });
    expect(all.options).toHaveLength(100);
    expect(all.labels).toEqual(["100 of 500: type more of the name"]);
    const few = await bot.ws.suggest("ada", { actionId: "host", value: "31" });
    expect(namesOf(few.options)).toEqual(MANY.filter((n) => n.includes("31")));
    expect(few.labels).toEqual([]);
  });

  test("a submission that is delivered twice starts one run; a host under diagnosis is joined", async () => {
    await open({ faults: { rules: [{ fault: "redeliver", types: ["view_submission"], rate: 1 }] } });
    await bot.ws.submitView("ada", { host: chosen("web-1") });
    await bot.ws.waitForMessage("ops", (m) => m.text.startsWith("502 now on web-1"));
    expect(await bot.store.runs({ limit: 5 })).toHaveLength(1);
  });

  test("a trigger that has expired: the person is told what to do", async () => {
    bot = await startBot({ faults: { rules: [{ fault: "expired-trigger", types: ["shortcut"], rate: 1 }] } });
    await bot.ws.shortcut("ada", "new_run", "ops");
    const said = await bot.ws.waitForMessage("D0ADA00001", (m) => m.text.includes("too late for a form"));
    expect(said.text).toContain("`/502 HOST`");
  });
});

test.each([
  ["users.conversations", "C0OPS00001", "Slack does not say now whether you are in that channel"],
  ["conversations.open", "", "I cannot write to you directly"],
])("where Slack refuses %s, the channel's field says so, and nothing runs", async (method, channel, said) => {
  await open({
    faults: { rules: [{ fault: "error", methods: [method], rate: 1, error: "missing_scope" }] },
  });
  const { errors } = await bot.ws.submitView("ada", { host: chosen("web-1"), channel });
  expect(errors).toEqual({ channel: expect.stringContaining(said) });
  expect(await bot.store.runs({ limit: 5 })).toEqual([]);
});

test("where Slack is slow, the form does not wait: it says so, and the answer comes beside it", async () => {
  await open({
    faults: { rules: [{ fault: "slow", methods: ["users.conversations"], rate: 1, delayMs: 2_600 }] },
  });
  const { ws } = bot;
  expect(await ws.submitView("ada", { host: chosen("gone-9") })).toMatchObject({ outcome: "updated" });
  expect(JSON.stringify(ws.view("ada")?.payload)).toContain("This takes a moment");
  const said = await ws.waitForMessage("ops", (m) => m.text.includes("There is no host gone-9"));
  expect(said.ephemeralFor).toBe("U0ADA00001");
});

test("where Slack does not say who somebody is in time, nothing is offered, and in time", async () => {
  await open({ faults: { rules: [{ fault: "slow", methods: ["users.info"], rate: 1, delayMs: 4_000 }] } });
  expect(await bot.ws.suggest("ada", { actionId: "host", value: "web" })).toEqual({
    options: [],
    labels: [],
  });
});

test("names that begin as typed come first, whatever their case", async () => {
  bot = await startBot();
  const names = ["web-1", "@web", "cobweb", "WEB-9", "db"].map((value) => ({ value }));
  const found = suggested("WEB", names);
  expect("options" in found ? found.options.map((o) => o.value) : []).toEqual([
    "web-1",
    "@web",
    "WEB-9",
    "cobweb",
  ]);
});
