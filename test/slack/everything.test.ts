import { describe, expect, test } from "vitest";
import { drawApproval } from "../../src/slack/draw/approval.ts";
import type { Drawn } from "../../src/slack/draw/blocks.ts";
import { drawEverything } from "../../src/slack/draw/everything.ts";
import { drawRun } from "../../src/slack/draw/run.ts";
import { noteOf } from "../../src/wording/approval.ts";
import { overLimits } from "../support/block-kit-limits.ts";
import { aBoundFix, aCause, aDiagnosisOf } from "../support/fix-stage.ts";
import { anApproval } from "../support/nouns.ts";

const x = (n: number): string => "x".repeat(n);
const many = <T>(n: number, one: (i: number) => T): T[] => Array.from({ length: n }, (_, i) => one(i));

function expectTaken({ text, blocks }: Drawn): void {
  expect(overLimits("message", { text, blocks })).toEqual([]);
}

describe("show everything", () => {
  test("shows each cause with all its advice, however many there are", () => {
    const advice = many(9, (i) => `Advice number ${i}.`);
    const d = aDiagnosisOf(many(7, (i) => aCause({ title: `Title ${i}`, advice })));
    const said = JSON.stringify(drawEverything(d).map((p) => p.blocks));
    for (let i = 0; i < 7; i += 1) expect(said).toContain(`Cause ${i + 1}: Title ${i}`);
    for (const text of advice) expect(said.split(text)).toHaveLength(8);
  });

  test("what no message has room for is counted, and the last is a file with all of it", () => {
    const d = aDiagnosisOf(
      many(60, (i) => aCause({ title: `Title ${i} ${x(400)}`, advice: [x(500), x(500)] })),
    );
    const parts = drawEverything(d);
    parts.forEach(expectTaken);
    expect(parts.length).toBeLessThanOrEqual(12);
    const shown = JSON.stringify(parts.map((p) => p.blocks)).match(/"Cause \d+:/g)?.length ?? 0;
    expect(JSON.stringify(parts.map((p) => p.blocks))).toContain(
      `${60 - shown} more causes in the file below`,
    );
    expect(JSON.parse(Buffer.from(parts.at(-1)?.file?.bytes ?? []).toString("utf8"))).toEqual(
      JSON.parse(JSON.stringify(d)),
    );
  });
});

describe("how a fix ended", () => {
  test("more failed points than are listed are counted, and where they are is said", () => {
    const verification = many(15, (i) => ({ name: `point ${i}`, outcome: "fail" as const, detail: "no" }));
    const a = anApproval("ap-1", "run-1", { state: "finished", outcome: "not-fixed", verification });
    const said = JSON.stringify(drawApproval(noteOf(a, aBoundFix().fix), a, aBoundFix()).blocks);
    expect(said).toContain("3 more in the audit log (502 audit show)");
  });
});

describe("a verdict", () => {
  test("says how many causes, how much evidence and what else stands behind it", () => {
    const evidence = many(6, (i) => ({ check: "c", command: `look ${i}`, excerpt: "no" }));
    const d = aDiagnosisOf(
      many(7, () => aCause({ evidence })),
      { unrelated: many(5, (i) => `another thing ${i}`) },
    );
    const run = { kind: "run", runId: "r", host: "web-1", actor: "U0ADA00001", state: "done" } as const;
    const said = JSON.stringify(drawRun({ ...run, diagnosis: d }, { open: new Set(), decided: [] }).blocks);
    for (const left of ["3 more under", "2 more pieces of evidence under", "3 more unrelated under"])
      expect(said).toContain(left);
  });
});
