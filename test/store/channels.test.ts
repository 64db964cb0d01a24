import { z } from "zod";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Report, ReportSummary } from "../../src/domain/report.ts";
import type { Schedule } from "../../src/domain/schedule.ts";
import { ENGINES, makePlace, type OpenedStore, type Place } from "../support/place.ts";

const report = (id: string, change: Partial<Report> = {}): Report => ({
  id,
  kind: "schedule",
  title: "@web",
  runs: [{ host: "web-1", runId: "run-1" }],
  refused: [],
  actor: { id: "schedule:daily", via: "schedule" },
  schedule: "daily",
  dueAt: 1000,
  quiet: false,
  state: "open",
  createdAt: 1000,
  ...change,
});
const summary: ReportSummary = { lines: [], odd: [], until: 2000, periods: {}, fixes: [], unused: [] };
const Count = z.object({ n: z.number() });
const daily: Schedule = {
  id: "daily",
  when: "daily 09:00",
  cron: "0 9 * * *",
  zone: "UTC",
  channel: "C0000FAKE1",
  on: ["@web"],
  quiet: false,
  paused: false,
  owner: "people",
  createdBy: "U0000FAKE1",
  createdAt: 5,
  countsFrom: 5,
};

for (const { engine, skipped } of ENGINES) {
  describe.skipIf(skipped)(`channels on ${engine}`, () => {
    let place: Place;
    let store: OpenedStore;
    beforeEach(async () => {
      place = await makePlace(engine);
      store = await place.open();
    });
    afterEach(() => place.end());

    test("a schedule's due time has one report, however many replicas try", async () => {
      const other = await place.open();
      const won = await Promise.all(
        [store, other, store, other].map((s, n) =>
          s.transaction((tx) => tx.insertReport(report(`rep-${n}`))),
        ),
      );
      expect(won.filter(Boolean)).toHaveLength(1);
      expect(await store.transaction((tx) => tx.insertReport(report("rep-x", { dueAt: 2000 })))).toBe(true);
      expect(
        (await store.reports({ schedule: "daily", limit: 9 }))
          .map((r) => r.dueAt ?? 0)
          .toSorted((a, b) => a - b),
      ).toEqual([1000, 2000]);
    });

    test("reports without a schedule never collide", async () => {
      const { schedule: _s, dueAt: _d, ...group } = report("rep-1", { kind: "group" });
      for (const id of ["rep-1", "rep-2"]) {
        expect(await store.transaction((tx) => tx.insertReport({ ...group, id }))).toBe(true);
      }
    });

    test("a report ends once and keeps its first end", async () => {
      await store.transaction((tx) => tx.insertReport(report("rep-1")));
      expect(await store.transaction((tx) => tx.finishReport("rep-1", 2000, summary))).toBe(true);
      expect(await store.transaction((tx) => tx.finishReport("rep-1", 3000, summary))).toBe(false);
      expect(await store.report("rep-1")).toMatchObject({ state: "done", finishedAt: 2000, summary });
      expect(await store.reports({ state: "open", limit: 5 })).toEqual([]);
    });

    test("schedules are put, changed and removed", async () => {
      await store.transaction((tx) => tx.putSchedule(daily));
      await store.transaction((tx) => tx.putSchedule({ ...daily, paused: true }));
      expect(await store.schedules()).toEqual([{ ...daily, paused: true }]);
      expect(await store.transaction((tx) => tx.removeSchedule("daily"))).toBe(true);
      expect(await store.transaction((tx) => tx.removeSchedule("daily"))).toBe(false);
    });

    test("a silence ends by itself", async () => {
      const silence = {
        id: "sil-1",
        target: "@web",
        until: 100,
        reason: "work",
        by: "U0000FAKE1",
        createdAt: 1,
      };
      await store.transaction((tx) => tx.putSilence(silence));
      expect(await store.silences(99)).toEqual([silence]);
      expect(await store.silences(100)).toEqual([]);
    });

    test("a memo's change is never lost to another one", async () => {
      const other = await place.open();
      const add = (s: OpenedStore): Promise<void> =>
        s.transaction(async (tx) => {
          const seen = Count.safeParse(await tx.memo("alert", "a")).data;
          await tx.setMemo("alert", "a", { n: (seen?.n ?? 0) + 1 });
        });
      await Promise.all(Array.from({ length: 20 }, (_, i) => add(i % 2 === 0 ? store : other)));
      expect(await store.memos("alert")).toEqual([{ key: "a", value: { n: 20 } }]);
      await store.transaction((tx) => tx.setMemo("alert", "a", undefined));
      expect(await store.memos("alert")).toEqual([]);
    });

    test("messages that wait too long are found by what they say, the oldest first", async () => {
      const put = (id: string, createdAt: number, body: object): Promise<void> =>
        store.transaction((tx) =>
          tx.putOutbox({ id, channel: "C0000FAKE1", key: id, body: JSON.stringify(body), createdAt }),
        );
      await put("msg-3", 30, { mood: "failing" });
      await put("msg-1", 10, { severity: "critical" });
      await put("msg-2", 20, { mood: "healthy", text: "it was critical" });
      await put("msg-4", 90, { severity: "critical" });
      const found = async (words: string[], limit: number): Promise<string[]> =>
        (await store.overdue(50, words, limit)).map((m) => m.key);
      expect(await found(['"critical"', '"failing"'], 9)).toEqual(["msg-1", "msg-3"]);
      expect(await found(['"critical"', '"failing"'], 1)).toEqual(["msg-1"]);
      await store.outboxSent("msg-1", "1.0");
      expect(await found(['"critical"'], 9)).toEqual([]);
    });

    test("what waits is counted", async () => {
      await store.transaction((tx) => tx.enqueue({ kind: "report", ref: "rep-1" }));
      await store.transaction((tx) =>
        tx.putOutbox({ id: "msg-1", channel: "C0000FAKE1", key: "k", body: "{}", createdAt: 1 }),
      );
      expect(await store.depths()).toEqual({ jobs: 1, outbox: 1, approvals: 0, lost: 0, dead: 0 });
    });
  });
}
