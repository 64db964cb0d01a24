import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Report } from "../../src/domain/report.ts";
import { runDaily } from "../../src/workflows/daily.ts";
import { postHead } from "../../src/workflows/post-head.ts";
import { purgeOld } from "../../src/workflows/purge.ts";
import { FakeClock } from "../support/fake-clock.ts";
import { aBundle, aDiagnosis, aMessage, anApproval, anOffer, aRun } from "../support/nouns.ts";
import { ENGINES, makePlace, type OpenedStore, type Place } from "../support/place.ts";

const DAY = 86_400_000;
const NOW = 1000 * DAY;

for (const { engine, skipped } of ENGINES) {
  describe.skipIf(skipped)(`keeping and purging on ${engine}`, () => {
    let place: Place;
    let store: OpenedStore;
    let now = NOW;
    const clock = { now: () => now, wait: async () => undefined };
    beforeEach(async () => {
      now = NOW;
      place = await makePlace(engine);
      store = await place.open({ clock });
    });
    afterEach(() => place.end());

    /** A run that ended so many days ago, with its bundle. */
    const ended = async (id: string, days: number): Promise<void> => {
      const createdAt = NOW - days * DAY;
      await store.transaction(async (tx) => {
        await tx.insertRun(aRun(id, { createdAt }));
        await tx.finishRun(id, "done", createdAt + 1000, aDiagnosis(id));
        await tx.saveBundle(id, aBundle(id));
        await tx.insertOffers([anOffer(id, "start-app", { createdAt, expiresAt: createdAt + 3_600_000 })]);
      });
    };
    const purge = () =>
      purgeOld({ store, clock, keep: { runsDays: 180, bundlesDays: 30, auditDays: 730 }, sinks: [] });
    const runs = async () => (await store.runs({ limit: 999 })).map((r) => r.id);

    test("runs go after runsDays with all that hangs on them, bundles before", async () => {
      for (const [id, days] of [
        ["young", 29],
        ["middle", 31],
        ["old", 181],
      ] as const)
        await ended(id, days);
      const requestedAt = NOW - 181 * DAY;
      await store.transaction(async (tx) => {
        await tx.insertApproval(
          anApproval("ap-1", "old", {
            requestedAt,
            expiresAt: requestedAt + 600_000,
            votes: [{ by: "U0000FAKE1", at: requestedAt }],
          }),
        );
        await tx.moveApproval("ap-1", "requested", "approved", { at: requestedAt + 1, by: "U0000FAKE1" });
        await tx.moveApproval("ap-1", "approved", "applying", { at: requestedAt + 2 });
        await tx.journalIntent("ap-1", requestedAt + 2);
        await tx.moveApproval("ap-1", "applying", "finished", { at: requestedAt + 3, outcome: "fixed" });
      });
      expect(await purge()).toMatchObject({ runs: 1, approvals: 1, bundles: 2, auditEntries: 0 });
      expect(await runs()).toEqual(["young", "middle"]);
      expect(await store.bundle("young")).toBeDefined();
      expect(await store.bundle("middle")).toBeUndefined();
      expect((await store.run("middle"))?.diagnosis).toBeDefined();
      expect(await store.approval("ap-1")).toBeUndefined();
      expect(await store.offers("old")).toEqual([]);
      expect((await store.auditTrail({ limit: 9 })).map((e) => e.action)).toEqual(["retention.purge"]);
      expect(await purge()).toMatchObject({ runs: 0, bundles: 0 });
      expect(await store.auditTrail({ limit: 9 })).toHaveLength(1);
    });

    test("what an open approval, a fix in hand, a live offer or an open run needs stays, with its bundle", async () => {
      for (const id of ["requested", "applying", "offered", "gone"]) await ended(id, 200);
      const at = NOW - 200 * DAY;
      await store.transaction(async (tx) => {
        await tx.insertRun(aRun("open", { createdAt: at }));
        for (const id of ["requested", "applying"])
          await tx.insertApproval(
            anApproval(`ap-${id}`, id, {
              requestedAt: at,
              expiresAt: NOW + DAY,
              votes: [{ by: "U0000FAKE1", at }],
            }),
          );
        await tx.moveApproval("ap-applying", "requested", "approved", { at: at + 1, by: "U0000FAKE1" });
        await tx.moveApproval("ap-applying", "approved", "applying", { at: at + 2 });
        await tx.insertOffers([anOffer("offered", "late", { createdAt: at, expiresAt: NOW + 1 })]);
        for (const key of ["run:requested", "approval:ap-applying", "run:gone"])
          await tx.putOutbox(aMessage(key, { key, createdAt: at }));
      });
      now = at;
      for (const m of await store.outboxDue(9)) await store.outboxSent(m.id, "1.2");
      now = NOW;
      expect(await purge()).toMatchObject({ runs: 1, bundles: 1, messages: 1 });
      expect((await runs()).toSorted()).toEqual(["applying", "offered", "open", "requested"]);
      expect(await store.bundle("requested")).toBeDefined();
      expect(await store.outboxTs("run:requested")).toBeDefined();
      expect(await store.outboxTs("approval:ap-applying")).toBeDefined();
      expect(await store.outboxTs("run:gone")).toBeUndefined();
    });

    test("messages that were given up go, those that wait and those posted of late stay", async () => {
      const createdAt = NOW - 181 * DAY;
      await store.transaction(async (tx) => {
        for (const id of ["dead", "waits", "posted"]) await tx.putOutbox(aMessage(id, { createdAt }));
      });
      await store.outboxFailed("dead", "channel_not_found");
      await store.outboxSent("posted", "1.2");
      expect(await purge()).toMatchObject({ messages: 1 });
      expect((await store.outboxDue(9)).map((m) => m.id)).toEqual(["waits"]);
      expect(await store.outboxTs("posted")).toBeDefined();
    });

    test("of old reports each schedule keeps its newest: nothing is made up for again", async () => {
      const report = (id: string, days: number, schedule?: string): Report => ({
        id,
        kind: schedule === undefined ? "group" : "schedule",
        title: "@web",
        runs: [],
        refused: [],
        actor: { id: "U0000FAKE1", via: "slack" },
        quiet: false,
        state: "open",
        createdAt: NOW - days * DAY,
        ...(schedule === undefined ? {} : { schedule, dueAt: NOW - days * DAY }),
      });
      await store.transaction(async (tx) => {
        for (const r of [
          report("a", 300, "daily"),
          report("b", 200, "daily"),
          report("c", 200),
          report("d", 9),
        ]) {
          await tx.insertReport(r);
          const summary = { lines: [], odd: [], until: 0, periods: {}, fixes: [], unused: [] };
          await tx.finishReport(r.id, r.createdAt, summary);
        }
      });
      expect(await purge()).toMatchObject({ reports: 2 });
      expect((await store.reports({ limit: 9 })).map((r) => r.id)).toEqual(["d", "b"]);
    });

    test("daily work is done once a day among all replicas, also after a day that failed", async () => {
      const time = new FakeClock(NOW);
      const done: number[] = [];
      const failures: unknown[] = [];
      const stop = new AbortController();
      const work = async (): Promise<void> => {
        done.push(Math.floor((time.now() - NOW) / DAY));
        if (done.length === 4) stop.abort();
        if (done.length === 2) throw new Error("busy");
      };
      const other = await place.open({ clock });
      await Promise.all(
        [store, other].map((s) =>
          runDaily({ store: s, clock: time }, "purge", work, stop.signal, (e) => failures.push(e)),
        ),
      );
      expect(done).toEqual([0, 1, 2, 3]);
      expect(failures).toHaveLength(1);
    });

    test("the log's end is posted when it has moved", async () => {
      const ids = { next: (prefix: string) => `${prefix}-1` };
      const world = { store, clock, ids };
      expect(await postHead(world, "C0AUDIT001")).toBeUndefined();
      await store.transaction((tx) => tx.audit({ at: 1, actor: "a", via: "v", action: "run", detail: {} }));
      expect(await postHead(world, "C0AUDIT001")).toBe(1);
      const [message] = await store.outboxDue(9);
      const { head } = await store.auditVerify();
      expect(message).toMatchObject({ channel: "C0AUDIT001", body: expect.stringContaining(head) });
      await store.outboxSent(message?.id ?? "", "1.2");
      expect(await postHead(world, "C0AUDIT001")).toBeUndefined();
    });

    test("more than a page goes in one purge, and old audit entries with it", async () => {
      for (let n = 0; n < 3; n += 1) {
        await store.transaction(async (tx) => {
          for (let i = 0; i < 150; i += 1) {
            const id = `run-${n}-${i}`;
            await tx.insertRun(aRun(id, { createdAt: NOW - 900 * DAY }));
            await tx.finishRun(id, "failed", NOW - 900 * DAY, undefined);
            await tx.audit({ at: NOW - 900 * DAY, actor: "a", via: "v", action: "run", detail: {} });
          }
        });
      }
      expect(await purge()).toMatchObject({ runs: 450, auditEntries: 450 });
      expect(await runs()).toEqual([]);
      const verdict = await store.auditVerify();
      expect(verdict).toMatchObject({ purged: { upTo: 450 } });
      expect(verdict).not.toHaveProperty("brokenAt");
    });
  });
}
