import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Approval } from "../../src/domain/approval.ts";
import type { Diagnosis } from "../../src/domain/diagnosis.ts";
import { aBundle, aDiagnosis, anApproval, anOffer, aRun } from "../support/nouns.ts";
import { ENGINES, makePlace, until, type OpenedStore, type Place } from "../support/place.ts";

/** Runs the work `count` times at once, over the connections in turn. */
function race<T>(
  count: number,
  stores: readonly [OpenedStore, ...OpenedStore[]],
  work: (store: OpenedStore, n: number) => Promise<T>,
): Promise<T[]> {
  return Promise.all(
    Array.from({ length: count }, (_, n) => work(stores[n % stores.length] ?? stores[0], n)),
  );
}

for (const { engine, skipped } of ENGINES) {
  describe.skipIf(skipped)(`the store on ${engine}`, () => {
    let place: Place;
    let store: OpenedStore;
    beforeEach(async () => {
      place = await makePlace(engine);
      store = await place.open();
    });
    afterEach(() => place.end());

    async function withApproval(change: Partial<Approval> = {}): Promise<void> {
      await store.transaction(async (tx) => {
        await tx.insertRun(aRun("run-1"));
        await tx.insertApproval(anApproval("ap-1", "run-1", change));
      });
    }
    const vote = (by: string, at = 3000) => store.transaction((tx) => tx.addVote("ap-1", { by, at }));

    test("keeps a run through its life", async () => {
      await store.transaction((tx) => tx.insertRun(aRun("run-1")));
      expect(await store.run("run-1")).toEqual(aRun("run-1"));
      expect((await store.openRuns("web-1")).map((r) => r.id)).toEqual(["run-1"]);
      expect(await store.transaction((tx) => tx.startRun("run-1"))).toBe(true);
      expect(await store.transaction((tx) => tx.finishRun("run-1", "done", 1640, aDiagnosis("run-1")))).toBe(
        true,
      );
      expect(await store.run("run-1")).toEqual(
        Object.assign(aRun("run-1", { state: "done", finishedAt: 1640 }), { diagnosis: aDiagnosis("run-1") }),
      );
      expect(await store.openRuns("web-1")).toEqual([]);
      expect(await store.transaction((tx) => tx.startRun("run-1"))).toBe(false);
      expect(await store.transaction((tx) => tx.finishRun("run-1", "failed", 9999, undefined))).toBe(false);
      expect((await store.run("run-1"))?.state).toBe("done");
      expect(await store.run("run-2")).toBeUndefined();
    });

    test("lists runs newest first, by host, bounded", async () => {
      await store.transaction(async (tx) => {
        for (const n of [1, 2, 3]) await tx.insertRun(aRun(`run-${n}`, { createdAt: n }));
        await tx.insertRun(aRun("run-4", { createdAt: 4, request: { host: "web-2", playbook: "502" } }));
      });
      expect((await store.runs({ limit: 3 })).map((r) => r.id)).toEqual(["run-4", "run-3", "run-2"]);
      expect((await store.runs({ host: "web-1", limit: 9 })).map((r) => r.id)).toEqual([
        "run-3",
        "run-2",
        "run-1",
      ]);
    });

    test("gives a bundle back as it was", async () => {
      await store.transaction(async (tx) => {
        await tx.insertRun(aRun("run-1"));
        await tx.saveBundle("run-1", aBundle("run-1"));
        await tx.saveBundle("run-1", aBundle("run-1"));
      });
      expect(await store.bundle("run-1")).toEqual(aBundle("run-1"));
      expect(await store.bundle("run-2")).toBeUndefined();
    });

    test("keeps offers best first", async () => {
      await store.transaction(async (tx) => {
        await tx.insertRun(aRun("run-1"));
        await tx.insertOffers([anOffer("run-1", "z-best"), anOffer("run-1", "a-second")]);
      });
      expect((await store.offers("run-1")).map((o) => o.fixId)).toEqual(["z-best", "a-second"]);
      expect(await store.offer("run-1", "a-second")).toEqual(anOffer("run-1", "a-second"));
      expect(await store.offer("run-1", "absent")).toBeUndefined();
    });

    test("rolls everything back together, the job too", async () => {
      const worked: string[] = [];
      const worker = await store.queue.work(
        { deliver: async (j) => void worked.push(j.ref) },
        { concurrency: 1 },
      );
      await expect(
        store.transaction(async (tx) => {
          await tx.insertRun(aRun("run-1"));
          await tx.enqueue({ kind: "deliver", ref: "lost" });
          await tx.audit({ at: 1, actor: "local:ops", via: "terminal", action: "run", detail: {} });
          await tx.putOutbox({ id: "msg-1", channel: "C1", key: "k", body: "{}", createdAt: 1 });
          throw new Error("no");
        }),
      ).rejects.toThrow("no");
      await store.transaction((tx) => tx.enqueue({ kind: "deliver", ref: "kept" }));
      await until("the kept job ran", () => worked.includes("kept"));
      await worker.stop();
      expect(worked).toEqual(["kept"]);
      expect(await store.run("run-1")).toBeUndefined();
      expect(await store.outboxDue(9)).toEqual([]);
      expect(await store.auditTrail({ limit: 9 })).toEqual([]);
    });

    test("one of 20 decisions over several connections wins", async () => {
      await withApproval();
      await vote("U0000FAKE2");
      const others = [await place.open(), await place.open(), await place.open()];
      const wins = await race(20, [store, ...others], (s, n) => {
        const to = n % 2 === 0 ? "approved" : "denied";
        return s.transaction((tx) => tx.moveApproval("ap-1", "requested", to, { at: 3000 + n, by: `U${n}` }));
      });
      const winners = wins.filter((w) => w !== undefined);
      expect(winners).toHaveLength(1);
      expect(await store.approval("ap-1")).toEqual(winners[0]);
      expect(winners[0]?.decidedBy).toMatch(/^U\d+$/);
    });

    test("counts one vote a person, and no fewer than are needed", async () => {
      await withApproval({ votesNeeded: 2 });
      const approve = () =>
        store.transaction((tx) => tx.moveApproval("ap-1", "requested", "approved", { at: 3000 }));
      expect((await vote("U0000FAKE2"))?.votes).toEqual([{ by: "U0000FAKE2", at: 3000 }]);
      expect(await vote("U0000FAKE2", 3001)).toBeUndefined();
      expect(await approve()).toBeUndefined();
      expect((await vote("U0000FAKE3"))?.votes.map((v) => v.by)).toEqual(["U0000FAKE2", "U0000FAKE3"]);
      expect((await approve())?.state).toBe("approved");
      expect(await vote("U0000FAKE4")).toBeUndefined();
    });

    test("20 concurrent votes of one person count once", async () => {
      await withApproval();
      const cast = await race(20, [store, await place.open(), await place.open()], (s, n) =>
        s.transaction((tx) => tx.addVote("ap-1", { by: "U0000FAKE2", at: 3000 + n })),
      );
      expect(cast.filter((c) => c !== undefined)).toHaveLength(1);
      expect((await store.approval("ap-1"))?.votes).toHaveLength(1);
    });

    test("an expired approval takes no vote and is not approved", async () => {
      await withApproval({ expiresAt: 5000 });
      await vote("U0000FAKE2", 4999);
      expect(await vote("U0000FAKE3", 5000)).toBeUndefined();
      const at = (ms: number) =>
        store.transaction((tx) =>
          tx.moveApproval("ap-1", "requested", "approved", { at: ms, by: "U0000FAKE2" }),
        );
      expect(await at(5000)).toBeUndefined();
      expect((await at(4999))?.decidedAt).toBe(4999);
    });

    test("an approved fix starts within 60 seconds, once, or not at all", async () => {
      await withApproval();
      await vote("U0000FAKE2");
      await store.transaction((tx) =>
        tx.moveApproval("ap-1", "requested", "approved", { at: 4000, by: "U0000FAKE2" }),
      );
      const apply = (at: number) =>
        store.transaction((tx) => tx.moveApproval("ap-1", "approved", "applying", { at }));
      expect(await apply(64_000)).toBeUndefined();
      expect((await apply(63_999))?.decidedAt).toBe(4000);
      expect(await apply(63_999)).toBeUndefined();
      const verification = [{ name: "GET /", outcome: "pass" as const, detail: "200" }];
      const change = { at: 70_000, outcome: "fixed" as const, why: "it answers", verification };
      const end = await store.transaction((tx) => tx.moveApproval("ap-1", "applying", "finished", change));
      expect(end).toMatchObject({ state: "finished", outcome: "fixed", why: "it answers", verification });
      await expect(
        store.transaction((tx) => tx.moveApproval("ap-1", "finished", "applying", { at: 1 })),
      ).rejects.toThrow("cannot go from finished to applying");
    });

    test.each([
      [20_000, 24_000],
      [120_000, 124_000],
    ])("the time to start may be another: %i ms", async (startMs, over) => {
      await withApproval();
      await vote("U0000FAKE2");
      await store.transaction((tx) =>
        tx.moveApproval("ap-1", "requested", "approved", { at: 4000, by: "U0000FAKE2" }),
      );
      const apply = (at: number) =>
        store.transaction((tx) => tx.moveApproval("ap-1", "approved", "applying", { at, startMs }));
      expect(await apply(over)).toBeUndefined();
      expect(await apply(over - 1)).toMatchObject({ state: "applying" });
    });

    test("a newer run supersedes what is requested and offered, nothing else", async () => {
      await store.transaction(async (tx) => {
        await tx.insertRun(aRun("run-1", { createdAt: 1 }));
        await tx.insertRun(aRun("run-2", { createdAt: 2 }));
        await tx.insertRun(aRun("run-3", { createdAt: 3 }));
        await tx.insertRun(aRun("run-x", { createdAt: 1, request: { host: "web-2", playbook: "502" } }));
        await tx.insertApproval(anApproval("ap-open", "run-1"));
        await tx.insertApproval(anApproval("ap-applying", "run-1", { state: "applying" }));
        await tx.insertApproval(anApproval("ap-newer", "run-3"));
        await tx.insertApproval(anApproval("ap-other", "run-x", { host: "web-2" }));
        await tx.insertOffers([anOffer("run-1", "f"), anOffer("run-2", "f"), anOffer("run-3", "f")]);
        await tx.insertOffers([anOffer("run-x", "f", { host: "web-2" })]);
        // Offered by a run of web-1, for the machine of one of its peers.
        await tx.insertApproval(anApproval("ap-peer", "run-1", { host: "app-1", fixId: "g" }));
        await tx.insertOffers([anOffer("run-1", "g", { host: "app-1" })]);
      });
      const ended = await store.transaction((tx) => tx.supersede("web-1", "run-2", 9000));
      expect(new Map(ended.map((a) => [a.id, [a.state, a.decidedAt]]))).toEqual(
        new Map([
          ["ap-open", ["superseded", 9000]],
          ["ap-peer", ["superseded", 9000]],
        ]),
      );
      expect((await store.offer("run-1", "g"))?.expiresAt).toBe(9000);
      expect(await store.transaction((tx) => tx.supersede("web-1", "run-2", 9001))).toEqual([]);
      const ends = async (runId: string) => (await store.offer(runId, "f"))?.expiresAt;
      expect([await ends("run-1"), await ends("run-2"), await ends("run-3"), await ends("run-x")]).toEqual([
        9000, 3_602_000, 3_602_000, 3_602_000,
      ]);
      const open = await store.approvals({ state: ["requested"], limit: 9 });
      expect(open.map((a) => a.id).sort()).toEqual(["ap-newer", "ap-other"]);
      expect((await store.approvals({ host: "web-2", limit: 9 })).map((a) => a.id)).toEqual(["ap-other"]);
      expect(await store.approvals({ state: [], limit: 9 })).toEqual([]);
    });

    test("journals an intent once, and the steps in order", async () => {
      await withApproval();
      const intents = await race(8, [store, await place.open()], (s, n) =>
        s.transaction((tx) => tx.journalIntent("ap-1", n)),
      );
      expect(intents.filter(Boolean)).toHaveLength(1);
      await store.transaction(async (tx) => {
        await tx.journalStep("ap-1", 1, 20, "exit 1");
        await tx.journalStep("ap-1", 0, 10, "exit 0");
        await tx.journalStep("ap-1", 0, 99, "again");
      });
      expect(await store.journal("ap-1")).toEqual([
        { index: 0, at: 10, result: "exit 0" },
        { index: 1, at: 20, result: "exit 1" },
      ]);
    });

    test("a lease has one holder, passes on when it ends", async () => {
      let now = 1000;
      const clock = { now: () => now, wait: async () => undefined };
      const [a, b] = [await place.open({ clock }), await place.open({ clock })];
      const taken = await race(10, [a, b], (s, n) => s.lease("host:web-1", `run-${n}`, 5000));
      expect(taken.filter(Boolean)).toHaveLength(1);
      const owner = `run-${taken.indexOf(true)}`;
      expect(await b.lease("host:web-1", owner, 5000)).toBe(true);
      now = 6000;
      expect(await b.lease("host:web-1", "next", 1000)).toBe(true);
      await a.release("host:web-1", owner);
      expect(await a.lease("host:web-1", owner, 1000)).toBe(false);
      await a.release("host:web-1", "next");
      expect(await a.lease("host:web-1", owner, 1000)).toBe(true);
    });

    test("a schedule's due time is claimed once", async () => {
      const claims = await race(10, [store, await place.open()], (s) => s.claimTick("daily", 777));
      expect(claims.filter(Boolean)).toHaveLength(1);
      expect(await store.claimTick("daily", 778)).toBe(true);
    });

    test("hosts that are not well: by their newest run with a verdict, also those of an older version's", async () => {
      const run = async (
        host: string,
        at: number,
        verdict: Diagnosis["verdict"] | undefined,
      ): Promise<void> => {
        const id = `run-${host}-${at}`;
        const diagnosis = verdict === undefined ? undefined : { ...aDiagnosis(id), verdict };
        await store.transaction(async (tx) => {
          await tx.insertRun(aRun(id, { request: { host, playbook: "502" }, createdAt: at }));
          await tx.finishRun(id, diagnosis === undefined ? "failed" : "done", at + 1, diagnosis);
        });
      };
      await run("web-1", 1000, "healthy");
      await run("web-1", 2000, "cause-found");
      await run("web-1", 3000, undefined);
      await run("web-2", 1000, "cause-found");
      await run("web-2", 2000, "healthy");
      await run("web-3", 4000, "unreachable");
      expect(await store.unwellHosts()).toEqual(["web-3", "web-1"]);
      expect((await store.runs({ hosts: ["web-3", "web-2"], limit: 2 })).map((r) => r.createdAt)).toEqual([
        4000, 2000,
      ]);
      expect(await store.runs({ hosts: [], limit: 9 })).toEqual([]);
      await store.close();
      await place.sql("alter table run drop column verdict");
      await place.sql("delete from kysely_migration where name = '0005-verdict'");
      store = await place.open();
      expect(await store.unwellHosts()).toEqual(["web-3", "web-1"]);
    });

    test("several processes may migrate at once", async () => {
      const fresh = await makePlace(engine);
      try {
        const stores = await Promise.all(Array.from({ length: 6 }, () => fresh.open()));
        await stores[0]?.transaction((tx) => tx.insertRun(aRun("run-1")));
        expect((await stores[5]?.run("run-1"))?.id).toBe("run-1");
      } finally {
        await fresh.end();
      }
    });
  });
}
