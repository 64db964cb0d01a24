import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { fixScript } from "../../src/playbook/fix-script.ts";
import { waveScript } from "../../src/playbook/wave-script.ts";
import { SHELLS } from "../support/shells.ts";
import { command, runLocally } from "../support/wave.ts";

let bin: string;
beforeEach(() => {
  bin = mkdtempSync(join(tmpdir(), "fiveohtwo-bin-"));
});
afterEach(() => rmSync(bin, { recursive: true, force: true }));

function tool(name: string, body: string): void {
  writeFileSync(join(bin, name), `#!/bin/sh\n${body}\n`);
  chmodSync(join(bin, name), 0o755);
}
const path = (): { PATH: string } => ({ PATH: `${bin}:${process.env["PATH"] ?? ""}` });

/** A sudo that allows what its first argument file lists, and counts its calls. */
function fakeSudo(allow: string, listWorks: boolean): void {
  tool("id", 'case $1 in -u) echo 1000 ;; -un) echo ops ;; *) exec /usr/bin/id "$@" ;; esac');
  tool(
    "sudo",
    `echo "$*" >>'${bin}/calls'
u=root
while [ $# -gt 0 ]; do case $1 in
  -n|-H) shift ;; -u) u=$2; shift 2 ;; --) shift; break ;;
  -l) ${listWorks ? "exit 0" : "echo 'sudo: a password is required' >&2; exit 1"} ;;
  *) break ;; esac; done
case $1 in ${allow}) FAKE_USER=$u exec "$@" ;; esac
echo 'sudo: a password is required' >&2; exit 1`,
  );
}
const calls = (): string[] => readFileSync(join(bin, "calls"), "utf8").trim().split("\n");

describe.each(SHELLS.map((shell) => [shell.join(" "), shell] as const))("a wave in %s", (_, shell) => {
  test("keeps both streams, exit status and order of each command apart", async () => {
    const { results, reader } = await runLocally(shell, [
      command("plain", ["printf", "a\\nb without newline"]),
      command("both", ["sh", "-c", "echo out; echo err >&2; exit 3"]),
      command("silent", ["true"]),
      command("stdin", ["cat"]),
      command("quoted", ["printf", "%s|", "it's", "$(id)", "a b"]),
      command("missing", ["no-such-tool-here", "x"]),
    ]);
    expect(
      results.map((r) => [
        r?.stdout,
        r?.stderr === "" || r?.id === "missing" ? "" : r?.stderr,
        r?.exitCode,
        r?.end,
      ]),
    ).toEqual([
      ["a\nb without newline", "", 0, "exited"],
      ["out\n", "err\n", 3, "exited"],
      ["", "", 0, "exited"],
      ["", "", 0, "exited"],
      ["it's|$(id)|a b|", "", 0, "exited"],
      ["", "", null, "missing"],
    ]);
    expect(reader.ended).toBe(true);
  });

  test("lifts background output out of a foreground command's", async () => {
    const talk = "i=0; while [ $i -lt 100 ]; do echo line $i; i=$((i+1)); sleep 0.001; done";
    const { results } = await runLocally(shell, [
      command("talker", ["sh", "-c", talk]),
      ...[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14].map((n) =>
        command(
          `bg${n}`,
          ["sh", "-c", `sleep 0.${n % 4}; echo "bg ${n}:one"; echo two >&2; printf three; exit ${n}`],
          { background: true },
        ),
      ),
      command("after", ["echo", "after"]),
    ]);
    const expected = Array.from({ length: 100 }, (_, i) => `line ${i}\n`).join("");
    expect(results[0]?.stdout).toBe(expected);
    for (let n = 1; n <= 14; n++) {
      expect(results[n]).toMatchObject({
        stdout: `bg ${n}:one\ntwo\nthree`,
        stderr: "",
        exitCode: n,
        end: "exited",
      });
    }
    expect(results[15]?.stdout).toBe("after\n");
  });

  test("bounds a background command's output", async () => {
    const { results } = await runLocally(shell, [command("bg", ["seq", "1", "3000"], { background: true })]);
    expect(results[0]?.end).toBe("cut");
    expect(results[0]?.stdout).toMatch(/^1\n2\n3\n[\d\n]*\n…\d+ bytes cut…\n$/);
    expect(Buffer.byteLength(results[0]?.stdout ?? "")).toBeLessThan(2100);
  });

  test("ends a command that takes too long, and goes on", async () => {
    const { results } = await runLocally(shell, [
      command("slow", ["sh", "-c", "echo begun; sleep 30"], { timeoutMs: 700 }),
      command("slowbg", ["sleep", "30"], { timeoutMs: 1000, background: true }),
      command("next", ["echo", "next"]),
    ]);
    expect(results[0]).toMatchObject({ stdout: "begun\n", end: "timed-out", exitCode: null });
    expect(results[1]).toMatchObject({ end: "timed-out", exitCode: null });
    expect(results[2]).toMatchObject({ stdout: "next\n", end: "exited" });
  });

  test("uses sudo where it is allowed, falls back where that may be, and runs nothing twice", async () => {
    fakeSudo("allowed|printf", true);
    tool("allowed", "echo as $FAKE_USER; echo warn >&2; exit 5");
    tool("plain", `echo run >>'${bin}/plain-runs'; echo plain; exit 6`);
    const { results, account } = await runLocally(
      shell,
      [
        command("never", ["plain"], { sudo: "never" }),
        command("allowed", ["allowed", "it's"], { sudo: "always" }),
        command("denied", ["plain"], { sudo: "always" }),
        command("tried", ["plain"], { sudo: "try" }),
        command("user", ["allowed"], { sudo: "always", runAs: "app" }),
        command("myself", ["allowed"], { sudo: "always", runAs: "ops" }),
      ],
      { env: path() },
    );
    expect(results.map((r) => [r?.id, r?.stdout, r?.exitCode, r?.end, r?.privileged])).toEqual([
      ["never", "plain\n", 6, "exited", false],
      ["allowed", "as root\n", 5, "exited", true],
      ["denied", "", null, "denied", false],
      ["tried", "plain\n", 6, "exited", false],
      ["user", "as app\n", 5, "exited", true],
      ["myself", "as\n", 5, "exited", false],
    ]);
    expect(results[1]?.stderr).toBe("warn\n");
    expect(results[3]?.stderr).toContain("a password is required");
    expect(readFileSync(join(bin, "plain-runs"), "utf8")).toBe("run\nrun\n");
    expect(account).toEqual({ uid: 1000, sudo: "some" });
    expect(calls().filter((call) => call.includes("-l"))).toHaveLength(1);
  });

  test("asks sudo no more once it has nothing for this account", async () => {
    fakeSudo("nothing", false);
    const { results, account } = await runLocally(
      shell,
      ["a", "b", "c", "d"].map((id) => command(id, ["echo", id], { sudo: id === "c" ? "always" : "try" })),
      { env: path() },
    );
    expect(results.map((r) => [r?.stdout, r?.end])).toEqual([
      ["a\n", "exited"],
      ["b\n", "exited"],
      ["", "denied"],
      ["d\n", "exited"],
    ]);
    expect(account?.sudo).toBe("none");
    expect(calls()).toHaveLength(2);
  });

  test("a warning of sudo is no refusal", async () => {
    fakeSudo("*", true);
    tool(
      "sudo",
      'echo "sudo: unable to resolve host web-1: Name or service not known" >&2; while [ "$1" != -- ]; do shift; done; shift; exec "$@"',
    );
    const { results } = await runLocally(
      shell,
      [command("a", ["sh", "-c", "echo once; exit 1"], { sudo: "try" })],
      { env: path() },
    );
    expect(results[0]).toMatchObject({ stdout: "once\n", exitCode: 1, end: "exited", privileged: true });
  });

  test("works without sudo and with a busybox-like timeout or none", async () => {
    tool("timeout", 'case $1 in -k|-t) exit 1 ;; esac; exec /usr/bin/timeout "$@"');
    const plain = await runLocally(
      shell,
      [command("a", ["sleep", "9"], { timeoutMs: 900 }), command("b", ["echo", "b"])],
      { env: path() },
    );
    expect(plain.results.map((r) => r?.end)).toEqual(["timed-out", "exited"]);
    tool("timeout", "exit 1");
    const none = await runLocally(shell, [command("a", ["echo", "a"]), command("b", ["no-such-tool-here"])], {
      env: path(),
    });
    expect(none.results.map((r) => [r?.stdout, r?.end])).toEqual([
      ["a\n", "exited"],
      ["", "missing"],
    ]);
  });
});

test("a script cut on its way runs nothing", async () => {
  const nonce = "0123456789abcdef0123456789abcdef";
  const marker = join(bin, "ran");
  const script = fixScript([command("a", ["touch", marker])], nonce, "host");
  const { spawnSync } = await import("node:child_process");
  for (const share of [0.5, 0.9, 0.99]) {
    spawnSync("sh", ["-s"], { input: script.slice(0, Math.floor((script.length - 12) * share)) });
  }
  expect(() => readFileSync(marker)).toThrow(/ENOENT/);
});

test("hostile ids of users, locks and nonces are refused", () => {
  const nonce = "0123456789abcdef";
  expect(() => waveScript([command("a", ["id"], { runAs: "-u" })], nonce)).toThrow(RangeError);
  expect(() => waveScript([command("a", ["id"], { runAs: "#0" })], nonce)).toThrow(RangeError);
  expect(() => fixScript([command("a", ["id"])], nonce, "../x")).toThrow(RangeError);
  expect(() => fixScript([command("a", ["id"], { background: true })], nonce, "x")).toThrow(RangeError);
  expect(() => waveScript([], "short")).toThrow(RangeError);
});
