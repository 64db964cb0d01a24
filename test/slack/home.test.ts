import { afterEach, describe, expect, test } from "vitest";
import { isJson, records } from "../../src/playground/workspace/json.ts";
import { checkView } from "../../src/playground/workspace/block-kit/check.ts";
import { homeView } from "../../src/slack/draw/home.ts";
import { HOSTS_A_PAGE, homeData } from "../../src/slack/home-data.ts";
import { aRun } from "../support/nouns.ts";
import { aCause, aDiagnosisOf } from "../support/fix-stage.ts";
import { type BotOptions, type SlackBot, startBot } from "../support/slack-bot.ts";
import type { Schedule } from "../../src/domain/schedule.ts";

let bot: SlackBot;
afterEach(async () => bot.stop());

const FIX = "fix:start-shop-api";
const MANY = Array.from({ length: 500 }, (_, i) => `node-${String(i).padStart(3, "0")}`);

/** Opens App Home as somebody and gives it as JSON text. */
async function home(user: string, options?: BotOptions): Promise<string> {
  if (options !== undefined) bot = await startBot(options);
  await bot.ws.openHome(user);
  const view = await bot.ws.waitForHome(user, () => true);
  return JSON.stringify(view.payload);
}

async function press(user: string, actionId: string, holds: string, value?: string): Promise<string> {
  await bot.ws.clickInView(user, "home", value === undefined ? { actionId } : { actionId, value });
  const view = await bot.ws.waitForHome(user, (v) => JSON.stringify(v.payload).includes(holds));
  return JSON.stringify(view.payload);
}

const SCHEDULE: Schedule = {
  id: "sch-1",
  when: "weekdays 09:00",
  cron: "0 9 * * 1-5",
  zone: "Europe/Berlin",
  channel: "C0OPS00001",
  on: ["web-1"],
  quiet: false,
  paused: false,
  owner: "people",
  createdBy: "U0ADA00001",
  createdAt: 0,
  countsFrom: 0,
};

describe("App Home", () => {
  test("a 429 puts it off as long as Slack asks, other trouble for a moment; then it is shown", async () => {
    bot = await startBot();
    bot.ws.faults.set({
      rules: [
        { fault: "ratelimited", methods: ["views.publish"], times: 1, retryAfterSeconds: 1 },
        { fault: "server-error", methods: ["views.publish"], times: 1 },
      ],
    });
    const began = Date.now();
    expect(await home("ada")).toContain("web-1");
    expect(Date.now() - began).toBeGreaterThanOrEqual(950);
    expect(bot.ws.messages("D0ADA00001")).toEqual([]);
  });

  test("one that cannot be shown is said directly", async () => {
    bot = await startBot({
      faults: { rules: [{ fault: "error", methods: ["views.publish"], error: "not_enabled" }] },
    });
    await bot.ws.openHome("ada");
    const said = await bot.ws.waitForMessage("D0ADA00001", (m) => m.text.includes("Home tab"));
    expect(said.text).toBe(
      "My Home tab could not be shown. My Home tab is switched off in the app's settings; use /502 in a channel.",
    );
    expect(bot.ws.calls().filter((c) => c.method === "views.publish")).toHaveLength(1);
  });

  test("hosts with their last verdict, the worse ones first, the latest runs and the schedules", async () => {
    bot = await startBot();
    await bot.store.transaction((tx) => tx.putSchedule(SCHEDULE));
    await bot.store.transaction((tx) =>
      tx.putSchedule({ ...SCHEDULE, id: "sch-2", on: ["web-1", "elsewhere-9"] }),
    );
    await bot.ws.postCommand("ada", "ops", "/502 web-2");
    await bot.ws.waitForMessage("ops", (m) => JSON.stringify(m.blocks).includes(FIX));
    const shown = await home("ada");
    expect(shown).toContain("shop-api.service is stopped.");
    expect(shown).toContain("502, ");
    expect(shown).toContain("never diagnosed");
    expect(shown).toContain("Latest runs");
    expect(shown.indexOf("web-2: ")).toBeLessThan(shown.indexOf("web-1: "));
    expect(shown).toContain("Schedules (1)");
    expect(shown).not.toContain("elsewhere-9");
  });

  test("an approval that waits is decided from there; who has voted or may not approve does not see it", async () => {
    bot = await startBot({
      access: ({ actor }) => ({
        allowed: actor.id !== "U0SAM00003",
        approvals: 2,
        fourEyes: false,
        why: "the policy says no",
      }),
    });
    const { ws } = bot;
    await ws.postCommand("ada", "ops", "/502 web-1");
    const verdict = await ws.waitForMessage("ops", (m) => JSON.stringify(m.blocks).includes(FIX));
    await ws.click("ada", verdict, FIX);
    await ws.waitForView("ada", (v) => v.payload["callback_id"] === "approve-fix");
    await ws.submitView("ada", {});
    await ws.waitForMessage("ops", (m) => m.text.includes("1 of 2 approvals"));
    expect(await home("ada")).not.toContain("Review and approve");
    expect(await home("sam")).not.toContain("Review and approve");
    expect(await home("lin")).toContain("Review and approve");
    await ws.clickInView("lin", "home", "approve");
    await ws.waitForView("lin", (v) => v.payload["callback_id"] === "approve-fix");
    expect(await ws.submitView("lin", {})).toMatchObject({ outcome: "cleared" });
    await ws.waitForMessage("ops", (m) => m.text.startsWith("Fixed:"));
  });

  test("denied from App Home: the form opens on nothing, the reason stands in the thread", async () => {
    bot = await startBot();
    const { ws } = bot;
    await ws.postCommand("ada", "ops", "/502 web-1");
    const verdict = await ws.waitForMessage("ops", (m) => JSON.stringify(m.blocks).includes(FIX));
    await ws.click("ada", verdict, FIX);
    await ws.waitForView("ada", (v) => v.payload["callback_id"] === "approve-fix");
    await home("lin");
    await ws.clickInView("lin", "home", "deny");
    await ws.waitForView("lin", (v) => v.payload["callback_id"] === "deny-fix");
    expect(await ws.submitView("lin", { "reason/reason": "a deploy is on" })).toMatchObject({
      outcome: "cleared",
    });
    await ws.waitForMessage("ops", (m) => m.text.includes("<@U0LIN00002> denied"));
    expect(bot.host.ran).toEqual([]);
  });

  test("a guest sees no host, no run and no schedule", async () => {
    bot = await startBot();
    await bot.store.transaction((tx) => tx.putSchedule(SCHEDULE));
    await bot.ws.postCommand("ada", "ops", "/502 web-1");
    await bot.ws.waitForMessage("ops", (m) => JSON.stringify(m.blocks).includes(FIX));
    const shown = await home("gus");
    expect(shown).toContain("There is no host you may diagnose.");
    for (const hidden of ["web-1", "Latest runs", "weekdays"]) expect(shown).not.toContain(hidden);
  });

  test("a role bound to a channel counts for what stands in that channel, of people who are in it", async () => {
    const there = { policyChannels: ["C0OPS00001"] };
    const inOps = (channel: string | undefined): { allowed: boolean; why: string } => ({
      allowed: channel === "C0OPS00001",
      why: "no rule allows it here",
    });
    bot = await startBot({
      ...there,
      mayDiagnose: (actor) => inOps(actor.channel),
      access: ({ actor }) => ({ ...inOps(actor.channel), approvals: 1, fourEyes: false }),
    });
    const { ws } = bot;
    ws.state.channels.get("ops").members.delete("U0SAM00003");
    await ws.postCommand("ada", "ops", "/502 web-1");
    const verdict = await ws.waitForMessage("ops", (m) => JSON.stringify(m.blocks).includes(FIX));
    await ws.click("ada", verdict, FIX);
    await ws.waitForView("ada", (v) => v.payload["callback_id"] === "approve-fix");
    const outside = await home("sam");
    expect(outside).toContain("There is no host you may diagnose.");
    expect(outside).not.toContain("Review and approve");
    const shown = await home("lin");
    expect(shown).toContain("web-1: ");
    expect(shown).toContain("Review and approve");
    await ws.clickInView("lin", "home", "approve");
    await ws.waitForView("lin", (v) => v.payload["callback_id"] === "approve-fix");
    expect(await ws.submitView("lin", {})).toMatchObject({ outcome: "cleared" });
    await ws.waitForMessage("ops", (m) => m.text.startsWith("Fixed:"));
  });

  test("an approval that stands in another channel than the role's is not to be decided from there", async () => {
    bot = await startBot({
      policyChannels: ["C0OPS00001"],
      access: ({ actor }) => ({
        allowed: actor.channel === "C0OPS00001" || actor.id === "U0ADA00001",
        approvals: 1,
        fourEyes: false,
        why: "no rule allows it here",
      }),
    });
    const { ws } = bot;
    await ws.postCommand("ada", "general", "/502 web-1");
    const verdict = await ws.waitForMessage("general", (m) => JSON.stringify(m.blocks).includes(FIX));
    await ws.click("ada", verdict, FIX);
    await ws.waitForView("ada", (v) => v.payload["callback_id"] === "approve-fix");
    expect(await home("lin")).not.toContain("Review and approve");
    expect(await home("ada")).toContain("Review and approve");
  });

  test("500 hosts: pages and a filter, each page within Slack's limits", async () => {
    const first = await home("ada", { hosts: MANY });
    expect(first).toContain("Hosts (500)");
    expect(first).toContain("Page 1 of 25");
    expect(first).not.toContain("home-previous");
    expect(await press("ada", "home-next", "Page 2 of 25")).toContain("node-020");
    expect(await press("ada", "home-previous", "Page 1 of 25")).toContain("node-019");
    const filtered = await press("ada", "home-filter", "Hosts (10 of 500)", "node-31");
    expect(filtered).toContain("node-319");
    expect(filtered).not.toContain("node-320");
    expect(filtered).not.toContain("home-next");
    expect(await press("ada", "home-filter", "No host's name contains", "nothing")).toContain("0 of 500");
  });

  test("of two quick presses the later one stands in the end, however long Slack takes for the first", async () => {
    await home("ada", { hosts: MANY });
    const { ws } = bot;
    ws.faults.set({ rules: [{ fault: "slow", methods: ["views.publish"], times: 1, delayMs: 1_500 }] });
    const published = (): number => ws.calls().filter((c) => c.method === "views.publish").length;
    const before = published();
    await ws.clickInView("ada", "home", { actionId: "home-filter", value: "node-31" });
    await ws.clickInView("ada", "home", { actionId: "home-filter", value: "node-42" });
    await expect.poll(published, { timeout: 10_000 }).toBe(before + 2);
    expect(JSON.stringify(ws.home("ada")?.payload)).toContain("node-421");
  });

  test("of 500 hosts the one that is not well comes first, however long ago that was seen; its runs are found", async () => {
    bot = await startBot({
      hosts: MANY,
      mayDiagnose: (actor, host) => ({
        allowed: actor.id === "U0ADA00001" || host.name === "node-400",
        why: "it is not yours",
      }),
      find: (host, runId) => aDiagnosisOf(host === "node-400" ? [aCause()] : [], { host, runId }),
    });
    const { store } = bot;
    const run = async (host: string, at: number): Promise<void> => {
      const id = `run-${host}-${at}`;
      await store.transaction(async (tx) => {
        await tx.insertRun(aRun(id, { request: { host, playbook: "502" }, createdAt: at }));
        const causes = host === "node-400" ? [aCause()] : [];
        await tx.finishRun(id, "done", at + 1, aDiagnosisOf(causes, { host, runId: id }));
      });
    };
    await run("node-400", 1_000);
    for (const [i, host] of MANY.slice(0, 300).entries()) await run(host, 2_000 + i);
    const shown = await home("ada");
    expect(shown.indexOf("node-400: ")).toBeGreaterThan(0);
    expect(shown.indexOf("node-400: ")).toBeLessThan(shown.indexOf("node-000: "));
    await bot.ws.postCommand("lin", "ops", "/502 runs");
    const said = await bot.ws.waitForMessage("ops", (m) => m.ephemeralFor === "U0LIN00002");
    expect(said.text).toContain("node-400");
    expect(said.text).not.toContain("node-299");
  });

  test("a page that no longer exists is the last one; a page asks the store for its own hosts only", async () => {
    bot = await startBot({ hosts: MANY });
    let asked = 0;
    const world = { ...bot.world, store: counting(bot.world.store, () => (asked += 1)) };
    const actor = { id: "U0ADA00001", via: "slack", fullMember: true } as const;
    const data = await homeData(world, [actor], { filter: "", page: 99 });
    expect(data).toMatchObject({ page: 24, pages: 25, found: 500 });
    expect(asked).toBeLessThanOrEqual(HOSTS_A_PAGE + 1);
    const view = homeView(data);
    expect(isJson(view) ? checkView(view) : ["no view"]).toEqual([]);
    expect(records(view.blocks).length).toBeLessThan(100);
  });
});

function counting(store: SlackBot["world"]["store"], asked: () => void): SlackBot["world"]["store"] {
  return new Proxy(store, {
    get: (target, name) => {
      if (name === "runs") asked();
      const value: unknown = Reflect.get(target, name);
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
}
