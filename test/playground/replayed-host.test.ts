import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Bundle } from "../../src/domain/bundle.ts";
import type { Command } from "../../src/domain/command.ts";
import type { Host } from "../../src/domain/host.ts";
import type { Recording } from "../../src/playground/replayed-host/recording.ts";
import { type ReplayedHosts, startReplayedHosts } from "../../src/playground/replayed-host/start.ts";
import { SshShell } from "../../src/ssh/ssh-shell.ts";
import type { Session } from "../../src/workflows/ports.ts";

const FIX = ["systemctl", "start", "--", 'it\'s "a" $(unit).service'];

function bundle(state: string, runId: string): Bundle {
  const say = (argv: string[], stdout: string, rest: object = {}) => ({
    id: argv[0] ?? "",
    wave: 1,
    argv,
    stdout,
    stderr: "",
    exitCode: 0,
    end: "exited" as const,
    durationMs: 1,
    privileged: false,
    ...rest,
  });
  return {
    schema: "502/bundle@1",
    runId,
    host: "web-1",
    playbook: "502",
    startedAt: 0,
    durationMs: 0,
    hostKey: "",
    commands: [
      say(["id"], "uid=1234(deploy) gid=1234(deploy)\n"),
      say(["state", "of it"], `${state}\n`),
      say(["grumble"], "", { stderr: "grumble: it's bad\n", exitCode: 3 }),
      say(["getenforce"], "", {
        stderr: "timeout: failed to run command 'getenforce': No such file or directory\n",
        exitCode: null,
        end: "missing",
      }),
      say(["curl", "-A", `fiveohtwo/0.1 (502 diagnosis; ${runId})`, "http://x/"], "200\n"),
      say(["tail", "access.log"], `GET / 200 "fiveohtwo/0.1 (502 diagnosis; ${runId})"\n`),
      ...(state === "before" ? [say(FIX, "started\n")] : []),
    ],
  };
}

const RECORDING: Recording = {
  name: "web-1",
  title: "invented",
  groups: [],
  fix: [FIX],
  before: bundle("before", "run-old-1"),
  after: bundle("after", "run-old-2"),
};

let folder: string;
let hosts: ReplayedHosts;
let session: Session;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "fiveohtwo-replayed-"));
  hosts = await startReplayedHosts(folder, [RECORDING]);
  session = await new SshShell().open(host(), { purpose: "diagnose", deadlineMs: 25_000 });
});
afterAll(async () => {
  await session.close();
  await hosts.stop();
  rmSync(folder, { recursive: true, force: true });
});

function host(change: Partial<Host> = {}): Host {
  const entry = hosts.entries["web-1"];
  if (entry === undefined) throw new Error("no host");
  return {
    name: "web-1",
    hostName: entry.hostName,
    port: entry.port,
    user: entry.user,
    identityFiles: [entry.identityFile],
    identitiesNamed: true,
    identitiesOnly: true,
    identityAgent: null,
    knownHostsFiles: [entry.userKnownHostsFile],
    connectTimeoutMs: 20_000,
    serverAliveIntervalMs: 0,
    serverAliveCountMax: 3,
    jumps: [],
    groups: [],
    addresses: [],
    source: "file",
    ...change,
  };
}

function command(argv: string[], sudo: Command["sudo"] = "never", change: Partial<Command> = {}): Command {
  return { id: argv.join(" "), argv, sudo, timeoutMs: 20_000, maxBytes: 10_000, ...change };
}

test("what was recorded is said again: output, status, a missing program, with and without sudo", async () => {
  const [state, grumble, missing, sudo] = await session.runWave([
    command(["state", "of it"]),
    command(["grumble"]),
    command(["getenforce"], "try"),
    command(["state", "of it"], "always", { runAs: "app", id: "as app" }),
  ]);
  expect(state).toMatchObject({ stdout: "before\n", exitCode: 0, end: "exited", privileged: false });
  expect(grumble).toMatchObject({ stderr: "grumble: it's bad\n", exitCode: 3 });
  expect(missing).toMatchObject({ end: "missing" });
  expect(sudo).toMatchObject({ stdout: "before\n", privileged: true });
});

test("what was not recorded answers so, and nothing of this machine is run", async () => {
  const marker = join(folder, "marker");
  const results = await session.runWave([
    command(["hostname"]),
    command(["/bin/sh", "-c", `echo x >${marker}`], "always"),
    command(["touch", marker]),
    command(["state", "of", "it"]),
  ]);
  for (const r of results)
    expect(r).toMatchObject({ stdout: "", exitCode: 127, stderr: expect.stringContaining("not recorded") });
  expect(() => readFileSync(marker)).toThrow("ENOENT");
});

test("the word that names the run may differ, and the logs speak of the run of today", async () => {
  const [curl] = await session.runWave([
    command(["curl", "-A", "fiveohtwo/0.1 (502 diagnosis; run-new-7)", "http://x/"]),
  ]);
  expect(curl).toMatchObject({ stdout: "200\n" });
  const [log] = await session.runWave([command(["tail", "access.log"])]);
  expect(log?.stdout).toContain("run-new-7");
  expect(log?.stdout).not.toContain("run-old");
});

test("only the host's own key opens it, and only for the bot's constant command", async () => {
  const known = readFileSync(hosts.entries["web-1"]?.userKnownHostsFile ?? "", "utf8");
  expect(known).toMatch(/^\[127\.0\.0\.1\]:\d+ ssh-ed25519 \S+\n$/);
  await expect(
    new SshShell().open(host({ identityFiles: [] }), { purpose: "diagnose", deadlineMs: 5_000 }),
  ).rejects.toMatchObject({ code: "auth-failed" });
  await expect(
    new SshShell().open(host({ knownHostsFiles: [] }), { purpose: "diagnose", deadlineMs: 5_000 }),
  ).rejects.toMatchObject({ code: "unknown-host-key" });
});

test("the recorded fix, and nothing else, turns before into after", async () => {
  const other = await session.runFix([command(["systemctl", "start", "--", "other.service"], "always")], {
    lock: "fix",
  });
  expect(other).toMatchObject([{ exitCode: 127 }]);
  expect((await session.runWave([command(["state", "of it"])]))[0]?.stdout).toBe("before\n");
  const ran = await session.runFix([command(["state", "of it"]), command(FIX, "always")], { lock: "fix" });
  expect(ran).toMatchObject([{ stdout: "before\n" }, { stdout: "started\n", exitCode: 0 }]);
  expect((await session.runWave([command(["state", "of it"])]))[0]?.stdout).toBe("after\n");
  expect(existsSync(join(folder, "web-1", "home", "lock", "fiveohtwo-fix.lock"))).toBe(true);
});
