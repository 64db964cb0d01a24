import { afterEach, describe, expect, test } from "vitest";
import { str } from "../../src/playground/workspace/json.ts";
import { type BotOptions, type SlackBot, startBot } from "../support/slack-bot.ts";

let bot: SlackBot;
afterEach(async () => bot.stop());

const GROUPS = { web: ["web-1", "web-2"] };
const option = (value: string): string =>
  JSON.stringify({ text: { type: "plain_text", text: value, emoji: true }, value });
const FILLED = { targets: [option("@web")], when: "weekdays 09:00" };

async function open(options: BotOptions = {}, words = "/502 schedule add"): Promise<void> {
  bot = await startBot({ channels: { groups: GROUPS }, ...options });
  await bot.ws.postCommand("ada", "ops", words);
  await bot.ws.waitForView("ada", (v) => v.payload["callback_id"] === "schedule");
}

describe("/502 schedule add without words", () => {
  test("the form is the first thing; channel and options stand in it", async () => {
    await open({}, "/502 schedule add --quiet --playbook disk");
    const asked = bot.ws.calls().filter((c) => c.method !== "auth.test" && !c.method.startsWith("apps."));
    expect(asked.map((c) => c.method)).toEqual(["views.open"]);
    const values = JSON.stringify(bot.ws.view("ada")?.values);
    expect(values).toContain('"selected_conversation":"C0OPS00001"');
    expect(values).toContain('"value":"disk"');
    expect(values).toContain('"value":"quiet"');
  });

  test("the next three times are shown in the zone asked for, and only the second submission keeps it", async () => {
    await open();
    const { ws } = bot;
    expect(await ws.submitView("ada", { ...FILLED, zone: option("Asia/Tokyo") })).toMatchObject({
      outcome: "pushed",
    });
    const shown = JSON.stringify(ws.view("ada")?.payload["blocks"]);
    expect(shown.match(/\d{4} 09:00 \(Asia\/Tokyo\)/g)).toHaveLength(3);
    expect(await bot.store.schedules()).toEqual([]);
    expect(await ws.submitView("ada")).toMatchObject({ outcome: "cleared" });
    expect(await bot.store.schedules()).toMatchObject([
      { when: "weekdays 09:00", zone: "Asia/Tokyo", on: ["@web"], channel: "C0OPS00001", quiet: false },
    ]);
    const said = await ws.waitForMessage("ops", (m) => m.text.startsWith("Scheduled."));
    expect(said.ephemeralFor).toBe("U0ADA00001");
    expect(said.text).toContain("<#C0OPS00001>");
    expect(said.text).toContain("(Asia/Tokyo), then");
  });

  test("back from the confirmation, the entries are still there", async () => {
    await open();
    const { ws } = bot;
    await ws.submitView("ada", FILLED);
    await ws.closeView("ada");
    expect(JSON.stringify(ws.view("ada")?.values)).toContain("weekdays 09:00");
    expect(await ws.submitView("ada", { when: "daily 07:00" })).toMatchObject({ outcome: "pushed" });
    await ws.submitView("ada");
    expect(await bot.store.schedules()).toMatchObject([{ when: "daily 07:00" }]);
  });

  test("an empty zone is the person's own; one in the words counts", async () => {
    await open();
    await bot.ws.submitView("ada", FILLED);
    expect(JSON.stringify(bot.ws.view("ada")?.payload)).toContain("(Europe/Berlin)");
    await bot.ws.closeView("ada");
    await bot.ws.submitView("ada", { when: "weekdays 09:00 UTC" });
    expect(JSON.stringify(bot.ws.view("ada")?.payload)).toContain("(UTC)");
  });

  test("mistakes stand at their fields", async () => {
    await open();
    const submit = async (inputs: Record<string, string | string[]>): Promise<Record<string, string>> =>
      (await bot.ws.submitView("ada", inputs)).errors;
    expect(Object.keys(await submit({}))).toEqual(["targets", "when"]);
    expect(await submit({ ...FILLED, when: "now and then" })).toEqual({
      when: expect.stringContaining("says no time that can be read"),
    });
    expect(await submit({ when: "* * * * *" })).toEqual({ when: expect.stringContaining("five minutes") });
    expect(await submit({ when: "daily 09:00 UTC", zone: option("Asia/Tokyo") })).toEqual({
      zone: expect.stringContaining("says UTC already"),
    });
    expect(await submit({ when: "daily 09:00", targets: [option("@gone")] })).toEqual({
      targets: "There is no host or group @gone.",
    });
    expect(await submit({ targets: [option("web-1")], channel: "G0SECRET01" })).toEqual({
      channel: expect.stringContaining("I cannot see you in that channel"),
    });
    const many = Array.from({ length: 99 }, () => option("web-1"));
    expect(await submit({ channel: "C0OPS00001", targets: [...many, ...many, ...many, ...many] })).toEqual({
      targets: expect.stringContaining("choose a group"),
    });
    expect(await bot.store.schedules()).toEqual([]);
  });

  test("who may not schedule is offered nothing and told so at the field", async () => {
    const may = (): { allowed: boolean; why: string } => ({ allowed: false, why: "no rule allows it" });
    await open({ channels: { groups: GROUPS, may } });
    expect((await bot.ws.suggest("ada", { actionId: "targets", value: "" })).options).toEqual([]);
    expect((await bot.ws.submitView("ada", FILLED)).errors).toEqual({
      targets: "You may not schedule reports about web-1: no rule allows it.",
    });
  });

  test("what is searched: groups and hosts by a part of the name, zones from two letters on", async () => {
    await open();
    const found = async (actionId: string, value: string): Promise<string[]> =>
      (await bot.ws.suggest("ada", { actionId, value })).options.map((o) => str(o["value"]));
    expect(await found("targets", "")).toEqual(["@web", "web-1", "web-2", "shop-1"]);
    expect(await found("targets", "@w")).toEqual(["@web"]);
    expect(await found("zone", "berl")).toEqual(["Europe/Berlin"]);
    expect(await found("zone", "b")).toEqual([]);
    expect(await found("zone", "utc")).toContain("UTC");
  });
});

test("a button in App Home opens it; afterwards the schedule stands there", async () => {
  bot = await startBot({ channels: { groups: GROUPS } });
  const { ws } = bot;
  await ws.openHome("ada");
  await ws.waitForHome("ada", (v) => JSON.stringify(v.payload).includes("No report is scheduled."));
  await ws.clickInView("ada", "home", "new-schedule");
  await ws.waitForView("ada", (v) => v.payload["callback_id"] === "schedule");
  expect((await ws.submitView("ada", FILLED)).errors).toEqual({
    channel: "Please complete this required field.",
  });
  await ws.submitView("ada", { channel: "C0GENERAL1" });
  await ws.submitView("ada");
  await ws.waitForMessage("D0ADA00001", (m) => m.text.startsWith("Scheduled."));
  const home = await ws.waitForHome("ada", (v) => JSON.stringify(v.payload).includes("Schedules (1)"));
  expect(JSON.stringify(home.payload)).toContain('"channel_id":"C0GENERAL1"');
});

test("a mention has no form to open: it is told the words", async () => {
  bot = await startBot({ channels: { groups: GROUPS } });
  bot.ws.say("ada", "ops", "@fiveohtwo schedule add");
  const said = await bot.ws.waitForMessage("ops", (m) => m.ephemeralFor !== undefined);
  expect(said.text).toContain("A schedule needs a time and hosts");
});
