import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { CommandResult } from "../../src/domain/command.ts";
import { commandEnd } from "../../src/ssh/command-end.ts";
import { WaveReader } from "../../src/ssh/wave-reader.ts";
import { command } from "../support/wave.ts";

const NONCE = "0123456789abcdef";
const f = (frame: string): string => `@@${NONCE}:${frame}\n`;

test("any chunking of both streams gives the same results", () => {
  const out = `motd\n${f("S:1000:unknown")}one${f("b:1:bg: line")}more${f("E:0:0:0")}${f("B:1:7:0:1:0")}${f("E:2:3:1")}${f("Z:some")}`;
  const err = `noise${f("S")}e1${f("E:0")}e2${f("E:2")}${f("Z")}`;
  const commands = [command("a", ["a"]), command("b", ["b"], { background: true }), command("c", ["c"])];
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.boolean(), fc.integer({ min: 1, max: 30 }))), (steps) => {
      const order: string[] = [];
      const reader = new WaveReader(commands, NONCE, {
        now: () => 5,
        onResult: (result) => order.push(result.id),
      });
      const left = { out: Buffer.from(out), err: Buffer.from(err) };
      for (const [first, size] of [...steps, [true, 1e6], [false, 1e6]] as const) {
        const stream = first ? "out" : "err";
        reader.push(stream, left[stream].subarray(0, size));
        left[stream] = left[stream].subarray(size);
      }
      expect(reader.done).toBe(true);
      expect(reader.ended).toBe(true);
      expect(reader.account).toEqual({ uid: 1000, sudo: "some" });
      expect(reader.preamble.text()).toHaveLength("motd\nnoise".length);
      expect(new Set(order)).toEqual(new Set(["a", "b", "c"]));
      expect(reader.results.map((r) => [r?.stdout, r?.stderr, r?.exitCode, r?.privileged])).toEqual([
        ["onemore", "e1", 0, false],
        ["bg: line\n", "", 7, false],
        ["", "e2", 3, true],
      ]);
    }),
  );
});

test("an abandoned command has its output so far, and is not settled twice", () => {
  const seen: CommandResult[] = [];
  const reader = new WaveReader([command("a", ["a"])], NONCE, {
    now: () => 9,
    onResult: (result) => seen.push(result),
  });
  reader.push("out", Buffer.from(`${f("S:0:unknown")}partial`));
  reader.push("err", Buffer.from(f("S")));
  reader.abandon(0, "unreachable", "gone");
  reader.push("out", Buffer.from(f("E:0:0:1")));
  reader.push("err", Buffer.from(f("E:0")));
  expect(seen).toHaveLength(1);
  expect(seen[0]).toMatchObject({ stdout: "partial", stderr: "gone", end: "unreachable", exitCode: null });
});

describe("how a command ended", () => {
  const slow = command("x", ["nginx", "-T"], { timeoutMs: 2000 });
  test.each([
    [0, "0", "", 5, "exited"],
    [1, "d", "sudo: a password is required", 5, "denied"],
    [124, "0", "", 2010, "timed-out"],
    [124, "0", "", 3, "exited"],
    [137, "0", "", 3010, "timed-out"],
    [137, "0", "", 40, "exited"],
    [143, "0", "", 2005, "timed-out"],
    [127, "0", "timeout: failed to run command 'nginx': No such file or directory", 3, "missing"],
    [127, "0", "sh: 1: exec: nginx: not found", 3, "missing"],
    [127, "0", "inner: libfoo.so: cannot open shared object file", 3, "exited"],
    [126, "0", "timeout: failed to run command 'nginx': Permission denied", 3, "denied"],
    [1, "1", "sudo: nginx: command not found", 3, "missing"],
    [1, "0", "nginx: [emerg] open() failed (13: Permission denied)", 3, "exited"],
  ] as const)("status %i, rights %s, %j after %i ms: %5$s", (code, rights, stderr, ms, end) => {
    expect(commandEnd(slow, code, rights, stderr, ms)).toBe(end);
  });
});
