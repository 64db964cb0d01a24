import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { ENGINES, makePlace, type OpenedStore, type Place } from "../support/place.ts";

for (const { engine, skipped } of ENGINES) {
  describe.skipIf(skipped)(`purging the audit log on ${engine}`, () => {
    let place: Place;
    let store: OpenedStore;
    const told: string[] = [];
    beforeEach(async () => {
      place = await makePlace(engine);
      told.length = 0;
      store = await place.open({ onError: (e) => told.push(String(e)) });
    });
    afterEach(() => place.end());

    const append = (...times: number[]) =>
      store.transaction(async (tx) => {
        for (const at of times)
          await tx.audit({
            at,
            actor: "local:ops",
            via: "terminal",
            action: "test",
            host: "web-1",
            detail: { at },
          });
      });
    const purge = (before: number, more: { readonly limit?: number; readonly sinks?: string[] } = {}) =>
      store.purgeAudit({ before, now: 9000, limit: 100, sinks: [], ...more });
    const kept = async () => (await store.auditAfter(0, 999)).map((e) => e.seq);

    test("removes what is old, and the rest is proven from there on", async () => {
      await append(1000, 2000, 3000, 4000, 5000);
      expect(await purge(4000)).toBe(3);
      expect(await kept()).toEqual([4, 5, 6]);
      const [newest] = await store.auditTrail({ limit: 1 });
      expect(newest).toMatchObject({ seq: 6, action: "audit.purge", detail: { upTo: 3, entries: 3 } });
      expect(await store.auditVerify()).toEqual({
        entries: 3,
        purged: { upTo: 3, at: 3000 },
        head: newest?.hash,
      });
      expect(await purge(4000)).toBe(0);
      await append(6000);
      expect(await store.auditVerify()).toMatchObject({ entries: 4, purged: { upTo: 3, at: 3000 } });
      expect(told).toEqual([]);
    });

    test("removes a beginning only: an old entry behind a young one stays", async () => {
      await append(1000, 8000, 1000);
      expect(await purge(5000)).toBe(1);
      expect(await kept()).toEqual([2, 3, 4]);
    });

    test("goes on page by page, over anchors in the table, and may remove all there is", async () => {
      await append(...Array.from({ length: 150 }, (_, n) => n));
      expect(await purge(5000, { limit: 70 })).toBe(70);
      expect(await purge(5000, { limit: 70 })).toBe(70);
      expect(await purge(5000, { limit: 70 })).toBe(10);
      expect(await kept()).toEqual([151, 152, 153]);
      expect(await store.auditVerify()).toMatchObject({ entries: 3, purged: { upTo: 150 } });
    });

    test("keeps what a sink has not got", async () => {
      await append(1000, 2000, 3000);
      await store.markAuditSent("file a", 2);
      expect(await purge(5000, { sinks: ["file a", "syslog b"] })).toBe(0);
      await store.markAuditSent("syslog b", 1);
      await store.markAuditSent("file a", 1);
      expect(await store.auditBehind(["file a", "syslog b", "new"])).toEqual(
        new Map([
          ["file a", 1],
          ["syslog b", 2],
          ["new", 3],
        ]),
      );
      expect(await purge(5000, { sinks: ["file a", "syslog b"] })).toBe(1);
      expect(await kept()).toEqual([2, 3, 4]);
    });

    test("of two at once one removes", async () => {
      await append(1000, 2000, 3000, 8000);
      const other = await place.open();
      const q = { before: 5000, now: 9000, limit: 100, sinks: [] };
      const removed = await Promise.all([store.purgeAudit(q), other.purgeAudit(q)]);
      expect(removed.toSorted()).toEqual([0, 3]);
      expect(await store.auditVerify()).toMatchObject({ entries: 2 });
      expect(await store.auditVerify()).not.toHaveProperty("brokenAt");
    });

    test("does not make good what somebody changed: it stays, as the proof", async () => {
      await append(1000, 2000, 3000);
      await place.sql("update audit set actor = 'U0000FAKE9' where seq = 2");
      await expect(purge(5000)).rejects.toThrow(
        "Entry 2 of the audit log does not hold, so nothing was purged",
      );
      expect(await kept()).toEqual([1, 2, 3]);
      expect(await store.auditVerify()).toMatchObject({ brokenAt: 2 });
    });

    const changes: readonly [string, number, string][] = [
      ["another entry is removed at the new beginning", 4, "delete from audit where seq = 4"],
      ["the signed note is gone", 1, "delete from audit_start"],
      [
        "the note is moved on",
        1,
        "update audit_start set seq = 4, hash = (select hash from audit where seq = 4)",
      ],
      ["the note's time is changed", 1, "update audit_start set at = 1"],
    ];
    for (const [what, brokenAt, statement] of changes) {
      test(`afterwards it is found when ${what}`, async () => {
        await append(1000, 2000, 3000, 6000, 7000);
        await purge(5000);
        await place.sql(statement);
        expect(await store.auditVerify()).toMatchObject({ brokenAt });
      });
    }

    test("an anchor of the table is no signature of a purge", async () => {
      await append(...Array.from({ length: 70 }, (_, n) => n));
      await place.sql(
        "insert into audit_start select 1, seq, hash, at, mac from audit_anchor where seq = 64",
      );
      await place.sql("delete from audit where seq <= 64");
      expect(await store.auditVerify()).toMatchObject({ brokenAt: 1 });
    });

    test("a replica whose anchor is of a purged entry goes on", async () => {
      const beside = dirname(place.dir);
      await append(1000);
      const name = readdirSync(beside).find((file) => file.includes("audit-head")) ?? "";
      const old = readFileSync(join(beside, name));
      await append(2000, 3000, 8000);
      await purge(5000);
      writeFileSync(join(beside, name), old);
      await append(8500);
      expect(told).toEqual([]);
      expect(readFileSync(join(beside, name), "utf8")).toContain('"seq":6');
      expect(await store.auditVerify()).not.toHaveProperty("brokenAt");
    });
  });
}
