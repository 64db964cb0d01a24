import { describe, expect, test } from "vitest";
import { worthSaying } from "../../src/domain/report-facts.ts";
import type { HostLine, HostPeriod, ReportSummary } from "../../src/domain/report.ts";
import { chartPng } from "../../src/slack/chart-png.ts";
import { reportChart } from "../../src/wording/report-chart.ts";
import { ticksOf } from "../../src/wording/report-ticks.ts";
import { reportCsv } from "../../src/wording/report-csv.ts";
import { sayOdd } from "../../src/wording/report-group.ts";
import {
  percent,
  reportRows,
  sayBlind,
  sayCertificates,
  sayFailing,
  sayFix,
  sayHeadline,
  sayMissed,
  sayUnused,
} from "../../src/wording/report.ts";

const DAY = 86_400_000;
const until = Date.UTC(2026, 10, 20, 9);
const line = (host: string, change: Partial<HostLine> = {}): HostLine => ({
  host,
  runId: `run-${host}`,
  verdict: "healthy",
  headline: `${host} is well.`,
  blindSpots: [],
  durationMs: 1,
  ...change,
});
const sick = line("web-2", {
  verdict: "cause-found",
  cause: {
    id: "upstream-stopped",
    grade: "proven",
    severity: "critical",
    title: "shop-api.service is stopped",
    vhosts: [],
    since: until - 3_600_000,
  },
});
const period = (total: number, count502: number, change: Partial<HostPeriod> = {}): HostPeriod => ({
  vhosts: [
    {
      vhost: "shop.example.test",
      total,
      count502,
      count5xx: count502,
      buckets: Array.from({ length: 24 }, (_, i) => (i === 3 ? count502 : 0)),
    },
  ],
  classes: [],
  certificates: [],
  ...change,
});
const summary = (change: Partial<ReportSummary> = {}): ReportSummary => ({
  lines: [line("web-1"), sick],
  odd: [],
  since: until - DAY,
  until,
  bucketMs: DAY / 24,
  periods: { "web-1": period(1000, 0), "web-2": period(1000, 42) },
  fixes: [],
  unused: [],
  ...change,
});

describe("a report", () => {
  test("begins with a headline and a trend a manager understands", () => {
    const before = summary({ periods: { "web-1": period(1000, 100) } });
    expect(sayHeadline(summary(), undefined)).toBe(
      "1 of 2 hosts fail now, 1 is healthy. 2.1 % of 2,000 requests ended in 502.",
    );
    expect(sayHeadline(summary(), before)).toContain("ended in 502, down from 10 %.");
    expect(sayHeadline(summary(), summary())).toContain("as in the report before");
    expect(sayHeadline(summary({ periods: {} }), undefined)).not.toContain("%");
    expect(sayHeadline(summary({ periods: { "web-1": period(1000, 4) } }), undefined)).toContain(
      "0.4 % of 1,000 requests on 1 of 2 hosts ended in 502.",
    );
    expect([0, 0.00001, 0.004, 0.123].map(percent)).toEqual(["0 %", "under 0.1 %", "0.4 %", "12 %"]);
  });

  test("has a row a host, worst first, and says unknown where the rate is unknown", () => {
    const rows = reportRows(
      summary({
        periods: {
          "web-1": period(0, 0, { vhosts: [], because: "the access log may not be read" }),
          "web-2": period(1000, 42),
        },
      }),
      undefined,
    );
    expect(rows.map((r) => r.slice(0, 3))).toEqual([
      ["Host", "Now", "502 rate"],
      ["web-2", "failing: shop-api.service is stopped", "4.2 %"],
      ["web-1", "healthy", "unknown"],
    ]);
  });

  test("tells fixes, waits, certificates, blind spots and lateness", () => {
    const fix = {
      host: "web-2",
      fixId: "start-catalog",
      title: "Start catalog.service",
      outcome: "fixed",
      at: until,
      approvers: ["U0ADA00001"],
      waitedMs: 40_000,
      held: "relapsed",
    } as const;
    expect(sayFix(fix)).toBe(
      "web-2: Start catalog.service: fixed, but it did not hold; approved by U0ADA00001 after 40 seconds",
    );
    expect(
      sayUnused(summary({ unused: [{ host: "web-2", fixId: "x", state: "expired", waitedMs: 600_000 }] })),
    ).toEqual(["web-2: x: expired after 10 minutes without a decision"]);
    const certificates = [
      { path: "/a.pem", names: ["shop.example.test"], notAfter: until + 12 * DAY },
      { path: "/b.pem", names: [], notAfter: until + 31 * DAY },
      { path: "/c.pem", names: [], notAfter: until - DAY },
    ];
    expect(sayCertificates(summary({ periods: { "web-1": period(1, 0, { certificates }) } }))).toEqual([
      "web-1: /c.pem ended 24 hours ago",
      "web-1: /a.pem (shop.example.test) ends in 12 days",
    ]);
    expect(
      sayBlind(
        summary({
          lines: [
            line("web-1", { blindSpots: [{ because: "no sudo", remedy: "allow it" }] }),
            line("web-2", { blindSpots: [{ because: "no sudo", remedy: "allow it" }] }),
          ],
        }),
      ),
    ).toEqual(["web-1, web-2: no sudo → allow it"]);
    expect(
      sayCertificates(
        summary({
          periods: Object.fromEntries(
            ["web-1", "web-2"].map((h) => [h, period(1, 0, { certificates: certificates.slice(0, 1) })]),
          ),
        }),
      ),
    ).toEqual(["web-1, web-2: /a.pem (shop.example.test) ends in 12 days"]);
    expect(sayMissed({ missedMs: 45 * 60_000 })).toContain("45 minutes late");
    expect(sayMissed({})).toBe("");
  });

  test("says what fails once with its hosts, and what to try for a host that was not seen", () => {
    const headline = "shop.example.test: the backend is stopped.";
    const unseen = line("web-3", {
      verdict: "unreachable",
      headline: "web-3 could not be reached.",
      blindSpots: [{ because: "no answer", remedy: "Try ssh web-3." }],
    });
    const failing = summary({
      lines: [{ ...sick, headline }, { ...sick, host: "web-5", headline }, unseen, line("web-1")],
    });
    expect(sayFailing(failing)).toEqual([
      "web-2, web-5: shop.example.test: the backend is stopped.",
      "web-3 could not be reached. → Try ssh web-3.",
    ]);
    expect(sayBlind(failing)).toEqual([]);
    expect(sayFailing(summary({ lines: [{ ...sick, headline }] }))).toEqual([`web-2: ${headline}`]);
  });

  test("words what differs on a host from its peers", () => {
    const differs = (facet: string, key: string, here: string, peers: string): string =>
      sayOdd([{ host: "web-6", differences: [{ facet, key, here, peers, agree: 4 }], more: 0 }])
        .join()
        .replace("web-6 differs from its healthy peers: ", "");
    expect([
      differs("unit", "shop.service", "absent", "active, enabled"),
      differs("port", "127.0.0.1:9009", "python3", "absent"),
      differs("package", "less", "absent", "590-2.1"),
      differs("nginx configuration", "/a.conf", "absent", "sha256 1…"),
      differs("nginx configuration", "/a.conf", "sha256 1…", "absent"),
      differs("nginx configuration", "/a.conf", "sha256 1…", "sha256 2…"),
    ]).toEqual([
      "unit shop.service: not running here; active, enabled on 4 peers",
      "port 127.0.0.1:9009: python3 here; nobody listens on 4 peers",
      "package less: not installed here; 590-2.1 on 4 peers",
      "/a.conf is missing; 4 peers have it",
      "/a.conf is only here; 4 peers have no such file",
      "/a.conf has another content than on 4 peers",
    ]);
    const differences = [
      { facet: "unit", key: "shop.service", here: "absent", peers: "active", agree: 3 },
      { facet: "port", key: "127.0.0.1:3100", here: "absent", peers: "node", agree: 3 },
    ];
    const odd = [1, 2].map((n) => ({ host: `web-${n}`, differences, more: 4 }));
    expect(sayOdd(odd)).toEqual([
      "web-1, web-2 differ from their healthy peers: unit shop.service: not running here; active on 3 peers · port 127.0.0.1:3100: nobody listens here; node on 3 peers · and 4 more",
    ]);
  });

  test("is worth saying when something is wrong or no longer is", () => {
    const well = summary({ lines: [line("web-1")], periods: { "web-1": period(1000, 0) } });
    expect([
      worthSaying(well, undefined),
      worthSaying(well, well),
      worthSaying(summary(), well),
      worthSaying(well, summary()),
    ]).toEqual([false, false, true, true]);
    const ends = period(1, 0, { certificates: [{ path: "/a.pem", names: [], notAfter: until + DAY }] });
    expect(worthSaying(summary({ lines: [line("web-1")], periods: { "web-1": ends } }), well)).toBe(true);
  });

  test("is worth saying when hosts failed meanwhile, or are unlike before, and not for a site's usual noise", () => {
    const well = (failed: number, change: Partial<ReportSummary> = {}): ReportSummary =>
      summary({ lines: [line("web-1")], periods: { "web-1": period(10_000, failed) }, ...change });
    expect([
      worthSaying(well(300), well(0)),
      worthSaying(well(300), undefined),
      worthSaying(well(5), well(0)),
      worthSaying(well(30), well(28)),
      worthSaying(well(10), well(200)),
    ]).toEqual([true, true, false, false, false]);
    const odd = [
      { host: "web-1", differences: [{ facet: "unit", key: "x", here: "a", peers: "b", agree: 2 }], more: 0 },
    ];
    expect([worthSaying(well(0, { odd }), well(0)), worthSaying(well(0, { odd }), well(0, { odd }))]).toEqual(
      [true, false],
    );
    const two = well(0, { lines: [line("web-1"), line("web-2")] });
    expect(worthSaying(two, well(0))).toBe(true);
    const waits = { host: "web-1", fixId: "x", state: "requested", waitedMs: 60_000 };
    expect(worthSaying(well(0, { unused: [waits] }), well(0))).toBe(true);
  });

  test("as CSV quotes what needs it and starts no formula", () => {
    const hostile = summary({
      lines: [line("=cmd()", { blindSpots: [{ because: 'a "quoted", text\nof two lines' }] })],
      periods: {},
    });
    const [header, ...rows] = reportCsv(hostile).split("\r\n");
    expect(header).toMatch(/^host,verdict,cause/);
    expect(rows.join("\r\n")).toBe(
      '\'=cmd(),healthy,,,,,,,,,2026-11-19T09:00:00.000Z,2026-11-20T09:00:00.000Z,"a ""quoted"", text\nof two lines",run-=cmd(),\'=cmd() is well.\r\n',
    );
  });
});

describe("the picture", () => {
  test("cuts a vhost's name on one line and between whole characters", () => {
    const named = (vhost: string): ReportSummary =>
      summary({
        periods: Object.fromEntries(
          ["web-1", "web-2"].map((host) => [
            host,
            period(1000, 42, { vhosts: [{ ...period(1000, 42).vhosts[0]!, vhost }] }),
          ]),
        ),
      });
    for (const odd of [0, 1]) {
      const { alt = "", svg = "" } = reportChart(named(`${"a".repeat(odd)}${"😀".repeat(40)}`)) ?? {};
      expect([alt, svg].map((text) => text.isWellFormed() && !text.includes("\ufffd"))).toEqual([true, true]);
      expect(alt).toContain("😀… on web-1");
    }
    expect(reportChart(named("shop\nexample"))?.alt).toContain("shop example on web-1");
  });

  test("is a PNG with bars and words, and its alt text tells the numbers", () => {
    const chart = reportChart(summary());
    expect(chart?.alt).toBe(
      "Bar chart of 502 answers over time (UTC), one row per vhost. 42 of 2000 requests in all; shop.example.test on web-2: 42 of 1000, most (42) within 60 minutes from Thu 19 Nov 12:00.",
    );
    const png = Buffer.from(chartPng(chart?.svg ?? ""));
    expect(png.subarray(1, 4).toString()).toBe("PNG");
    // Without its font the same picture has no words: it is much smaller then.
    const mute = Buffer.from(chartPng((chart?.svg ?? "").replaceAll(/<text.*?<\/text>/g, "")));
    expect(png.length).toBeGreaterThan(mute.length * 2);
  });

  test("shows the vhosts that failed, and counts the others; all of them where none did", () => {
    expect(reportChart(summary())?.svg).toContain("1 more vhost without a 502");
    expect(reportChart(summary())?.svg).toContain("42 of 1,000");
    expect(reportChart(summary())?.svg).not.toContain("on web-1");
    const well = reportChart(summary({ periods: { "web-1": period(7, 0), "web-2": period(8, 0) } }))?.svg;
    expect(well).toContain("on web-1");
    expect(well).toContain("0 of 8");
    const many = Array.from({ length: 11 }, (_, i): [string, HostPeriod] => [`web-${i}`, period(9, 1)]);
    expect(reportChart(summary({ periods: Object.fromEntries(many) }))?.svg).toContain(
      "3 more vhosts not shown",
    );
  });

  test("tells the time as the schedule does, at round hours, over a change of the clock too", () => {
    const svg = reportChart(summary(), "Asia/Kolkata")?.svg ?? "";
    expect(svg).toContain("Thu 19 Nov 14:30 to Fri 20 Nov 14:30 (Asia/Kolkata)");
    expect(svg).toContain(">18:00<");
    expect(svg).toContain(">Fri 20 Nov<");
    const at = (text: string): number => Date.parse(text);
    const hours = (since: number, to: number, zone: string): string[] =>
      ticksOf(since, to, zone).map((t) => t.label);
    expect(hours(at("2026-10-24T10:00Z"), at("2026-10-25T10:00Z"), "Europe/Berlin")).toEqual([
      "12:00",
      "15:00",
      "18:00",
      "21:00",
      "Sun 25 Oct",
      "03:00",
      "06:00",
      "09:00",
    ]);
    expect(hours(at("2026-11-01T09:00Z"), at("2026-11-01T09:20Z"), "Pacific/Chatham")).toHaveLength(5);
    for (const days of [1 / 48, 1 / 4, 1, 2, 7, 14, 31])
      for (const zone of ["UTC", "Pacific/Chatham", "America/St_Johns", "Australia/Lord_Howe"]) {
        const marks = ticksOf(until - days * DAY, until, zone);
        expect(marks.length).toBeGreaterThanOrEqual(3);
        expect(marks.length).toBeLessThanOrEqual(9);
      }
  });

  test("names the hosts it has no figures of", () => {
    const blind = summary({ periods: { "web-2": period(1000, 42) } });
    expect(reportChart(blind)?.svg).toContain("no figures of web-1");
    expect(reportChart(blind)?.alt).toContain("There are no figures of web-1.");
  });

  test("is none without traffic, and takes any name a host may have", () => {
    expect(reportChart(summary({ periods: {} }))).toBeUndefined();
    for (const vhost of ["<script>&\"'", "\u0000\u0007", "\ud800", "x".repeat(5000), "שלום"]) {
      const named = summary({
        periods: {
          "web-1": { ...period(1, 1), vhosts: [{ vhost, total: 1, count502: 1, count5xx: 1, buckets: [1] }] },
        },
      });
      expect(chartPng(reportChart(named)?.svg ?? "").length).toBeGreaterThan(1000);
    }
  });
});
