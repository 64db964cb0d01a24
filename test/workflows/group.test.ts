import { afterEach, describe, expect, test } from "vitest";
import type { Bundle } from "../../src/domain/bundle.ts";
import { foldHosts } from "../../src/domain/fold-hosts.ts";
import { ShellError } from "../../src/domain/shell-error.ts";
import type { Actor } from "../../src/domain/run.ts";
import type { Clock } from "../../src/workflows/ports.ts";
import { startGroup } from "../../src/workflows/start-report.ts";
import { workReport } from "../../src/workflows/work-report.ts";
import { groupText } from "../../src/wording/report-group.ts";
import { type ChannelStage, channelStage, type StageOptions } from "../support/channel-stage.ts";
import { realClock, until } from "../support/place.ts";
import { recorded as scenarios } from "../support/recorded.ts";
import { recorded, replayedShell } from "../support/replayed-shell.ts";

const healthy = recorded("healthy");
const stopped = recorded("stopped");
const ada: Actor = { id: "U0ADA00001", via: "slack", channel: "C0OPS00001", fullMember: true };
const names = (n: number): string[] => Array.from({ length: n }, (_, i) => `web-${i + 1}`);

/** edge-1, whose application was stopped on app-1 (10.77.0.2). */
function twoMachines(): Bundle {
  const found = scenarios().find((s) => s.name === "two-app-stopped");
  if (found === undefined) throw new Error("two-app-stopped is not recorded");
  return found.bundle;
}

let stage: ChannelStage;
afterEach(() => stage.end());

async function group(o: StageOptions): Promise<NonNullable<Awaited<ReturnType<typeof workReport>>>> {
  stage = await channelStage({ groups: { web: o.hosts }, ...o });
  const started = await startGroup(stage.world, {
    request: { group: "@web" },
    actor: ada,
    destination: { channel: "C0OPS00001" },
  });
  if (started.kind !== "started") throw new Error(started.text);
  const report = await workReport(stage.world, started.report.id);
  if (report?.summary === undefined) throw new Error("no report");
  return report;
}

/** The healthy bundle with one configuration file of another content. */
function odd(bundle: Bundle): Bundle {
  return {
    ...bundle,
    commands: bundle.commands.map((c) =>
      c.id.startsWith("config-hashes")
        ? {
            ...c,
            stdout: c.stdout.replace(/^[0-9a-f]{64}(?= [ *]\/etc\/nginx\/nginx.conf$)/m, "0".repeat(64)),
          }
        : c,
    ),
  };
}

describe("a group", () => {
  test("is one table, worst first, the same cause folded, the odd one named", async () => {
    const { summary, ...report } = await group({
      hosts: names(7),
      shell: replayedShell((host) =>
        host === "web-2" || host === "web-5"
          ? stopped
          : host === "web-3"
            ? new ShellError("connect-timeout", "No answer from web-3.", "is it up?")
            : host === "web-7"
              ? odd(healthy)
              : healthy,
      ),
    });
    if (summary === undefined) throw new Error("no summary");
    const folds = foldHosts(summary.lines);
    expect(folds.map((f) => [f.rank, f.what, f.lines.map((l) => l.host)])).toEqual([
      ["failing", "upstream-stopped", ["web-2", "web-5"]],
      ["unseen", "connect-timeout", ["web-3"]],
      ["healthy", "healthy", ["web-1", "web-4", "web-6", "web-7"]],
    ]);
    expect(folds[0]?.since).toBeTypeOf("number");
    const strange = summary.odd.find((o) => o.host === "web-7");
    expect(strange?.differences).toEqual([
      {
        facet: "nginx configuration",
        key: "/etc/nginx/nginx.conf",
        here: "sha256 000000000000…",
        peers: expect.stringMatching(/^sha256 /),
        agree: 3,
      },
    ]);
    expect(summary.odd.some((o) => o.host === "web-1")).toBe(false);
    const text = groupText({ ...report, summary }, summary);
    expect(text).toContain("2 of 7 hosts fail now, 1 could not be seen, 4 are healthy.");
    expect(text).toMatch(
      /2 hosts: failing, since \d\d:\d\d UTC\n +web-2, web-5\n +shop\.example\.test: .* is stopped/,
    );
  });

  test("the message is one, updated from a count to the table", async () => {
    const report = await group({ hosts: names(3), shell: replayedShell(() => healthy) });
    const posted = await stage.posted();
    // The table is uploaded only where the message has no room for all hosts.
    expect(posted.map((p) => p.key).toSorted()).toEqual([`report:${report.id}`, `report:${report.id}:csv`]);
    expect(posted.find((p) => p.key === `report:${report.id}`)?.body).toMatchObject({
      kind: "group",
      done: 3,
      report: { state: "done" },
    });
  });

  test("stays within its bounds, in all and behind each bastion", async () => {
    let now = 0;
    let most = 0;
    const behind = new Map<string, number>();
    let mostBehind = 0;
    await group({
      hosts: names(30),
      limits: { hosts: 6, hostsPerBastion: 2 },
      via: (host) => (Number(host.slice(4)) % 2 === 0 ? "bastion" : undefined),
      shell: replayedShell(async (host) => {
        const via = Number(host.slice(4)) % 2 === 0 ? "bastion" : host;
        now += 1;
        behind.set(via, (behind.get(via) ?? 0) + 1);
        most = Math.max(most, now);
        mostBehind = Math.max(mostBehind, behind.get("bastion") ?? 0);
        // Long enough for those that may go at once to begin, however slowly each is written down.
        await new Promise((resolve) => setTimeout(resolve, 50));
        now -= 1;
        behind.set(via, (behind.get(via) ?? 1) - 1);
        return new ShellError("refused", "refused", "");
      }),
    });
    expect({ most, mostBehind }).toEqual({ most: 6, mostBehind: 2 });
  });

  test("a host that never answers is not waited for longer than its own limit", async () => {
    const never = new Promise<Bundle>(() => undefined);
    const timers = new Set<() => void>();
    let begun = 0;
    const clock: Clock = {
      now: () => Date.now(),
      wait: (_ms, signal) =>
        new Promise((resolve) => {
          timers.add(resolve);
          begun += 1;
          signal?.addEventListener("abort", () => timers.delete(resolve));
        }),
    };
    const working = group({
      hosts: names(3),
      clock,
      runMs: 5000,
      shell: replayedShell((host) => (host === "web-2" ? never : healthy)),
    });
    await until("all are begun, and only one is still waited for", () => begun === 3 && timers.size === 1);
    for (const fire of timers) fire();
    const report = await working;
    expect(report.summary?.lines.map((l) => [l.host, l.verdict])).toEqual([
      ["web-1", "healthy"],
      ["web-2", "failed"],
      ["web-3", "healthy"],
    ]);
    expect(report.summary?.lines[1]?.headline).toContain("no answer within 15 seconds");
  });

  test("a peer's machine is looked at, surveyed it is not, and every connection is closed", async () => {
    const whole = twoMachines();
    const open = new Map<string, number>();
    const surveyed = new Set<string>();
    const shell = replayedShell((name) => {
      const there = name === whole.host ? undefined : name;
      const hostKey = there === undefined ? whole.hostKey : "SHA256:app-1";
      return { ...whole, hostKey, commands: whole.commands.filter((c) => c.host === there) };
    });
    const counted: typeof shell = {
      ...shell,
      open: async (host, opts) => {
        const session = await shell.open(host, opts);
        open.set(host.name, (open.get(host.name) ?? 0) + 1);
        return {
          ...session,
          runWave: (commands, onResult) => {
            if (commands.some((c) => c.id.startsWith("peer-packages"))) surveyed.add(host.name);
            return session.runWave(commands, onResult);
          },
          close: () => {
            open.set(host.name, (open.get(host.name) ?? 0) - 1);
            return Promise.resolve();
          },
        };
      },
    };
    const clock = { ...realClock, now: () => whole.startedAt };
    const report = await group({
      hosts: ["edge-1"],
      machines: { "10.77.0.2": "app-1" },
      shell: counted,
      clock,
    });
    expect(report.summary?.lines[0]?.headline).toContain("on app-1, orders-api.service");
    expect([...surveyed]).toEqual(["edge-1"]);
    expect([...open]).toEqual([
      ["edge-1", 0],
      ["app-1", 0],
    ]);
  });

  test("a dead bastion is one line that names the hosts unseen", async () => {
    const { summary } = await group({
      hosts: names(12),
      via: () => "bastion-1",
      shell: replayedShell(() => new ShellError("hop-timeout", "bastion-1 did not answer.", "is it up?")),
    });
    const folds = foldHosts(summary?.lines ?? []);
    expect(folds).toHaveLength(1);
    expect(folds[0]).toMatchObject({ rank: "unseen", via: "bastion-1" });
    expect(folds[0]?.lines.map((l) => l.host)).toHaveLength(12);
  });

  test("a redelivered job repeats no run and posts nothing twice", async () => {
    const shell = replayedShell(() => healthy);
    const report = await group({ hosts: names(3), shell });
    expect(shell.opened).toHaveLength(3);
    const again = await workReport(stage.world, report.id);
    expect(shell.opened).toHaveLength(3);
    expect(again?.summary?.lines).toHaveLength(3);
    expect(await stage.posted()).toHaveLength(2);
  });

  test("hosts the asker may not diagnose are left out and said; none left is a refusal", async () => {
    const report = await group({ hosts: names(3), refuse: ["web-2"], shell: replayedShell(() => healthy) });
    expect(report.refused).toEqual([{ host: "web-2", why: "the policy says no" }]);
    expect(report.runs.map((r) => r.host)).toEqual(["web-1", "web-3"]);
    await stage.end();
    stage = await channelStage({
      hosts: names(2),
      groups: { web: names(2) },
      refuse: names(2),
      shell: replayedShell(() => healthy),
    });
    expect(await startGroup(stage.world, { request: { group: "@web" }, actor: ada })).toMatchObject({
      kind: "not-allowed",
    });
    expect(await startGroup(stage.world, { request: { group: "@db" }, actor: ada })).toMatchObject({
      kind: "unknown-group",
      text: expect.stringContaining("no group with a host that you may diagnose"),
      nearest: [],
    });
    expect(
      await startGroup(stage.world, { request: { group: "@web", playbook: "503" }, actor: ada }),
    ).toMatchObject({ kind: "unknown-playbook" });
  });

  test("a misspelt group is answered with the nearest, another with all that hold a host for the asker", async () => {
    const groups = { web: ["web-1"], db: ["web-2"], batch: ["web-3"] };
    const shell = replayedShell(() => healthy);
    stage = await channelStage({ hosts: names(3), groups, refuse: ["web-2"], shell });
    const asked = async (group: string): Promise<object> =>
      startGroup(stage.world, { request: { group }, actor: ada });
    expect(await asked("@wbe")).toMatchObject({
      text: expect.stringContaining("Did you mean @web?"),
      nearest: ["web"],
    });
    expect(await asked("@everything")).toMatchObject({
      text: expect.stringContaining("There are: @web, @batch."),
      nearest: ["web", "batch"],
    });
  });
});
