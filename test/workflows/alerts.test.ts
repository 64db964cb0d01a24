import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type Alert, AlertState, hostCandidates } from "../../src/domain/alert.ts";
import { ShellError } from "../../src/domain/shell-error.ts";
import type { AlertWorld } from "../../src/workflows/alert-world.ts";
import { beginDiagnoses } from "../../src/workflows/begin-diagnoses.ts";
import type { Clock } from "../../src/workflows/ports.ts";
import { addSilence } from "../../src/workflows/silences.ts";
import { startGroup } from "../../src/workflows/start-report.ts";
import { takeAlerts } from "../../src/workflows/take-alerts.ts";
import { type Fixed, sayWhatFixed } from "../../src/workflows/what-fixed.ts";
import { workReport } from "../../src/workflows/work-report.ts";
import { workRun } from "../../src/workflows/work-run.ts";
import { type ChannelStage, channelStage, type StageOptions } from "../support/channel-stage.ts";
import { recorded, replayedShell } from "../support/replayed-shell.ts";

let now = 1_795_000_000_000;
const clock: Clock = {
  now: () => now,
  wait: (_ms, signal) => new Promise((resolve) => signal?.addEventListener("abort", () => resolve())),
};
const hosts = Array.from({ length: 40 }, (_, i) => `web-${i + 1}`);
const MINUTE = 60_000;

let stage: ChannelStage;
let world: AlertWorld;
async function begin(over: Partial<StageOptions> = {}): Promise<void> {
  stage = await channelStage({
    hosts,
    groups: { web: hosts },
    clock,
    shell: replayedShell(() => recorded("stopped")),
    ...over,
  });
  world = {
    ...stage.world,
    alerts: {
      names: { "legacy-7": "web-7" },
      channels: [{ on: ["@web"], channel: "C0OPS00001" }],
      defaultChannel: "C0GENERAL1",
      dampMs: 10 * MINUTE,
    },
    hostNames: () => hosts,
    hostAt: (address) => (address === "198.51.100.9" ? "web-9" : undefined),
  };
}
beforeEach(() => begin());
afterEach(() => stage.end());

const alert = (host: string, change: Partial<Alert> = {}): Alert => ({
  source: "alertmanager",
  fingerprint: `fp-${host}`,
  status: "firing",
  name: "High5xx",
  summary: "many",
  labels: { instance: `${host}:9100` },
  ...change,
});
const resolved = (host: string): Alert => alert(host, { status: "resolved" });

/** Takes alerts, lets them gather, and begins what they need. */
async function send(...alerts: Alert[]): Promise<void> {
  await takeAlerts(world, alerts);
  now += 5000;
  await beginDiagnoses(world);
}

const runs = () => stage.store.runs({ limit: 100 });
const notes = async (): Promise<string[]> =>
  (await stage.posted()).filter((p) => p.body.kind === "note").map((p) => String(p.body["title"]));

describe("alerts", () => {
  test("a firing alert about a known host is diagnosed in the mapped channel", async () => {
    await send(alert("web-1"));
    expect(await runs()).toMatchObject([
      { request: { host: "web-1" }, actor: { via: "alert" }, destination: { channel: "C0OPS00001" } },
    ]);
    const [run] = await runs();
    expect((await workRun(world, run?.id ?? ""))?.verdict).toBe("cause-found");
  });

  test("the same alert told again changes nothing", async () => {
    await send(alert("web-1"));
    await send(alert("web-1"));
    await send(alert("web-1"), alert("web-1", { fingerprint: "fp-other" }));
    // The other alert of the host joins the run that is open.
    expect(await runs()).toHaveLength(1);
  });

  test("alerts of several hosts become one group, however they arrive", async () => {
    await takeAlerts(world, [alert("web-1"), alert("web-2")]);
    expect(await beginDiagnoses(world)).toBe(0);
    now += 500;
    await takeAlerts(world, [alert("web-3")]);
    now += 2000;
    expect(await beginDiagnoses(world)).toBe(1);
    const [report] = await stage.store.reports({ limit: 5 });
    expect(report?.runs.map((r) => r.host)).toEqual(["web-1", "web-2", "web-3"]);
    expect(report?.title).toBe("3 hosts of the alert High5xx");
  });

  test("a dead bastion is one message that names the hosts unseen, not forty", async () => {
    await stage.end();
    await begin({
      via: () => "bastion-1",
      shell: replayedShell(() => new ShellError("hop-timeout", "bastion-1 did not answer.", "is it up?")),
    });
    for (const host of hosts) await takeAlerts(world, [alert(host)]);
    now += 5000;
    await beginDiagnoses(world);
    const [report] = await stage.store.reports({ limit: 5 });
    await workReport(world, report?.id ?? "");
    const posted = await stage.posted();
    const [message, ...others] = posted.filter((p) => p.body.kind !== "report-file");
    expect(others).toEqual([]);
    expect(JSON.stringify(message?.body)).toContain("web-40");
  });

  test("the end of an alert is said in the thread, with what fixed it", async () => {
    await send(alert("web-1"));
    const [run] = await runs();
    now += 12 * MINUTE;
    await send(resolved("web-1"));
    const note = (await stage.posted()).find((p) => p.body.kind === "note");
    expect(note).toMatchObject({ threadKey: `run:${run?.id ?? ""}`, channel: "C0OPS00001" });
    expect(String(note?.body["text"])).toMatch(/It fired for 12 minutes\. No fix of this bot was run/);
    await send(resolved("web-1"));
    expect(await notes()).toHaveLength(1);
  });

  test("flapping is damped: said once, not diagnosed again until it was quiet", async () => {
    await send(alert("web-1"));
    for (let n = 0; n < 4; n += 1) {
      now += MINUTE;
      await send(resolved("web-1"));
      now += MINUTE;
      await send(alert("web-1"));
    }
    expect(await runs()).toHaveLength(1);
    expect(await notes()).toEqual(["High5xx on web-1 is resolved", "High5xx on web-1 fires again"]);
    await workRun(world, (await runs())[0]?.id ?? "");
    await send(resolved("web-1"));
    now += 11 * MINUTE;
    await send(alert("web-1"));
    expect(await runs()).toHaveLength(2);
  });

  test("an unknown host is said once, with how to map it", async () => {
    const strange = alert("db-9", { labels: { instance: "db-9.example.test:9100" } });
    expect((await takeAlerts(world, [strange])).unknown).toEqual(["db-9.example.test:9100"]);
    await takeAlerts(world, [strange]);
    const posted = await stage.posted();
    expect(posted).toHaveLength(1);
    expect(posted[0]?.channel).toBe("C0GENERAL1");
    expect(String(posted[0]?.body["text"])).toContain('names: { "db-9.example.test:9100": HOST }');
    expect(await runs()).toEqual([]);
  });

  test("an unknown host is said once a channel is named, not lost before", async () => {
    const strange = alert("db-9", { labels: { instance: "db-9.example.test:9100" } });
    const { defaultChannel: _none, ...alerts } = world.alerts;
    await takeAlerts({ ...world, alerts }, [strange]);
    expect(await stage.posted()).toEqual([]);
    await takeAlerts(world, [strange]);
    expect(await stage.posted()).toHaveLength(1);
  });

  test("hosts are found by mapping, name, first part of a name, and address", async () => {
    for (const [label, host] of [
      ["legacy-7:9100", "web-7"],
      ["web-3.example.test:9100", "web-3"],
      ["http://198.51.100.9:80/x", "web-9"],
    ] as const) {
      await takeAlerts(world, [alert(host, { labels: { instance: label } })]);
    }
    expect((await stage.store.memos("alert")).map((m) => AlertState.parse(m.value).host).toSorted()).toEqual([
      "web-3",
      "web-7",
      "web-9",
    ]);
    expect(hostCandidates({ instance: "[2001:db8::7]:9100" })).toContain("2001:db8::7");
    expect(hostCandidates({ instance: "__proto__" })).toContain("__proto__");
  });

  test("a silence mutes posts, not records", async () => {
    await addSilence(world, {
      actor: { id: "U0ADA00001", via: "slack", fullMember: true },
      target: "@web",
      ms: 60 * MINUTE,
      reason: "work",
    });
    await send(alert("web-1"));
    await send(resolved("web-1"));
    expect((await runs()).map((r) => r.destination)).toEqual([undefined]);
    expect(await stage.posted()).toEqual([]);
    expect(
      (await stage.store.auditTrail({ host: "web-1", limit: 9 })).map((e) => e.action).toSorted(),
    ).toEqual(["alert-fires", "alert-resolved", "run-requested"]);
  });

  test("what still fires when its silence is over is posted then, whether its sender repeats it or not", async () => {
    const silence = (target: string) =>
      addSilence(world, {
        actor: { id: "U0ADA00001", via: "slack", fullMember: true },
        target,
        ms: 60 * MINUTE,
        reason: "work",
      });
    await silence("@web");
    await send(alert("web-1"), alert("web-2"));
    await send(resolved("web-2"));
    expect(await stage.posted()).toEqual([]);
    for (const run of await runs()) await workRun(world, run.id);
    const [report] = await stage.store.reports({ limit: 1 });
    await workReport(world, report?.id ?? "");
    now += 61 * MINUTE;
    expect(await beginDiagnoses(world)).toBe(1);
    expect(await beginDiagnoses(world)).toBe(0);
    const [run] = await runs();
    expect(run).toMatchObject({ request: { host: "web-1" }, destination: { channel: "C0OPS00001" } });
    await workRun(world, run?.id ?? "");
    await send(resolved("web-1"));
    expect((await stage.posted()).at(-1)).toMatchObject({
      threadKey: `run:${run?.id ?? ""}`,
      body: { text: expect.stringMatching(/^It fired for 61 minutes|^It fired for 1 hour/) },
    });
  });

  test("the end names the fix of its time and its approvers, and none of an earlier trouble", async () => {
    const fix = (at: number): Fixed => ({ title: "Start shop", by: ["U0ADA00001"], at });
    const began = now;
    expect(sayWhatFixed([fix(began + MINUTE)], began)).toBe(
      "What fixed it: Start shop, approved by U0ADA00001.",
    );
    expect(sayWhatFixed([fix(began - 5 * MINUTE)], began)).toContain("What fixed it");
    expect(sayWhatFixed([fix(began - 6 * 60 * MINUTE)], began)).toContain("No fix of this bot was run");
  });

  test("an alert that names its own thread is answered there", async () => {
    await send(alert("web-1", { thread: { channel: "C0ALERTS01", ts: "1700000000.000100" } }));
    expect(await runs()).toMatchObject([
      { destination: { channel: "C0ALERTS01", threadTs: "1700000000.000100" } },
    ]);
  });

  describe("the sender's own message in the channel", () => {
    const says = (...messages: [string, string][]): void => {
      world = {
        ...world,
        foreignMessages: async (channel) =>
          channel === "C0OPS00001" ? messages.map(([ts, text]) => ({ ts, text })) : [],
      };
    };

    test("is answered in its thread, and the end is said there", async () => {
      says(["1795000000.000100", "[FIRING:1] High5xx (web-1 critical)"]);
      await send(alert("web-1"));
      const threadTs = "1795000000.000100";
      expect(await runs()).toMatchObject([{ destination: { channel: "C0OPS00001", threadTs } }]);
      await send(resolved("web-1"));
      const [run] = await runs();
      expect((await stage.posted()).find((p) => p.body.kind === "note")?.threadKey).toBe(`run:${run?.id}`);
    });

    test("about several hosts is answered by one group in its thread", async () => {
      says(["1795000000.000100", "[FIRING:3] High5xx\nweb-1\nweb-2\nweb-3"]);
      await send(alert("web-1"), alert("web-2"), alert("web-3"));
      expect(await stage.store.reports({ limit: 9 })).toMatchObject([
        { destination: { threadTs: "1795000000.000100" }, runs: { length: 3 } },
      ]);
    });

    test("each has its own thread where they are few; a storm of them gets one answer", async () => {
      const four = [1, 2, 3, 4].map((n): [string, string] => [`179500000${n}.0`, `High5xx on web-${n}`]);
      says(...four);
      await send(alert("web-1"), alert("web-2"));
      expect(new Set((await runs()).map((r) => r.destination?.threadTs))).toEqual(
        new Set(["1795000001.0", "1795000002.0"]),
      );
      await stage.end();
      await begin();
      says(...four);
      await send(...[1, 2, 3, 4].map((n) => alert(`web-${n}`)));
      const [report, ...more] = await stage.store.reports({ limit: 9 });
      expect(more).toEqual([]);
      expect(report?.destination).toEqual({ channel: "C0OPS00001" });
    });

    test("is not left without an answer when the host is being diagnosed already", async () => {
      await send(alert("web-1"));
      says(["1795000000.000100", "High5xx on web-1"]);
      await send(alert("web-1", { fingerprint: "fp-other" }));
      expect(await runs()).toHaveLength(1);
      expect((await stage.posted()).find((p) => p.body.kind === "note")).toMatchObject({
        threadKey: "ts:1795000000.000100",
        body: { title: "web-1 is being diagnosed already" },
      });
    });

    test("is looked for once, and never while the host is silenced", async () => {
      let asked = 0;
      world = {
        ...world,
        foreignMessages: async () => {
          asked += 1;
          return [];
        },
      };
      await send(alert("web-1"));
      await beginDiagnoses(world);
      await send(alert("web-1"));
      expect(asked).toBe(1);
      await addSilence(world, {
        actor: { id: "U0ADA00001", via: "slack", fullMember: true },
        target: "web-2",
        ms: 60 * MINUTE,
        reason: "work",
      });
      await send(alert("web-2"));
      expect(asked).toBe(1);
    });
  });

  test("a run of a group that says nothing by itself is no answer to an alert", async () => {
    await startGroup(world, {
      request: { group: "@web" },
      actor: { id: "U0ADA00001", via: "slack", fullMember: true },
    });
    await send(alert("web-1"));
    const own = (await runs()).filter((r) => r.request.host === "web-1");
    expect(new Set(own.map((r) => r.destination?.channel))).toEqual(new Set(["C0OPS00001", undefined]));
  });

  test.each([1, 3])("replicas that look at once begin one diagnosis of %i hosts", async (count) => {
    await takeAlerts(
      world,
      hosts.slice(0, count).map((h) => alert(h)),
    );
    now += 5000;
    await Promise.all([beginDiagnoses(world), beginDiagnoses(world), beginDiagnoses(world)]);
    expect(await runs()).toHaveLength(count);
  });
});
