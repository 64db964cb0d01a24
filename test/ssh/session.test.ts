import { spawnSync } from "node:child_process";
import {
  chmodSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, test, vi } from "vitest";
import { ShellError } from "../../src/domain/shell-error.ts";
import { type SshSession, SshShell } from "../../src/ssh/ssh-shell.ts";
import { SHELLS } from "../support/shells.ts";
import { type SshdOptions, startTestSshd, type TestSshd } from "../support/sshd.ts";
import { command } from "../support/wave.ts";

/** All locks of this file begin so. */
const LOCK = `test-${process.pid}`;
const cleanups: (() => void | Promise<void>)[] = [];
afterEach(async () => {
  for (const clean of cleanups.splice(0).toReversed()) await clean();
  for (const name of existsSync("/run/lock") ? readdirSync("/run/lock") : []) {
    if (name.startsWith(`fiveohtwo-${LOCK}`)) rmSync(join("/run/lock", name), { recursive: true });
  }
});

async function sshd(options: SshdOptions = {}): Promise<TestSshd> {
  const server = await startTestSshd(options);
  cleanups.push(() => server.stop());
  return server;
}

async function open(
  server: TestSshd,
  deadlineMs = 20_000,
  over: Parameters<TestSshd["host"]>[1] = {},
): Promise<SshSession> {
  const session = await new SshShell().open(server.host("web-1", over), { purpose: "diagnose", deadlineMs });
  cleanups.push(() => session.close());
  return session;
}

/** A directory for tools that shadow the machine's, and for traces. */
function toolbox(): {
  directory: string;
  env: Record<string, string>;
  add: (name: string, body: string) => void;
} {
  const directory = mkdtempSync(join(tmpdir(), "fiveohtwo-tools-"));
  cleanups.push(() => rmSync(directory, { recursive: true, force: true }));
  return {
    directory,
    env: { PATH: `${directory}:${process.env["PATH"] ?? ""}`, HOME: directory },
    add: (name, body) => {
      writeFileSync(join(directory, name), `#!/bin/sh\n${body}\n`);
      chmodSync(join(directory, name), 0o755);
    },
  };
}

const error = async (promise: Promise<unknown>): Promise<ShellError> => {
  const caught: unknown = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(caught instanceof ShellError)) throw new Error(`no ShellError: ${String(caught)}`);
  return caught;
};

describe("a wave", () => {
  test("is one exec of sh -s; results come one by one and in order; motd does no harm", async () => {
    const server = await sshd({ noise: "Welcome to web-1!\r\n@@ not ours\n" });
    const session = await open(server);
    const seen: string[] = [];
    const results = await session.runWave(
      [
        command("a", ["echo", "a"]),
        command("bg", ["sh", "-c", "sleep 0.3; echo bg"], { background: true }),
        command("b", ["echo", "b"]),
      ],
      (result) => seen.push(result.id),
    );
    expect(results.map((result) => result.stdout)).toEqual(["a\n", "bg\n", "b\n"]);
    expect(seen).toEqual(["a", "b", "bg"]);
    expect(server.execs).toEqual(["sh -s"]);
    expect(session.hostKey).toMatch(/^SHA256:[\w+/]{43}$/);
  });

  test("keeps head and tail of a long output, and says so", async () => {
    const session = await open(await sshd());
    const [result] = await session.runWave([command("big", ["seq", "1", "200000"], { maxBytes: 1000 })]);
    expect(result).toMatchObject({ end: "cut", exitCode: 0 });
    expect(result?.stdout).toMatch(/^1\n2\n[\s\S]*…\d+ bytes cut…[\s\S]*199999\n200000\n$/);
    expect(result?.stdout.length).toBeLessThan(1100);
  });

  test("a connection that drops in its middle ends the rest as unreachable", async () => {
    const session = await open(await sshd({ dropAfterBytes: 400 }));
    const results = await session.runWave([
      command("a", ["echo", "a"]),
      command("big", ["seq", "1", "5000"]),
      command("b", ["echo", "b"]),
    ]);
    expect(results.map((result) => result.end)).toEqual(["exited", "unreachable", "unreachable"]);
    const again = await session.runWave([command("c", ["echo", "c"])]);
    expect(again.map((result) => result.end)).toEqual(["unreachable"]);
  });

  test("a command that no time-out can end is abandoned, and the others run once in a new shell", async () => {
    const tools = toolbox();
    tools.add("timeout", "exit 1");
    const server = await sshd({ env: tools.env });
    const session = await open(server);
    const trace = join(tools.directory, "trace");
    const count = (word: string): string[] => ["sh", "-c", `echo ${word} >>'${trace}'; echo ${word}`];
    const results = await session.runWave([
      command("first", count("first")),
      command("stuck", ["sh", "-c", "echo begun; exec sleep 60"], { timeoutMs: 500 }),
      command("last", count("last")),
    ]);
    expect(results.map((result) => [result.id, result.end, result.stdout])).toEqual([
      ["first", "exited", "first\n"],
      ["stuck", "timed-out", "begun\n"],
      ["last", "exited", "last\n"],
    ]);
    expect(readFileSync(trace, "utf8")).toBe("first\nlast\n");
    expect(server.execs).toEqual(["sh -s", "sh -s"]);
  });

  test("a login shell that starts nothing, or ends at once, is said and does not hang", async () => {
    const deaf = await open(await sshd({ deaf: true }), 20_000, { connectTimeoutMs: 300 });
    const [result] = await deaf.runWave([command("a", ["echo", "a"])]);
    expect(result).toMatchObject({ end: "unreachable", exitCode: null });
    expect(result?.stderr).toContain("did not start sh");
    const nologin = await open(
      await sshd({ noise: "This account is currently not available.\n", shell: ["false"] }),
    );
    const [other] = await nologin.runWave([command("a", ["echo", "a"])]);
    expect(other).toMatchObject({ end: "unreachable" });
    expect(other?.stderr).toContain("This account is currently not available.");
  });

  test("the run's deadline ends what is under way", async () => {
    const session = await open(await sshd(), 1500);
    const began = performance.now();
    const results = await session.runWave([
      command("a", ["echo", "a"]),
      command("b", ["sleep", "30"], { timeoutMs: 30_000 }),
      command("c", ["echo", "c"]),
    ]);
    expect(results.map((result) => result.end)).toEqual(["exited", "timed-out", "timed-out"]);
    expect(performance.now() - began).toBeLessThan(3000);
  });

  test("nothing is left open", async () => {
    const server = await sshd();
    const session = await open(server);
    await session.runWave([command("a", ["echo", "a"])]);
    await session.close();
    await vi.waitFor(() => expect([server.connections(), server.shells()]).toEqual([0, 0]));
  });
});

describe("a fix", () => {
  const lock = LOCK;

  test("runs each command once, in order, asked for before each, and stops at the first failure", async () => {
    const tools = toolbox();
    const session = await open(await sshd({ env: tools.env }));
    const trace = join(tools.directory, "trace");
    const step = (word: string, code = 0): string[] => [
      "sh",
      "-c",
      `echo ${word} >>'${trace}'; exit ${code}`,
    ];
    const asked: [number, number][] = [];
    const results = await session.runFix(
      [command("a", step("a")), command("b", step("b", 4)), command("c", step("c"))],
      {
        lock,
        beforeEach: async (index, done) => {
          asked.push([index, done.length]);
          return true;
        },
      },
    );
    expect(results.map((result) => [result.id, result.exitCode])).toEqual([
      ["a", 0],
      ["b", 4],
    ]);
    expect(asked).toEqual([
      [0, 0],
      [1, 1],
    ]);
    expect(readFileSync(trace, "utf8")).toBe("a\nb\n");
  });

  test("a no before a command ends it there, a thrown error too", async () => {
    const tools = toolbox();
    const session = await open(await sshd({ env: tools.env }));
    const made = join(tools.directory, "made");
    const results = await session.runFix([command("a", ["echo", "a"]), command("b", ["touch", made])], {
      lock,
      beforeEach: (index) => Promise.resolve(index === 0),
    });
    expect(results.map((result) => result.id)).toEqual(["a"]);
    const failing = session.runFix([command("b", ["touch", made])], {
      lock,
      beforeEach: () => Promise.reject(new Error("journal full")),
    });
    await expect(failing).rejects.toThrow("journal full");
    expect(existsSync(made)).toBe(false);
  });

  test.each(SHELLS.map((shell) => [shell.join(" "), shell] as const))(
    "is steered in %s",
    async (_, shell) => {
      const tools = toolbox();
      const session = await open(await sshd({ env: tools.env, shell: [...shell, "-s"] }));
      const step = (word: string): string[] => [
        "sh",
        "-c",
        `cat >>'${join(tools.directory, "stdin")}'; echo ${word}`,
      ];
      const results = await session.runFix(
        ["a", "b", "c", "d"].map((word) => command(word, step(word))),
        {
          lock: `${LOCK}-shell`,
          beforeEach: (index) => Promise.resolve(index < 3),
        },
      );
      expect(results.map((result) => [result.stdout, result.stderr, result.end])).toEqual(
        ["a", "b", "c"].map((word) => [`${word}\n`, "", "exited"]),
      );
      // No command reads what steers the script.
      expect(readFileSync(join(tools.directory, "stdin"), "utf8")).toBe("");
    },
  );

  test("a long pause before a command does not count as its time", async () => {
    const session = await open(await sshd({ env: toolbox().env }));
    const results = await session.runFix([command("a", ["echo", "a"], { timeoutMs: 100 })], {
      lock,
      beforeEach: () => new Promise((resolve) => setTimeout(() => resolve(true), 4000)),
    });
    expect(results).toMatchObject([{ end: "exited", stdout: "a\n" }]);
  });

  test.each([
    ["flock", undefined],
    ["a directory", "exit 127"],
  ])("keeps a second fix out while one runs (%s), and lets it in after", async (_, flock) => {
    const tools = toolbox();
    if (flock !== undefined) {
      // A PATH without flock: only what the script needs.
      for (const name of ["sh", "id", "timeout", "mkdir", "rmdir", "sleep", "echo", "true"])
        tools.add(name, `PATH=/usr/bin:/bin exec ${name} "$@"`);
    }
    const server = await sshd({ env: tools.env });
    const [one, two] = [await open(server), await open(server)];
    let refusal: ShellError | undefined;
    const name = `${LOCK}-${flock === undefined ? "f" : "d"}`;
    await one.runFix([command("a", ["echo", "a"])], {
      lock: name,
      beforeEach: async () => {
        refusal = await error(two.runFix([command("b", ["echo", "b"])], { lock: name }));
        return true;
      },
    });
    expect(refusal).toMatchObject({ code: "locked" });
    expect(refusal?.message).toContain(name);
    const after = await two.runFix([command("b", ["echo", "b"])], { lock: name });
    expect(after).toMatchObject([{ stdout: "b\n" }]);
  });

  test("a daemon that a fix starts does not keep the lock", async () => {
    const tools = toolbox();
    const server = await sshd({ env: tools.env });
    const session = await open(server);
    const pidFile = join(tools.directory, "pid");
    const start = `sleep 60 </dev/null >/dev/null 2>&1 & echo $! >'${pidFile}'`;
    await session.runFix([command("a", ["sh", "-c", start])], { lock: `${LOCK}-daemon` });
    cleanups.push(() => void process.kill(Number(readFileSync(pidFile, "utf8"))));
    const again = await session.runFix([command("b", ["echo", "b"])], { lock: `${LOCK}-daemon` });
    expect(again).toMatchObject([{ stdout: "b\n" }]);
  });

  test("a connection lost in the middle of a command is said, and no later command runs", async () => {
    const tools = toolbox();
    const server = await sshd({ env: tools.env, dropAfterBytes: 3000 });
    const session = await open(server);
    const made = join(tools.directory, "made");
    const fix = session.runFix([command("a", ["seq", "1", "3000"]), command("b", ["touch", made])], { lock });
    expect(await error(fix)).toMatchObject({ code: "lost" });
    await vi.waitFor(() => expect(server.shells()).toBe(0));
    expect(existsSync(made)).toBe(false);
  });
});

describe("what cannot be reached has its own sentence", () => {
  test("a server that says nothing", async () => {
    const server = await sshd({ silent: true });
    const caught = await error(open(server, 20_000, { connectTimeoutMs: 300 }));
    expect(caught).toMatchObject({ code: "connect-timeout" });
    expect(caught.message).toContain("within 0.3 s");
    await vi.waitFor(() => expect(server.connections()).toBe(0));
  });

  test("a hop that says nothing, one that forbids, one that never opens the way", async () => {
    const target = await sshd();
    const silent = await sshd({ silent: true });
    const never = await sshd({ forward: "never" });
    const forbids = await sshd({ forward: "no" });
    const through = (server: TestSshd, name: string): Promise<SshSession> => {
      const {
        jumps: _j,
        groups: _g,
        addresses: _a,
        source: _s,
        ...hop
      } = server.host(name, { connectTimeoutMs: 400 });
      return open(target, 20_000, { jumps: [hop], connectTimeoutMs: 400 });
    };
    expect(await error(through(silent, "bastion"))).toMatchObject({
      code: "hop-timeout",
      message: expect.stringContaining("bastion"),
    });
    expect(await error(through(never, "bastion"))).toMatchObject({
      code: "hop-timeout",
      message: expect.stringContaining("through bastion"),
    });
    expect(await error(through(forbids, "bastion"))).toMatchObject({
      code: "hop-failed",
      message: expect.stringContaining("bastion could not reach web-1"),
    });
    await vi.waitFor(() =>
      expect([silent, never, forbids, target].map((server) => server.connections())).toEqual([0, 0, 0, 0]),
    );
  });

  test("no listener, no name, no login", async () => {
    const server = await sshd({ refuseKeys: true });
    const refused = await error(open(server));
    expect(refused).toMatchObject({ code: "auth-failed", hint: expect.stringContaining("ssh-copy-id") });
    const { port } = server;
    await server.stop();
    cleanups.pop();
    expect(await error(open(server, 20_000, { port }))).toMatchObject({ code: "refused" });
    expect(await error(open(server, 20_000, { hostName: "no-such-host.invalid" }))).toMatchObject({
      code: "dns",
    });
  });

  test("a configuration that would need a program to run", async () => {
    const server = await sshd();
    const caught = await error(open(server, 20_000, { refused: "~/.ssh/config gives it a ProxyCommand" }));
    expect(caught).toMatchObject({
      code: "unsupported-config",
      message: expect.stringContaining("ProxyCommand"),
    });
    expect(server.execs).toEqual([]);
  });

  test("a host key that nobody has noted", async () => {
    const server = await sshd();
    const caught = await error(open(server, 20_000, { knownHostsFiles: [] }));
    expect(caught).toMatchObject({
      code: "unknown-host-key",
      hint: expect.stringContaining("ssh-keyscan -p"),
    });
  });
});

describe("whatever the login shell", () => {
  const present = (program: string): boolean =>
    spawnSync(program, program === "busybox" ? ["true"] : ["-c", "exit 0"]).status === 0;
  const logins = [
    ["bash", "echo talkative; "],
    ["fish", "echo hi; "],
    ["csh", "echo hi; "],
    ["zsh", ""],
    ["busybox ash", ""],
  ] as const;
  test.each(logins.filter(([login]) => present(login.split(" ")[0] ?? "")))("%s", async (login, talk) => {
    const [program = "", ...args] = login.split(" ");
    const session = await open(await sshd({ shell: [program, ...args, "-c", `${talk}sh -s`] }));
    const results = await session.runWave([
      command("a", ["printf", "%s", "it's $HOME"]),
      command("b", ["sh", "-c", "exit 3"]),
    ]);
    expect(results).toMatchObject([{ stdout: "it's $HOME", end: "exited" }, { exitCode: 3 }]);
  });
});

test("hosts behind one bastion share one connection to it, and the last one closes it", async () => {
  const [bastion, one, two] = [await sshd({ forward: "yes" }), await sshd(), await sshd()];
  const { jumps: _j, groups: _g, addresses: _a, source: _s, ...hop } = bastion.host("bastion");
  const shell = new SshShell();
  const through = { jumps: [hop] };
  const sessions = await Promise.all(
    [one.host("one", through), two.host("two", through), one.host("three", through)].map((host) =>
      shell.open(host, { purpose: "diagnose", deadlineMs: 20_000 }),
    ),
  );
  expect(bastion.connections()).toBe(1);
  const results = await Promise.all(
    sessions.map((session) => session.runWave([command("a", ["echo", "a"])])),
  );
  expect(results.map(([result]) => result?.stdout)).toEqual(["a\n", "a\n", "a\n"]);
  for (const session of sessions.slice(1)) await session.close();
  expect((await sessions[0]?.runWave([command("b", ["echo", "b"])]))?.[0]?.stdout).toBe("b\n");
  expect(bastion.connections()).toBe(1);
  await sessions[0]?.close();
  await vi.waitFor(() =>
    expect([bastion, one, two].map((server) => server.connections())).toEqual([0, 0, 0]),
  );
  const again = await shell.open(one.host("one", through), { purpose: "diagnose", deadlineMs: 20_000 });
  expect(bastion.connections()).toBe(1);
  await again.close();
});
