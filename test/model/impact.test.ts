import { describe, expect, test } from "vitest";
import { impactOf } from "../../src/model/impact.ts";
import { logView } from "../../src/model/log-view.ts";
import { lastChange, sayCourse, sayShare } from "../../src/wording/impact.ts";

const NOW = 1_800_000_000;
type Log = ReturnType<typeof logView>;

/** A log with a 502 so many seconds ago each. */
function log(...ago: readonly number[]): Log {
  const lines = ago.map((s) => ({ at: NOW - s, effect: "502", source: "error-log" }));
  // Only moment and effect are looked at.
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion
  return { seen: true, paths: [], lines } as unknown as Log;
}

describe("how much fails and since when", () => {
  test("no log and no requests: nothing is said", () => {
    expect(impactOf([], log(), NOW)).toBeUndefined();
  });

  test("the failing vhost that loses most; one that answers well counts nothing", () => {
    const vhost = (name: string, failing: boolean, sharePct: number) => ({
      name,
      facts: { failing, sharePct, served: 40 },
    });
    const found = impactOf([vhost("a", true, 10), vhost("b", true, 62.5), vhost("c", false, 99)], log(), NOW);
    expect(found).toEqual({ requests: { vhost: "b", sharePct: 62.5, served: 40, minutes: 5 } });
    expect(sayShare(found ?? {})).toBe("62.5 % of the 40 requests to b in the last 5 minutes got 502.");
  });

  test("the course ends now, and every 502 is in one of its bars", () => {
    const found = impactOf([], log(530, 200, 190, 10, 5, 1), NOW);
    expect(found?.log).toEqual({
      firstAt: (NOW - 530) * 1000,
      lastAt: (NOW - 1) * 1000,
      count: 6,
      course: { barMs: 60_000, counts: [1, 0, 0, 0, 0, 2, 0, 0, 3] },
    });
    expect(sayCourse(found ?? {})).toBe(
      `502s in the log each minute until now: ${"▄▁▁▁▁▆▁▁█".split("").join("\u00a0")} (1, 0, 0, 0, 0, 2, 0, 0, 3)`,
    );
    const days = impactOf([], log(6 * 86_400, 86_400, 60), NOW)?.log?.course?.counts ?? [];
    expect(days.reduce((a, b) => a + b, 0)).toBe(3);
    expect(days.length).toBeLessThanOrEqual(12);
    expect(impactOf([], log(30, 20, 10), NOW)?.log?.course).toBeUndefined();
  });

  test("the last change is the one before it began, and no failure is a change", () => {
    const at = (t: number, what: string) => ({ at: t, what, source: "journal" });
    const timeline = [
      at(1, "booted"),
      at(5, "a was told to stop"),
      at(6, "first 502 in the log: x"),
      at(9, "b was started"),
    ];
    const log = { firstAt: 6, lastAt: 8, count: 2 };
    expect(lastChange({ timeline, impact: { log } })?.what).toBe("a was told to stop");
    expect(lastChange({ timeline })?.what).toBe("b was started");
    expect(lastChange({ timeline: [at(6, "first 502 in the log: x")] })).toBeUndefined();
  });
});
