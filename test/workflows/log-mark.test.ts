import { describe, expect, test } from "vitest";
import type { Command, CommandResult } from "../../src/domain/command.ts";
import type { HostLine } from "../../src/workflows/host-line.ts";
import { judge } from "../../src/workflows/judge-fix.ts";
import { markLog, newLines } from "../../src/workflows/log-mark.ts";
import type { Verified } from "../../src/workflows/verify-fix.ts";
import { aBoundFix, aDiagnosisOf } from "../support/fix-stage.ts";

const PATH = "/var/log/nginx/error.log";
const { verify } = aBoundFix();
const plan = { ...verify, target: "127.0.0.1:3000", log: { path: PATH, class: "connect-failed" } };

const refused = (second: number, port = 3000): string =>
  `2026/11/20 15:17:${second} [error] 117#117: *${second} connect() failed (111: Connection refused) while connecting to upstream, client: 198.51.100.7, server: shop.example.test, request: "GET / HTTP/1.1", upstream: "http://127.0.0.1:${port}/", host: "shop.example.test"\n`;

/** A host whose log reads so, and what was asked of it. */
function host(text: () => string | undefined): { line: HostLine; asked: Command[] } {
  const asked: Command[] = [];
  const wave = async (commands: readonly Command[]): Promise<CommandResult[]> => {
    asked.push(...commands);
    const stdout = text();
    return commands.map(({ id, argv }) => ({
      id,
      argv,
      stdout: stdout ?? "",
      stderr: "",
      exitCode: stdout === undefined ? 1 : 0,
      end: "exited",
      durationMs: 1,
      privileged: false,
    }));
  };
  return {
    asked,
    line: { wave, session: async () => undefined, drop: async () => undefined, trouble: () => undefined },
  };
}

describe("the error log since the fix", () => {
  test("lines of the kind and the target count from the mark on, and from when it answered well", async () => {
    let text = refused(10) + refused(11);
    const { line, asked } = host(() => text);
    const before = await markLog(line, plan);
    text += refused(12) + refused(13, 3001);
    const well = await markLog(line, plan);
    expect(await newLines(line, plan, before, well)).toEqual({ since: 1, afterwards: 0 });
    text += refused(14) + "2026/11/20 15:17:15 [notice] 1#1: signal process started\n";
    expect(await newLines(line, plan, before, well)).toEqual({ since: 2, afterwards: 1 });
    // As the playbooks' own check reads it, so that the sudo rule of that check allows it.
    expect(asked[0]?.argv).toEqual(["tail", "-c", "262144", PATH]);
  });

  test("an empty log is a mark as well", async () => {
    let text = "";
    const { line } = host(() => text);
    const before = await markLog(line, plan);
    text = refused(10);
    expect(await newLines(line, plan, before, undefined)).toEqual({ since: 1, afterwards: 1 });
  });

  test.each(["rotated", "unreadable"])("one that was %s tells nothing", async (how) => {
    let text: string | undefined = refused(10);
    const { line } = host(() => text);
    const before = await markLog(line, plan);
    text = how === "rotated" ? refused(40) : undefined;
    expect(await newLines(line, plan, before, undefined)).toBeUndefined();
  });

  test("nothing is asked where the fault shows in no log", async () => {
    const { line, asked } = host(() => refused(10));
    expect(await markLog(line, verify)).toBeUndefined();
    expect(asked).toEqual([]);
  });
});

describe("the judgement", () => {
  const look = { at: 1, fronts: [], unit: undefined, direct: undefined, listening: undefined };
  const seen = (log: Verified["log"], kind = "connect-failed"): Verified => ({
    plan: { ...plan, log: { path: PATH, class: kind } },
    before: look,
    after: look,
    symptom: "gone",
    unit: "stable",
    worse: false,
    streak: 3,
    ...(log === undefined ? {} : { log }),
  });
  const healthy = aDiagnosisOf([], { verdict: "healthy" });

  test("a log that goes on after good answers is no success", () => {
    expect(judge(aBoundFix(), seen({ since: 2, afterwards: 1 }), healthy, false)).toMatchObject({
      outcome: "not-fixed",
      why: expect.stringContaining("one new line (connect-failed) after it had answered well"),
    });
  });

  test("lines from while the fix ran are none, nor time-outs of what began before it", () => {
    expect(judge(aBoundFix(), seen({ since: 2, afterwards: 0 }), healthy, false).outcome).toBe("fixed");
    expect(judge(aBoundFix(), seen({ since: 2, afterwards: 2 }, "timed-out"), healthy, false).outcome).toBe(
      "fixed",
    );
    expect(judge(aBoundFix(), seen(undefined), healthy, false).outcome).toBe("fixed");
  });
});
