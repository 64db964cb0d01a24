import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { systemClock } from "../../src/system.ts";
import { ShellError } from "../../src/domain/shell-error.ts";
import { makeLog } from "../../src/log.ts";
import { startWorkspace, type Workspace } from "../../src/playground/workspace/start.ts";
import { startSlack, type Slack } from "../../src/slack/start.ts";
import type { FixWorld } from "../../src/workflows/fix-world.ts";
import { runScheduleNow } from "../../src/workflows/run-schedules.ts";
import { siteRound } from "../../src/workflows/watch-site.ts";
import { workReport } from "../../src/workflows/work-report.ts";
import { type ChannelStage, channelStage } from "../support/channel-stage.ts";
import { recorded, replayedShell } from "../support/replayed-shell.ts";

const hosts = Array.from({ length: 6 }, (_, i) => `web-${i + 1}`);
const healthy = recorded("healthy");
const odd = {
  ...healthy,
  commands: healthy.commands.map((c) =>
    c.id.startsWith("config-hashes")
      ? { ...c, stdout: c.stdout.replace(/^[0-9a-f]{64}/m, "0".repeat(64)) }
      : c,
  ),
};
const shell = replayedShell((host) => {
  if (host === "web-3")
    return new ShellError("connect-timeout", "No answer from web-3 <script>&amp;.", "is it up?");
  if (host === "web-2" || host === "web-5") return recorded("stopped");
  return host === "web-6" ? odd : healthy;
});

/** As long as a busy machine needs. */
const SOON = { timeout: 15_000 };

let ws: Workspace;
let stage: ChannelStage;
let slack: Slack;
let worker: { stop(): Promise<void> };

async function begin(options: Parameters<typeof startWorkspace>[0] = {}): Promise<void> {
  ws = await startWorkspace(options);
  stage = await channelStage({
    hosts,
    groups: { web: hosts },
    shell,
    clock: systemClock,
    sites: { "shop.example.test": ["web-1", "web-2"] },
    askFromHere: (url) =>
      Promise.resolve({
        url,
        answers: [
          { address: "203.0.113.7", status: 502 },
          { address: "203.0.113.8", status: 200 },
        ],
      }),
  });
  const { world, store } = stage;
  const fixes: FixWorld = {
    store,
    shell,
    clock: systemClock,
    ids: world.ids,
    instance: "bot-1",
    findHost: (name) => world.findHost(name),
    access: () => ({ allowed: false, approvals: 0, fourEyes: false, why: "not in this test" }),
    diagnose: async () => Promise.reject(new Error("not in this test")),
  };
  worker = await store.queue.work(
    { report: async (job) => void (await workReport(world, job.ref)) },
    { concurrency: 2 },
  );
  const base = {
    store,
    clock: systemClock,
    runs: world,
    fixes,
    channels: world,
    log: makeLog("silent"),
    instance: "bot-1",
    hostNames: () => hosts,
  };
  slack = await startSlack(
    { botToken: ws.botToken, apiUrl: ws.apiUrl, receive: { mode: "socket", appToken: ws.appToken } },
    base,
  );
  await ws.waitForConnections(2);
}
beforeEach(() => begin());
afterEach(async () => {
  await worker.stop();
  await slack.stop();
  await ws.close();
  await stage.end();
});

describe("in Slack", () => {
  test("a group is asked for and answered in one message", async () => {
    expect(await ws.postCommand("ada", "ops", "/502 @web")).toMatchObject({ end: "acked" });
    const message = await ws.waitForMessage("ops", (m) => m.text.includes("2 of 6 hosts fail now"));
    const said = JSON.stringify(message.blocks);
    expect(said).toContain("2 hosts: failing");
    expect(said).toContain("web-6 differs from its healthy peers");
    expect(ws.messages("ops")).toHaveLength(1);
    await ws.postCommand("ada", "ops", "/502 @nobody");
    await expect
      .poll(
        () =>
          ws
            .ephemeral("ada", "ops")
            .map((m) => m.text)
            .join(),
        SOON,
      )
      .toContain("There is no group @nobody");
  });

  test("a URL is asked for: the hosts of its site are compared, and what it answers from here is said", async () => {
    await ws.postCommand("ada", "ops", "/502 https://shop.example.test/cart?id=7");
    const message = await ws.waitForMessage("ops", (m) => m.text.startsWith("shop.example.test: 1 of 2"));
    const said = JSON.stringify(message.blocks);
    expect(said).toContain("From here https://shop.example.test/cart answers 502 at 203.0.113.7");
    expect(said).toContain("it works from some addresses only");
    expect(said).not.toContain("id=7");
    await ws.postCommand("ada", "ops", "/502 https://other.example.test/");
    await expect
      .poll(
        () =>
          ws
            .ephemeral("ada", "ops")
            .map((m) => m.text)
            .join(),
        SOON,
      )
      .toContain("Which hosts serve other.example.test is not written in 502.yml.");
  });

  test("a report is scheduled by command and posted with table, details, picture and CSV", async () => {
    await ws.postCommand("ada", "ops", '/502 schedule add "weekdays 09:00 Europe/Berlin" @web');
    await expect
      .poll(
        () =>
          ws
            .ephemeral("ada", "ops")
            .map((m) => m.text)
            .join(),
        SOON,
      )
      .toContain("Next: ");
    const [schedule] = await stage.store.schedules();
    expect(schedule).toMatchObject({ channel: "C0OPS00001", zone: "Europe/Berlin" });
    // A time without a zone is meant in the person's own.
    await ws.postCommand("ada", "ops", "/502 schedule add daily 17:30 @web");
    await expect.poll(async () => (await stage.store.schedules()).length, SOON).toBe(2);
    expect((await stage.store.schedules()).map((s) => s.zone)).toEqual(["Europe/Berlin", "Europe/Berlin"]);
    await runScheduleNow(
      stage.world,
      { id: "U0ADA00001", via: "slack", fullMember: true },
      schedule?.id ?? "",
    );
    const root = await ws.waitForMessage("ops", (m) => m.text.startsWith("Report on @web"));
    expect(JSON.stringify(root.blocks)).toContain('"type":"table"');
    const files = (): string[] => ws.thread("ops", root.ts).flatMap((m) => m.files);
    await expect.poll(() => files().length, SOON).toBe(2);
    const uploaded = files().map((id) => ws.state.files.find(id));
    expect(uploaded.map((f) => f?.name)).toEqual([
      expect.stringMatching(/\.png$/),
      expect.stringMatching(/\.csv$/),
    ]);
    expect(JSON.stringify(uploaded[0])).toContain("Bar chart of 502 answers over time");
    const thread = JSON.stringify(ws.thread("ops", root.ts));
    expect(thread).toContain("Blind spots to mend");
    // In text that Slack reads as markup a host's words are escaped; in rich text they are words.
    expect(
      ws
        .thread("ops", root.ts)
        .map((m) => m.text)
        .join(),
    ).not.toContain("<script>");
  });

  test("a channel is named as people name it, in the command and in a mention", async () => {
    const told = (): string =>
      ws
        .ephemeral("ada", "general")
        .map((m) => m.text)
        .join("\n");
    await ws.postCommand("ada", "general", '/502 schedule add #ops "weekdays 09:00 Europe/Berlin" @web');
    await expect.poll(told, SOON).toContain("to <#C0OPS00001>");
    await ws.postCommand(
      "ada",
      "general",
      '@fiveohtwo schedule add #ops "weekdays 10:00 Europe/Berlin" @web',
    );
    await expect.poll(async () => (await stage.store.schedules()).length, SOON).toBe(2);
    expect((await stage.store.schedules()).map((s) => s.channel)).toEqual(["C0OPS00001", "C0OPS00001"]);
    await ws.postCommand("ada", "general", "/502 schedule add #opps daily 09:00 @web");
    await expect.poll(told, SOON).toContain("There is no channel #opps that I can see. Did you mean #ops?");
    await ws.postCommand("ada", "general", "/502 schedule add #random daily 09:00 @web");
    await expect.poll(told, SOON).toContain("I am not in #random");
    expect(await stage.store.schedules()).toHaveLength(2);
  });

  test("a watched site that fails: one message, its hosts and its end in the thread", async () => {
    let status = 502;
    const watched = {
      ...stage.world,
      watch: { channel: "C0OPS00001", rounds: 3 },
      watchedSites: () => [],
      probe: async () => ({ kind: "answered", status }) as const,
    };
    const site = {
      name: "shop.example.test",
      url: "https://shop.example.test/",
      on: ["@web"],
      everyMs: 60_000,
    };
    for (let n = 0; n < 3; n += 1) await siteRound(watched, site);
    const root = await ws.waitForMessage("ops", (m) => m.text.startsWith("shop.example.test answers 502"));
    const group = await ws.waitForMessage("ops", (m) => m.text.includes("2 of 6 hosts fail now"));
    expect(group.threadTs).toBe(root.ts);
    status = 200;
    for (let n = 0; n < 3; n += 1) await siteRound(watched, site);
    const end = await ws.waitForMessage("ops", (m) => m.text.includes("is healthy again"));
    expect(end.threadTs).toBe(root.ts);
    expect(ws.messages("ops")).toHaveLength(1);
  });

  test("silences are set and listed by command; nonsense is answered with an example", async () => {
    await ws.postCommand("ada", "ops", "/502 silence web-2 2h disk is being replaced");
    await expect
      .poll(
        () =>
          ws
            .ephemeral("ada", "ops")
            .map((m) => m.text)
            .join(),
        SOON,
      )
      .toContain("Silenced: web-2 until");
    await ws.postCommand("ada", "ops", "/502 silence web-2 soon");
    await expect
      .poll(
        () =>
          ws
            .ephemeral("ada", "ops")
            .map((m) => m.text)
            .join(),
        SOON,
      )
      .toContain("For example: `/502 silence web-1 2h");
    expect(await stage.store.silences(Date.now())).toHaveLength(1);
  });

  test("a report for a channel that was archived meanwhile goes to whoever scheduled it, with the reason", async () => {
    await ws.postCommand("ada", "ops", "/502 schedule add daily 09:00 @web");
    await expect.poll(async () => (await stage.store.schedules()).length, SOON).toBe(1);
    const [schedule] = await stage.store.schedules();
    ws.state.channels.get("ops").archived = true;
    const lin = { id: "U0LIN00002", via: "slack", fullMember: true } as const;
    await runScheduleNow(stage.world, lin, schedule?.id ?? "");
    const told = await ws.waitForMessage("D0ADA00001", (m) => m.text.includes("Report on @web"), 15_000);
    expect(told.text).toContain(
      "I could not post this in <#C0OPS00001>: that channel is archived; ask in another one.",
    );
  });

  test("an upload that fails is said in words, and the report stands", async () => {
    ws.faults.set({
      seed: 1,
      rules: [{ fault: "error", methods: ["files.*"], rate: 1, error: "file_uploads_disabled" }],
    });
    await ws.postCommand("ada", "ops", "/502 schedule add daily 09:00 @web");
    await expect.poll(async () => (await stage.store.schedules()).length, SOON).toBe(1);
    const [schedule] = await stage.store.schedules();
    await runScheduleNow(
      stage.world,
      { id: "U0ADA00001", via: "slack", fullMember: true },
      schedule?.id ?? "",
    );
    const root = await ws.waitForMessage("ops", (m) => m.text.startsWith("Report on @web"));
    await expect
      .poll(
        () =>
          ws
            .thread("ops", root.ts)
            .map((m) => m.text)
            .join("\n"),
        SOON,
      )
      .toMatch(/\.csv could not be uploaded/);
  });
});
