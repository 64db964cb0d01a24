import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Approval } from "../../src/domain/approval.ts";
import type { Diagnosis } from "../../src/domain/diagnosis.ts";
import { checkBlocks, checkView } from "../../src/playground/workspace/block-kit/check.ts";
import { drawApproval, drawFollowUp } from "../../src/slack/draw/approval.ts";
import type { Drawn, View } from "../../src/slack/draw/blocks.ts";
import { drawEverything } from "../../src/slack/draw/everything.ts";
import { drawRun } from "../../src/slack/draw/run.ts";
import { clean, escape } from "../../src/slack/draw/text.ts";
import { denyView, noticeView, planView } from "../../src/slack/draw/views.ts";
import { cutLabel, cutLines, cutText } from "../../src/slack/limits.ts";
import { noteOf } from "../../src/wording/approval.ts";
import { aBoundFix, aCause, aDiagnosisOf } from "../support/fix-stage.ts";
import { anApproval } from "../support/nouns.ts";

/** What a host may say: long, many lines, markup, emoji, both directions, terminal escapes. */
const NASTY = fc.oneof(
  fc.string({ unit: "binary", maxLength: 300 }),
  fc.constantFrom(
    "",
    "x".repeat(3_000),
    "x".repeat(20_000),
    Array.from({ length: 10_000 }, (_, i) => `line ${i}`).join("\n"),
    "<!channel> *b* _i_ ~s~ `c` <https://evil.example|click> & &amp; <@U0ADA00001>",
    "\u{1F600}".repeat(2_000),
    "\u202eevil\u2066 שלום مرحبا \u001b[31mred\u001b]0;title\u0007",
    "```\n```",
  ),
);

const several = <T>(value: fc.Arbitrary<T>, most = 12): fc.Arbitrary<T[]> =>
  fc.array(value, { maxLength: most });

const DIAGNOSIS: fc.Arbitrary<Diagnosis> = fc
  .record({
    text: NASTY,
    excerpts: several(NASTY, 8),
    causes: fc.nat(12),
    fixes: fc.nat(30),
    offered: fc.boolean(),
    checks: fc.nat(400),
    spots: several(NASTY),
    verdict: fc.constantFrom(
      "cause-found" as const,
      "healthy" as const,
      "undetermined" as const,
      "unreachable" as const,
    ),
    risk: fc.constantFrom("safe" as const, "disruptive" as const, "dangerous" as const),
  })
  .map(({ text, excerpts, causes, fixes, offered, checks, spots, verdict, risk }) => {
    const cause = aCause({
      title: text,
      vhosts: excerpts.map((e) => e.slice(0, 100)),
      evidence: excerpts.map((excerpt) => ({ check: "c", command: text, excerpt })),
      ruledOut: spots.map((because, i) => ({ id: `cause-${i}`, because })),
      advice: spots,
    });
    return aDiagnosisOf(
      Array.from({ length: causes }, () => cause),
      {
        headline: text,
        verdict,
        fixes: Array.from({ length: fixes }, (_, i) => ({
          ...aBoundFix().fix,
          id: `fix-${i}`,
          title: text,
          risk,
          offered,
          commands: excerpts,
          because: text,
        })),
        blindSpots: spots.map((because) => ({ check: "c", because, remedy: because })),
        unrelated: spots,
        timeline: spots.map((what, i) => ({ at: 1_700_000_000_000 + i, what, source: "journal" })),
        checks: Array.from({ length: checks }, (_, i) => ({
          id: `check-${i}`,
          command: text,
          exitCode: 0,
          durationMs: i,
          end: "exited" as const,
        })),
      },
    );
  });

function expectTaken({ text, blocks }: Drawn): void {
  expect(checkBlocks(blocks, "message", "/blocks")).toEqual([]);
  expect(text.trim()).not.toBe("");
  expect(text.length).toBeLessThanOrEqual(4_000);
  expect(text).not.toContain("<!channel>");
}

function expectViewTaken(view: View): void {
  expect(checkView({ ...view })).toEqual([]);
}

const FEW = { numRuns: 60 };

describe("the plan of a fix", () => {
  const plan = (title: string): unknown[] => {
    const bound = { ...aBoundFix(), fix: { ...aBoundFix().fix, title, diff: "-a\n+b" } };
    const memo = { approvalId: "ap-1", channel: "C0OPS00001", threadTs: "1.2" };
    const { blocks } = planView(anApproval("ap-1", "run-1"), bound, memo);
    return blocks.filter((b) => b.type === "rich_text");
  };

  test("a long title keeps the commands in sight, and is told in full below them", () => {
    const title = `Point nginx at ${"a-very-long-name.".repeat(40)}example.test`;
    const [top, below] = plan(title).map((b) => JSON.stringify(b));
    const plain = JSON.stringify(plan("Start it")[0]).indexOf("systemctl start");
    expect(top?.indexOf("systemctl start")).toBeLessThan(plain + 160);
    expect(top).not.toContain(title);
    expect(below).toContain(title);
  });

  test("commands are shown to the last character, or cannot be approved here", () => {
    const planOf = (command: string): View => {
      const fix = { ...aBoundFix().fix, risk: "dangerous" as const, commands: [command, "true"] };
      const memo = { approvalId: "ap-1", channel: "C0OPS00001", threadTs: "1.2" };
      return planView(
        anApproval("ap-1", "run-1", { fixId: "start-shop-api" }),
        { ...aBoundFix(), fix },
        memo,
      );
    };
    const shownBy = (view: View): string =>
      view.blocks
        .flatMap((b) => ("elements" in b && b.type === "rich_text" ? b.elements : []))
        .flatMap((e) => (e.type === "rich_text_preformatted" ? e.elements : []))
        .map((e) => (e.type === "text" ? e.text : ""))
        .join("");
    const inputs = (view: View): number => view.blocks.filter((b) => b.type === "input").length;

    const long = `echo ${Array.from({ length: 1_500 }, (_, i) => i).join(" ")}`;
    const whole = planOf(long);
    expect(shownBy(whole)).toBe(`${long}\ntrue`);
    expect(whole.submit?.text).toBe("Approve and run");
    expect(inputs(whole)).toBe(2);

    const tooLong = planOf(long.repeat(3));
    expect(tooLong).not.toHaveProperty("submit");
    expect(inputs(tooLong)).toBe(0);
    expect(JSON.stringify(tooLong.blocks)).toContain("502 fix run-1 start-shop-api");
    for (const view of [whole, tooLong]) expectViewTaken(view);
  });

  test("says what its risk means, what changes in the file, and what runs, in this order", () => {
    const top = JSON.stringify(plan("Start it")[0]);
    const places = [
      "On web-1: Start it",
      "safe: nothing that works now is stopped.",
      "-a",
      "systemctl start",
    ];
    const at = places.map((part) => top.indexOf(part));
    expect(at).not.toContain(-1);
    expect(at).toEqual(at.toSorted((a, b) => a - b));
    expect(JSON.stringify(plan("Start it"))).not.toContain("What it does");
  });
});

describe("a verdict that is not of now", () => {
  test("says when it was, what became of it, and no longer what to do", () => {
    const d = aDiagnosisOf([aCause()], { startedAt: 0, fixes: [] });
    const body = { kind: "run", runId: "run-1", host: "web-1", actor: "U0ADA00001", state: "done" } as const;
    const drawn = (found: Pick<Diagnosis, "verdict" | "causes">): Drawn =>
      drawRun({ ...body, diagnosis: d }, { open: new Set(), decided: [], replacedBy: { found, at: 60_000 } });
    const healthy = drawn({ verdict: "healthy", causes: [] });
    expect(healthy.text).toMatch(/^Earlier: 502 on web-1; then: healthy: /);
    expect(JSON.stringify(healthy.blocks)).toContain('Earlier: 502 · web-1; then: healthy, "');
    expect(JSON.stringify(healthy.blocks)).toContain('"timestamp":60');
    expect(drawn(d).text).toMatch(/^Earlier: 502 on web-1; then: 502: /);
    const late = drawRun({ ...body, diagnosis: d }, { open: new Set(), decided: [], lateMs: 600_000 });
    expect(late.text).toMatch(
      /^502 on web-1, as of <!date\^0\^[^>]*>: .* Next: check again before you act\.$/,
    );
    expect(JSON.stringify(late.blocks)).toContain("502 · web-1, as of ");
    expect(JSON.stringify(late)).not.toContain("502 now ");
    const { fix } = aBoundFix();
    const offered = { ...body, diagnosis: { ...d, fixes: [fix] } };
    const fixed = drawRun(offered, { open: new Set(), decided: ["It ended as fixed."], fixedAt: 60_000 });
    expect(fixed.text).toMatch(/^Earlier: 502 on web-1; then: fixed: /);
    const again = (found: Pick<Diagnosis, "verdict" | "causes">): string =>
      drawRun(offered, {
        open: new Set(),
        decided: ["It ended."],
        fixedAt: 60_000,
        replacedBy: { found, at: 120_000 },
      }).text;
    const warning: Pick<Diagnosis, "verdict" | "causes"> = {
      verdict: "cause-found",
      causes: [{ ...aCause(), severity: "warning" }],
    };
    expect([again(warning), again(d)].map((t) => /then: (\w+)/.exec(t)?.[1])).toEqual(["fixed", "502"]);
    // One of two troubles is mended: the other one's fix is still offered.
    const half = drawRun(offered, { open: new Set([fix.id]), decided: ["It ended."], fixedAt: 60_000 });
    expect(half.text).toMatch(/^502 now on web-1: .* Next: Start shop-api\.service/);
    for (const each of [healthy, drawn(d)]) expect(JSON.stringify(each)).not.toMatch(/502 now|Next/);
  });
});

describe("whatever a host says, Slack takes what is drawn", () => {
  test("a verdict, open or late or replaced", () => {
    expect.hasAssertions();
    fc.assert(
      fc.property(DIAGNOSIS, NASTY, fc.boolean(), (d, said, late) => {
        const body = {
          kind: "run" as const,
          runId: "run-1",
          host: "web-1",
          actor: "U0ADA00001",
          state: "done" as const,
        };
        const open = new Set(d.fixes.map((f) => f.id));
        expectTaken(drawRun({ ...body, diagnosis: d }, { open, decided: [] }));
        expectTaken(
          drawRun(
            { ...body, diagnosis: d },
            { open: new Set(), decided: Array.from({ length: 9 }, () => said) },
          ),
        );
        expectTaken(
          drawRun(
            { ...body, diagnosis: d },
            { open, decided: [], ...(late ? { lateMs: 600_000 } : { replacedBy: { found: d, at: 1 } }) },
          ),
        );
        expectTaken(drawRun({ ...body, state: "running", progress: said }, { open, decided: [] }));
        expectTaken(drawRun({ ...body, state: "failed", failure: said }, { open, decided: [] }));
      }),
      FEW,
    );
  });

  test("everything behind it, in at most twelve replies", () => {
    fc.assert(
      fc.property(DIAGNOSIS, (d) => {
        const all = drawEverything(d);
        expect(all.length).toBeLessThanOrEqual(12);
        all.forEach(expectTaken);
      }),
      FEW,
    );
  });

  test("an approval in each of its states, and the plan", () => {
    expect.hasAssertions();
    const states = fc.constantFrom<Approval["state"]>(
      "requested",
      "approved",
      "denied",
      "expired",
      "superseded",
      "applying",
      "finished",
    );
    fc.assert(
      fc.property(states, NASTY, several(NASTY), (state, said, commands) => {
        const plain = aBoundFix();
        const bound = {
          ...plain,
          fix: { ...plain.fix, title: said, commands, diff: said, rollback: said, verify: said },
        };
        const approval = anApproval("ap-1", "run-1", {
          state,
          why: said,
          decidedBy: "U0LIN00002",
          votes: [{ by: "U0LIN00002", at: 1 }],
          ...(state === "finished"
            ? {
                outcome: "fixed" as const,
                verification: commands.map((detail) => ({ name: said, outcome: "pass" as const, detail })),
              }
            : {}),
        });
        expectTaken(drawApproval(noteOf(approval, bound.fix, said), approval, bound));
        expectTaken(drawApproval(noteOf(approval, undefined), approval, undefined, 300_000));
        const memo = { approvalId: "ap-1", channel: "C0OPS00001", threadTs: "1.2" };
        expectViewTaken(planView(approval, bound, memo));
        expectViewTaken(planView(approval, { ...bound, fix: { ...bound.fix, risk: "dangerous" } }, memo));
        expectViewTaken(denyView("web-1", said, memo));
        expectViewTaken(noticeView(said, said));
        expectTaken(
          drawFollowUp(
            { kind: "follow-up", approvalId: "ap-1", text: `after 5 minutes: ${said}`, relapsed: true },
            "run-1",
          ),
        );
      }),
      FEW,
    );
  });
});

describe("cuts say what is missing", () => {
  test("a text", () => {
    fc.assert(
      fc.property(
        fc.string({ unit: "binary", maxLength: 500 }),
        fc.integer({ min: 60, max: 400 }),
        (text, max) => {
          const cut = cutText(text, max);
          expect(cut.length).toBeLessThanOrEqual(max);
          expect(cut === text || /… \([\d,]+ more characters\)$/.test(cut)).toBe(true);
          expect(cut === text).toBe(text.length <= max);
        },
      ),
    );
    expect(cutText("x".repeat(1_000), 100)).toBe(`${"x".repeat(60)}… (940 more characters)`);
  });

  test("lines", () => {
    expect(cutLines("a\nb\nc\nd", 2, 100)).toBe("a\nb\n… 2 more lines");
    expect(cutLines("a\nb", 2, 100)).toBe("a\nb");
    fc.assert(
      fc.property(
        several(fc.string({ maxLength: 80 }), 60),
        fc.integer({ min: 1, max: 50 }),
        fc.integer({ min: 120, max: 900 }),
        (lines, most, max) => {
          const text = lines.join("\n");
          const cut = cutLines(text, most, max);
          expect(cut.length).toBeLessThanOrEqual(max);
          expect(cut === text || /more (lines?|characters\))$/.test(cut)).toBe(true);
        },
      ),
    );
  });

  test("a label never ends in half a character", () => {
    expect(cutLabel("\u{1F600}\u{1F600}", 3)).toBe("\u{1F600}…");
    expect(cutLabel("two\n words", 75)).toBe("two words");
  });

  test("what comes from a host is escaped and cleaned", () => {
    expect(escape("<!here> & <b>")).toBe("&lt;!here&gt; &amp; &lt;b&gt;");
    expect(clean("\u001b[1;31mred\u001b[0m \u001b]0;t\u0007x\u202ey")).toBe("red xy");
  });
});
