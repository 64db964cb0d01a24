import { describe, expect, test } from "vitest";
import type { Bundle } from "../../src/domain/bundle.ts";
import { digestOf } from "../../src/domain/fix.ts";
import type { Host } from "../../src/domain/host.ts";
import { ShellError } from "../../src/domain/shell-error.ts";
import { executeRun, replayRun, type RunOutput } from "../../src/workflows/execute-run.ts";
import type { Neighbour } from "../../src/workflows/neighbours.ts";
import { recorded, shippedPlaybooks } from "../support/recorded.ts";
import { replayedShell } from "../support/replayed-shell.ts";

/** edge-1 sends to 10.77.0.2:4100, which is app-1, where the application was stopped. */
const whole = found("two-app-stopped");
const loaded = shippedPlaybooks().get("502") ?? fail("the playbook 502 is not shipped");

function fail(why: string): never {
  throw new Error(why);
}

function found(name: string): Bundle {
  return recorded().find((r) => r.name === name)?.bundle ?? fail(`${name} is not recorded`);
}

function host(name: string, change: Partial<Host> = {}): Host {
  const known = { name, hostName: "198.51.100.6", port: 22, user: "ops" };
  const ssh = { identityFiles: [], identitiesNamed: false, identitiesOnly: false, identityAgent: null };
  const rest = { knownHostsFiles: [], connectTimeoutMs: 1, serverAliveIntervalMs: 0, serverAliveCountMax: 1 };
  return { ...known, ...ssh, ...rest, jumps: [], groups: [], addresses: [], source: "file", ...change };
}

/** Answers as each machine did when the bundle was recorded. */
const shellOf = (bundle: Bundle, app: (there: Bundle) => Bundle | Error = (b) => b) =>
  replayedShell((name) => {
    const there = name === bundle.host ? undefined : name;
    const hostKey = bundle.machines?.find((m) => m.name === there)?.hostKey ?? bundle.hostKey;
    const { machines: _, ...own } = bundle;
    const said = { ...own, hostKey, commands: bundle.commands.filter((c) => c.host === there) };
    return there === undefined ? said : app(said);
  });

async function run(
  neighbour: Neighbour | undefined,
  shell = shellOf(whole),
): Promise<RunOutput & { opened: string[] }> {
  const input = {
    runId: whole.runId,
    host: host(whole.host),
    runMs: 1000,
    neighbour: () => Promise.resolve(neighbour),
  };
  const clock = { now: () => whole.startedAt, wait: () => Promise.resolve() };
  return { ...(await executeRun(input, loaded, { shell, clock })), opened: shell.opened };
}

const app1 = { host: host("app-1", { contact: "#orders" }), allowed: true, why: "" };

describe("a failing peer on another host of the inventory", () => {
  test("is looked at over a connection of its own; cause, evidence and fix name their host", async () => {
    const { diagnosis, bundle, bound, opened } = await run(app1);
    expect(opened).toEqual(["edge-1", "app-1"]);
    const [cause] = diagnosis.causes;
    expect(cause).toMatchObject({
      id: "upstream-stopped",
      grade: "proven",
      host: "app-1",
      target: "10.77.0.2:4100",
    });
    expect(
      cause?.evidence.filter((e) => e.ground !== true).map((e) => [e.check.replace(/#.*/, ""), e.host]),
    ).toEqual([
      ["error-logs", "edge-1"],
      ["units", "app-1"],
      ["tcp-listeners", "app-1"],
      ["direct", "edge-1"],
    ]);
    expect(diagnosis.headline).toContain("on app-1, orders-api.service");
    expect(diagnosis.fixes[0]).toMatchObject({
      id: "start-unit",
      host: "app-1",
      title: "Start orders-api.service on app-1",
    });
    const [fix] = bound;
    expect(fix).toMatchObject({
      host: "app-1",
      verify: { nginx: { host: "edge-1", hostKey: bundle.hostKey } },
    });
    expect(bundle.machines).toEqual([
      { name: "app-1", addresses: ["10.77.0.2"], contact: "#orders", hostKey: fix?.hostKey },
    ]);
    expect(bundle.commands.some((c) => c.host === "app-1" && c.id === "units")).toBe(true);
  });

  test("nothing of nginx is asked there, and what a replay says is the same, byte for byte", async () => {
    const { diagnosis, bundle } = await run(app1);
    const there = bundle.commands.filter((c) => c.host === "app-1").map((c) => c.argv[0] ?? "");
    expect(there.length).toBeGreaterThan(10);
    expect(there.filter((program) => ["nginx", "curl"].includes(program))).toEqual([]);
    expect(JSON.stringify((await replayRun(bundle, loaded)).diagnosis)).toBe(JSON.stringify(diagnosis));
  });

  test("the digest covers the machine, its key, and where nginx is asked", async () => {
    const [fix] = (await run(app1)).bound;
    if (fix === undefined) throw new Error("no fix was bound");
    const digest = digestOf(fix);
    expect(digestOf({ ...fix, host: "edge-1" })).not.toBe(digest);
    expect(digestOf({ ...fix, hostKey: "SHA256:other" })).not.toBe(digest);
    const nginx = { host: "edge-9", hostKey: "SHA256:other" };
    expect(digestOf({ ...fix, verify: { ...fix.verify, nginx } })).not.toBe(digest);
  });

  test.each([
    [
      "may not be looked at",
      { ...app1, allowed: false, why: "no rule allows it" },
      "you may not diagnose app-1",
    ],
    ["cannot be reached", app1, "The connection to app-1 failed."],
  ])(
    "one that %s is said, its contact named, and nothing proven or offered",
    async (_, neighbour, because) => {
      const error = new ShellError("no-route", "The connection to app-1 failed.", "Look at its power.");
      const shell = shellOf(whole, () => error);
      const { diagnosis, bundle, opened } = await run(neighbour, shell);
      expect(opened).toEqual(neighbour.allowed ? ["edge-1", "app-1"] : ["edge-1"]);
      expect(diagnosis.causes.map((c) => [c.id, c.grade, c.fixes])).toEqual([
        ["remote-peer-refuses", "consistent", []],
      ]);
      const spot = diagnosis.blindSpots.find((b) => b.check === "connection");
      expect(spot?.because).toContain(because);
      expect(spot?.remedy).toContain("#orders");
      expect(JSON.stringify((await replayRun(bundle, loaded)).diagnosis)).toBe(JSON.stringify(diagnosis));
    },
  );

  test.each<[string, Neighbour | undefined, string]>([
    ["nobody is known for", undefined, "add the machine to hosts: in 502.yml"],
    ["somebody answers for", { contact: "payments@" }, "ask payments@"],
  ])("outside the inventory, %s: only as seen from nginx", async (_, neighbour, remedy) => {
    const { diagnosis, opened } = await run(neighbour);
    expect(opened).toEqual(["edge-1"]);
    expect(diagnosis.causes.map((c) => [c.id, c.grade])).toEqual([["remote-peer-refuses", "consistent"]]);
    expect(diagnosis.fixes).toEqual([]);
    expect(diagnosis.blindSpots.find((b) => b.check === "inventory")?.remedy).toContain(remedy);
  });

  test("nginx's host under another of its addresses is no other machine", async () => {
    const { opened, diagnosis } = await run({ ...app1, host: host("edge-1") });
    expect(opened).toEqual(["edge-1"]);
    expect(diagnosis.causes[0]?.grade).toBe("consistent");
  });
});

test("a denied check of the other machine is said with its name", async () => {
  const denied = (b: Bundle): Bundle => ({
    ...b,
    commands: b.commands.map((c) =>
      c.id === "tcp-listeners" ? { ...c, stdout: "", exitCode: 1, end: "denied" } : c,
    ),
  });
  const { diagnosis } = await run(app1, shellOf(whole, denied));
  expect(diagnosis.blindSpots.map((b) => b.because)).toContain(
    "could not see which process owns a listening port on app-1: not permitted",
  );
});

test("where every peer is well no other machine is asked for", async () => {
  const healthy = recorded().find((r) => r.name === "two-app-stopped")?.after ?? fail("nothing was mended");
  let asked = 0;
  const shell = shellOf(healthy);
  const input = {
    runId: healthy.runId,
    host: host(healthy.host),
    runMs: 1000,
    neighbour: () => {
      asked += 1;
      return Promise.resolve(app1);
    },
  };
  const clock = { now: () => healthy.startedAt, wait: () => Promise.resolve() };
  const { diagnosis } = await executeRun(input, loaded, { shell, clock });
  expect([diagnosis.verdict, asked, shell.opened]).toEqual(["healthy", 0, ["edge-1"]]);
});
