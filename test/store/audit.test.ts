import { readdirSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { assert, asyncProperty, dictionary, jsonValue, property, string } from "fast-check";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { canonicalJson } from "../../src/store/audit-chain.ts";
import { openQueue } from "../../src/jobs/open-queue.ts";
import { openStore } from "../../src/store/open.ts";
import { startChild } from "../support/child.ts";
import { ENGINES, makePlace, realClock, type OpenedStore, type Place } from "../support/place.ts";

test("canonical JSON does not depend on the order of keys", () => {
  assert(
    property(dictionary(string(), jsonValue()), (value) => {
      const turned = Object.fromEntries(Object.entries(value).toReversed());
      expect(canonicalJson(turned)).toBe(canonicalJson(value));
      expect(JSON.parse(canonicalJson(value))).toEqual(JSON.parse(JSON.stringify(value)));
    }),
  );
});

for (const { engine, skipped } of ENGINES) {
  describe.skipIf(skipped)(`the audit log on ${engine}`, () => {
    let place: Place;
    let store: OpenedStore;
    const told: string[] = [];
    beforeEach(async () => {
      place = await makePlace(engine);
      told.length = 0;
      store = await place.open({ onError: (e) => told.push(String(e)) });
    });
    afterEach(() => place.end());

    const append = (count: number, by = store) =>
      by.transaction(async (tx) => {
        for (let n = 1; n <= count; n += 1) {
          const detail = { b: n, a: ["x", { z: 1, y: null }], at: undefined };
          await tx.audit({
            at: n,
            actor: "U0000FAKE1",
            via: "slack",
            action: "approve",
            host: `web-${n % 2}`,
            detail,
          });
        }
      });

    test("numbers without gaps and holds", async () => {
      expect(await store.auditVerify()).toEqual({ entries: 0, head: "0".repeat(64) });
      await append(3);
      const trail = await store.auditTrail({ limit: 2 });
      expect(trail.map((e) => e.seq)).toEqual([3, 2]);
      expect(trail[0]).toMatchObject({ at: 3, host: "web-1", detail: { b: 3, a: ["x", { z: 1, y: null }] } });
      expect((await store.auditTrail({ host: "web-0", limit: 9 })).map((e) => e.seq)).toEqual([2]);
      expect(await store.auditVerify()).toEqual({ entries: 3, head: trail[0]?.hash });
    });

    test("holds for any detail", async () => {
      await assert(
        asyncProperty(dictionary(string({ unit: "grapheme" }), jsonValue()), async (given) => {
          // PostgreSQL's text has no NUL; JSON writes it as an escape.
          const detail: Readonly<Record<string, unknown>> = given;
          await store.transaction((tx) => tx.audit({ at: 1, actor: "a", via: "v", action: "c", detail }));
          expect((await store.auditVerify()).brokenAt).toBeUndefined();
        }),
        { numRuns: 25 },
      );
    });

    test("stays one chain when processes and connections append at once", { timeout: 40_000 }, async () => {
      const { dir, url } = place;
      const orders = url === undefined ? { dir, audit: 25 } : { dir, url, audit: 25 };
      const processes = [startChild(orders), startChild(orders)];
      const others = [store, await place.open()];
      await Promise.all(
        others.map(async (s) => [await append(2, s), await append(70, s), await append(1, s)]),
      );
      for (const p of processes) await p.saw(/^ready$/);
      for (const p of processes) await p.end();
      const verdict = await store.auditVerify();
      expect(verdict).toMatchObject({ entries: 196 });
      expect(verdict.brokenAt).toBeUndefined();
    });

    const changes: readonly [string, number, ...string[]][] = [
      ["rewritten", 3, "update audit set detail = '{\"b\":99}' where seq = 3"],
      ["given to another person", 3, "update audit set actor = 'U0000FAKE9' where seq = 3"],
      ["moved in time", 3, "update audit set at = 1 where seq = 3"],
      ["removed", 3, "delete from audit where seq = 3"],
      ["removed at the beginning", 1, "delete from audit where seq = 1"],
      [
        "reordered",
        3,
        "update audit set seq = 1000 where seq = 3",
        "update audit set seq = 3 where seq = 4",
        "update audit set seq = 4 where seq = 1000",
      ],
      [
        "removed and renumbered",
        3,
        "delete from audit where seq = 3",
        "update audit set seq = seq - 1 where seq = 4",
        "update audit set seq = seq - 1 where seq = 5",
      ],
      ["cut off at the end", 5, "delete from audit where seq = 5"],
      [
        "cut off at the end, the head moved back",
        5,
        "delete from audit where seq = 5",
        "update audit_head set seq = 4, hash = (select hash from audit where seq = 4)",
      ],
      [
        "all removed, as if it were new",
        1,
        "delete from audit",
        `update audit_head set seq = 0, hash = '${"0".repeat(64)}'`,
      ],
      [
        "added without the key",
        6,
        "insert into audit select 6, at, actor, via, action, host, run_id, approval_id, digest, detail, hash from audit where seq = 5",
      ],
    ];
    for (const [what, brokenAt, ...statements] of changes) {
      test(`finds an entry ${what}`, async () => {
        await append(5);
        for (const statement of statements) await place.sql(statement);
        const verdict = await store.auditVerify();
        expect(verdict).toMatchObject({ brokenAt });
        expect(verdict.because).toMatch(/\.$/);
      });
    }

    test("goes on being broken after honest entries follow", async () => {
      await append(5);
      await place.sql("delete from audit where seq = 5");
      await place.sql("update audit_head set seq = 4, hash = (select hash from audit where seq = 4)");
      await append(4);
      expect(await store.auditVerify()).toMatchObject({ brokenAt: 5 });
      expect(told.join()).toContain("Entry 5 of the audit log is not the one that was anchored");
    });

    test("an anchor in the table finds what was cut off when the file is gone", async () => {
      await append(70);
      const beside = dirname(place.dir);
      const files = readdirSync(beside).filter((name) => name.includes("audit-head"));
      expect(files).toHaveLength(1);
      for (const name of files) rmSync(join(beside, name));
      expect(await store.auditVerify()).toMatchObject({
        entries: 70,
        unanchored: expect.stringContaining("no anchor"),
      });
      await place.sql("delete from audit where seq > 60");
      await place.sql("update audit_head set seq = 60, hash = (select hash from audit where seq = 60)");
      expect(await store.auditVerify()).toMatchObject({ brokenAt: 61 });
    });

    test("another key does not verify it", async () => {
      await append(5);
      const { dir, url } = place;
      const clock = realClock;
      const other = await openStore({
        dir,
        clock,
        auditKey: "another-obviously-fake-audit-key-here",
        queue: openQueue,
        ...(url === undefined ? {} : { url }),
      });
      try {
        expect(await other.auditVerify()).toMatchObject({ brokenAt: 1 });
      } finally {
        await other.close();
      }
    });
  });
}
