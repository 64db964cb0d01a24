import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { HostLine, Report, ReportSummary } from "../../src/domain/report.ts";
import { checkBlocks, totalCharacters } from "../../src/playground/workspace/block-kit/check.ts";
import { records } from "../../src/playground/workspace/json.ts";
import { drawChannelBody } from "../../src/slack/channel-message.ts";
import { drawApproval } from "../../src/slack/draw/approval.ts";
import {
  type Block,
  bullets,
  type Drawn,
  line,
  preformatted,
  rich,
  words,
} from "../../src/slack/draw/blocks.ts";
import { charactersOf, fit, mostThatFits } from "../../src/slack/draw/budget.ts";
import { drawEverything } from "../../src/slack/draw/everything.ts";
import { drawGroup, isGroupCut } from "../../src/slack/draw/group.ts";
import { drawNote } from "../../src/slack/draw/note.ts";
import { areDetailsCut, drawReport, drawReportDetails } from "../../src/slack/draw/report.ts";
import { drawRun } from "../../src/slack/draw/run.ts";
import { LIMITS } from "../../src/slack/limits.ts";
import { noteOf } from "../../src/wording/approval.ts";
import { reportDetails } from "../../src/wording/report-details.ts";
import { overLimits } from "../support/block-kit-limits.ts";
import { aBoundFix, aCause, aDiagnosisOf } from "../support/fix-stage.ts";
import { anApproval } from "../support/nouns.ts";

const MOST = LIMITS.totalCharacters;
const x = (n: number): string => "x".repeat(n);
const many = <T>(n: number, one: (i: number) => T): T[] => Array.from({ length: n }, (_, i) => one(i));

/** Slack takes it, by the simulated workspace and by the check that shares no code with the product. */
function expectTaken({ text, blocks }: Drawn): void {
  expect(overLimits("message", { text, blocks })).toEqual([]);
  expect(checkBlocks(blocks, "message", "/blocks")).toEqual([]);
  expect(totalCharacters(records(blocks))).toBeLessThanOrEqual(13_000);
}

describe("a message has so many characters in all", () => {
  /** Exactly n characters: a sentence, a list and a preformatted piece. */
  const of = (n: number): Drawn => {
    const items = many(10, () => [words(x(500))]);
    const pre = preformatted(x(3_000));
    return { text: "t", blocks: [rich(line(words(x(n - 8_000)))), rich(bullets(items), pre)] };
  };

  test("one that just fits stays as it is, one character more is cut and says so", () => {
    for (const n of [MOST - 1, MOST]) {
      expect(charactersOf(of(n).blocks)).toBe(n);
      expect(fit(of(n), "in the thread")).toEqual(of(n));
    }
    const cut = fit(of(MOST + 1), "in the thread");
    expect(charactersOf(cut.blocks)).toBeLessThanOrEqual(MOST);
    expect(JSON.stringify(cut.blocks)).toContain('"1 more in the thread"');
    expect(JSON.stringify(cut.blocks)).toContain(x(MOST + 1 - 8_000));
  });

  test("whatever it is made of, it fits, and what is cut is counted", () => {
    const part = fc.oneof(
      fc.nat(6_000).map((n) => line(words(x(n)))),
      fc.array(fc.nat(900), { minLength: 1, maxLength: 40 }).map((l) => bullets(l.map((n) => [words(x(n))]))),
      fc.nat(3_000).map((n) => preformatted(x(n))),
    );
    fc.assert(
      fc.property(fc.array(part, { minLength: 1, maxLength: 12 }), (parts) => {
        const drawn: Drawn = { text: "t", blocks: parts.map((p) => rich(p)) };
        const cut = fit(drawn, "elsewhere");
        expectTaken(cut);
        expect(charactersOf(cut.blocks)).toBeLessThanOrEqual(MOST);
        const whole = charactersOf(drawn.blocks) <= MOST;
        expect(JSON.stringify(cut.blocks) === JSON.stringify(drawn.blocks)).toBe(whole);
        const tells = /\d+ more (?:elsewhere|characters\))/.test(JSON.stringify(cut.blocks));
        expect(tells).toBe(!whole);
      }),
    );
  });

  test("as many of something as there is room for", () => {
    const draw = (n: number): Drawn => ({
      text: String(n),
      blocks: [rich(bullets(many(n, () => [words(x(1_000))])))],
    });
    expect(mostThatFits(20, draw).text).toBe("12");
    expect(mostThatFits(7, draw).text).toBe("7");
  });
});

const HEADLINE = "the backend behind 127.0.0.1:3000 is stopped since the deploy ";

function aLine(host: string, kind: number, headline: string, change: Partial<HostLine> = {}): HostLine {
  const cause = {
    id: `cause-${kind}`,
    grade: "proven" as const,
    severity: "critical" as const,
    title: `shop-api-${kind}.service, the backend behind 127.0.0.1:3000, is stopped`,
    vhosts: [],
    since: Date.UTC(2026, 10, 20),
  };
  return {
    host,
    runId: "r",
    verdict: "cause-found",
    headline,
    cause,
    blindSpots: [],
    durationMs: 1,
    ...change,
  };
}

function reportOf(
  lines: readonly HostLine[],
  change: Partial<ReportSummary> = {},
): Report & { summary: ReportSummary } {
  const summary: ReportSummary = {
    lines,
    odd: [],
    until: Date.UTC(2026, 10, 20),
    periods: {},
    fixes: [],
    unused: [],
    ...change,
  };
  return {
    id: "rep-1",
    kind: "group",
    title: "@web",
    runs: lines.map((l) => ({ host: l.host, runId: l.runId })),
    refused: [],
    actor: { id: "U0ADA00001", via: "slack" },
    quiet: false,
    state: "done",
    createdAt: 0,
    summary,
  };
}

const group = (kinds: number, hosts: number, headline: string): Report =>
  reportOf(
    many(kinds, (k) =>
      many(hosts, (i) => aLine(`web-${k}-${i}.eu.example`, k, `shop-${k}: ${headline}`)),
    ).flat(),
  );
const drawn = (report: Report): Drawn => drawGroup({ kind: "group", report, done: report.runs.length });

describe("the table of a group", () => {
  test("600 hosts of 24 kinds: the worst stand there, the others are counted, all are in a file", async () => {
    const report = group(24, 25, HEADLINE.repeat(9));
    const message = drawn(report);
    expectTaken(message);
    const said = JSON.stringify(message.blocks);
    const shown = said.match(/25 hosts: failing/g)?.length ?? 0;
    expect(shown).toBeGreaterThan(15);
    expect(said).toContain(`${24 - shown} more kinds, on ${(24 - shown) * 25} hosts, none worse than these`);
    expect(said).toContain("all of them in the CSV in the thread");
    const file = await csvOf(report);
    expect(new Set(file?.match(/^web-[^,]+/gm)).size).toBe(600);
  });

  test("where it has room for all, no file stands beside it", async () => {
    const report = group(3, 4, HEADLINE);
    expect(isGroupCut({ report })).toBe(false);
    expect(JSON.stringify(drawn(report).blocks)).not.toMatch(/CSV|more kinds/);
    expect(await csvOf(report)).toBeUndefined();
  });

  test("differences that have no room: what asks for the same hosts again, where something does", () => {
    const differs = (key: string) => ({ facet: "unit", key, here: "inactive", peers: "active", agree: 5 });
    const odd = many(9, (i) => ({ host: `web-${i}`, differences: [differs(`own-${i}`)], more: 0 }));
    const whole = group(1, 9, "x");
    const { summary } = whole;
    if (summary === undefined) throw new Error("no summary");
    const said = (change: Partial<Report>): string =>
      JSON.stringify(drawn({ ...whole, summary: { ...summary, odd }, ...change }).blocks);
    expect(said({})).toContain("1 more kind of difference: `502 @web` in the terminal tells them all");
    expect(said({ title: "shop.example.test", site: "https://shop.example.test/" })).toContain(
      "`502 shop.example.test` in the terminal",
    );
    expect(said({ title: "9 hosts of the alert High5xx" })).toContain("as `502 @GROUP`, tells them all");
  });

  test("one name more than is listed, and all are in the file", async () => {
    expect(await csvOf(group(1, 25, "x"))).toBeUndefined();
    expect(await csvOf(group(1, 26, "x"))).toContain("web-0-25.eu.example");
    expect(JSON.stringify(drawn(group(1, 26, "x")).blocks)).toMatch(/ and \d+ more/);
  });

  const csvOf = async (report: Report): Promise<string | undefined> => {
    const body = { kind: "report-file", reportId: report.id, what: "csv" } as const;
    const file = (await drawChannelBody(body, async () => report, undefined))?.file;
    return file === undefined ? undefined : Buffer.from(file.bytes).toString("utf8");
  };
});

describe("the details of a report", () => {
  const spots = (n: number, length: number): HostLine =>
    aLine("web-1", 1, "x", { blindSpots: many(n, (i) => ({ because: `${i} ${x(length)}` })) });

  test("what they have no room for is counted, and is in a file of the thread", async () => {
    const report = reportOf([spots(40, 200)]);
    expect(areDetailsCut(report.summary)).toBe(true);
    const said = JSON.stringify(drawReportDetails({ kind: "report-details", report }).blocks);
    expect(said).toContain("30 more in the file in this thread");
    const body = { kind: "report-file", reportId: report.id, what: "text" } as const;
    const file = (await drawChannelBody(body, async () => report, undefined))?.file;
    const text = Buffer.from(file?.bytes ?? []).toString("utf8");
    for (const { items } of reportDetails(report.summary))
      for (const item of items) expect(text).toContain(item);
    const short = reportOf([spots(10, 200)]);
    expect(areDetailsCut(short.summary)).toBe(false);
    expect(await drawChannelBody(body, async () => short, undefined)).toBeUndefined();
  });
});

describe("however much there is to say, Slack takes what is drawn", () => {
  const size = fc.record({
    kinds: fc.integer({ min: 1, max: 24 }),
    hosts: fc.integer({ min: 1, max: 27 }),
    length: fc.constantFrom(1, 40, 200, 399, 400, 401, 900, 3_000),
    items: fc.integer({ min: 0, max: 40 }),
  });

  test("groups, reports, details, notes, verdicts, approvals and everything behind them", () => {
    expect.hasAssertions();
    fc.assert(
      fc.property(size, ({ kinds, hosts, length, items }) => {
        const text = "word ".repeat(length / 5 + 1);
        const lines = many(kinds, (k) =>
          many(hosts, (i) =>
            aLine(`web-${k}-${i}`, k, `${k} ${text}`, { blindSpots: [{ because: text + k }] }),
          ),
        ).flat();
        const report = reportOf(lines, {
          odd: many(items, (i) => ({
            host: `web-${i}`,
            differences: many(6, (n) => ({
              facet: "unit",
              key: text + n,
              here: text,
              peers: `${i}`,
              agree: 5,
            })),
            more: 2,
          })),
          fixes: many(items, () => ({
            host: "web-1",
            fixId: "f",
            title: text,
            outcome: "fixed",
            at: 0,
            approvers: ["U0ADA00001"],
            held: "held" as const,
          })),
        });
        const messages: Drawn[] = [
          drawn(report),
          drawReport({ kind: "report", report }),
          drawReportDetails({ kind: "report-details", report }),
          drawNote(
            { kind: "note", mood: "failing", title: text, text, lines: many(items, () => text) },
            600_000,
          ),
        ];
        const cause = aCause({
          title: text,
          advice: many(items, () => text),
          evidence: many(items, () => ({
            check: "c",
            command: text,
            excerpt: many(20, () => text).join("\n"),
          })),
        });
        const d = aDiagnosisOf(
          many(kinds, () => cause),
          {
            headline: text,
            forUsers: text,
            unrelated: many(items, () => text),
            timeline: many(items, (i) => ({ at: i, what: text, source: "journal" })),
            fixes: many(items, (i) => ({
              ...aBoundFix().fix,
              id: `f-${i}`,
              offered: false,
              because: text,
              diff: many(60, () => text).join("\n"),
              commands: many(60, () => text),
            })),
          },
        );
        const run = { kind: "run", runId: "r", host: "web-1", actor: "U0ADA00001", state: "done" } as const;
        const a = anApproval("ap-1", "run-1", {
          state: "finished",
          outcome: "not-fixed",
          why: text,
          verification: many(items, () => ({ name: text, outcome: "fail" as const, detail: text })),
        });
        messages.push(
          ...drawEverything(d),
          drawRun({ ...run, diagnosis: d }, { open: new Set(), decided: [] }),
          drawRun({ ...run, diagnosis: d }, { open: new Set(), decided: many(items, () => text) }),
          drawApproval(noteOf(a, aBoundFix().fix), a, aBoundFix()),
        );
        messages.forEach(expectTaken);
        const most = Math.max(...messages.map((m: { blocks: Block[] }) => charactersOf(m.blocks)));
        expect(most).toBeLessThanOrEqual(MOST);
      }),
      { numRuns: 25 },
    );
  });
});
