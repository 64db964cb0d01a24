import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Diagnosis } from "../../src/domain/diagnosis.ts";
import type { Actor } from "../../src/domain/run.ts";
import { timeIds } from "../../src/system.ts";
import { claimHost, claimOf, claimsOf, handOver } from "../../src/workflows/claim-host.ts";
import { hostlessRuns, hostNamed, ShiftedClock } from "../support/slack-bot.ts";
import { aCause, aDiagnosisOf } from "../support/fix-stage.ts";
import { ENGINES, makePlace, type OpenedStore, type Place } from "../support/place.ts";

const someone = (id: string, fullMember = true): Actor => ({ id, via: "slack", fullMember });
const [ADA, LIN, GUS] = [someone("U0ADA00001"), someone("U0LIN00002"), someone("U0GUS00004", false)];

for (const { engine, skipped } of ENGINES) {
  describe.skipIf(skipped)(`who has a host, on ${engine}`, () => {
    let place: Place;
    let store: OpenedStore;
    const clock = new ShiftedClock();
    beforeEach(async () => {
      place = await makePlace(engine);
      store = await place.open({ clock });
      await run("run-1", aDiagnosisOf([aCause()]));
    });
    afterEach(() => place.end());

    async function run(id: string, diagnosis: Diagnosis): Promise<void> {
      const createdAt = clock.now();
      await store.transaction(async (tx) => {
        await tx.insertRun({
          id,
          request: { host: "web-1", playbook: "502" },
          actor: ADA,
          destination: { channel: "C0OPS00001" },
          state: "queued",
          createdAt,
        });
        await tx.finishRun(id, "done", createdAt, diagnosis);
      });
    }

    const world = (on: OpenedStore = store) => ({
      ...hostlessRuns(on),
      store: on,
      clock,
      ids: timeIds,
      findHost: (name: string) => (name === "web-1" ? hostNamed(name) : undefined),
      mayDiagnose: (a: Actor) => ({ allowed: a.fullMember === true, why: "guests may not" }),
    });
    const claim = (actor: Actor, over = false, on = store) =>
      claimHost(world(on), { runId: "run-1", actor, over });
    const holder = async (): Promise<string | undefined> => (await claimOf(store, "web-1", clock.now()))?.by;

    test("the first has it, the second is told who, and may take it over", async () => {
      expect(await claim(ADA)).toMatchObject({ kind: "claimed", claim: { by: ADA.id, host: "web-1" } });
      expect(await claim(ADA)).toMatchObject({ kind: "yours" });
      expect(await claim(LIN)).toMatchObject({ kind: "taken", claim: { by: ADA.id } });
      expect(await holder()).toBe(ADA.id);
      expect(await claim(LIN, true)).toMatchObject({ kind: "claimed", claim: { by: LIN.id } });
      expect((await claimsOf(store, LIN.id, clock.now())).map((c) => c.host)).toEqual(["web-1"]);
      expect(await claimsOf(store, ADA.id, clock.now())).toEqual([]);
    });

    test("of many who press at once, on several replicas, one has it", async () => {
      const other = await place.open();
      const people = Array.from({ length: 8 }, (_, i) => someone(`U0000000${i}0`));
      const all = await Promise.all(people.map((p, i) => claim(p, false, i % 2 === 0 ? store : other)));
      expect(all.filter((c) => c.kind === "claimed")).toHaveLength(1);
      expect(all.filter((c) => c.kind === "taken")).toHaveLength(7);
    });

    test("handed over and released by who has it alone, to whom may diagnose the host", async () => {
      await claim(ADA);
      const over = (actor: Actor, to?: Actor) =>
        handOver(world(), { runId: "run-1", actor, ...(to === undefined ? {} : { to }) });
      expect(await over(LIN, LIN)).toMatchObject({ kind: "taken", claim: { by: ADA.id } });
      expect(await over(ADA, GUS)).toMatchObject({ kind: "not-this-person" });
      expect(await over(ADA, LIN)).toMatchObject({ kind: "handed-over", claim: { by: LIN.id } });
      expect(await over(LIN)).toMatchObject({ kind: "released" });
      expect(await over(LIN)).toMatchObject({ kind: "nobody" });
      expect(await holder()).toBeUndefined();
      const trail = await store.auditTrail({ host: "web-1", limit: 9 });
      expect(trail.map((e) => `${e.actor} ${e.action}`).toSorted()).toEqual(
        [`${ADA.id} claimed`, `${ADA.id} handed-over`, `${LIN.id} released`].toSorted(),
      );
    });

    test("a guest takes nothing on", async () => {
      expect(await claim(GUS)).toMatchObject({
        kind: "not-allowed",
        text: expect.stringContaining("guests"),
      });
      expect(await holder()).toBeUndefined();
    });

    test("it outlives the process, and ends when the host is well or the shift is over", async () => {
      await claim(ADA);
      const later = await place.open();
      expect((await claimOf(later, "web-1", clock.now()))?.by).toBe(ADA.id);
      expect(await claimOf(store, "web-1", clock.now() + 13 * 3_600_000)).toBeUndefined();
      clock.shift += 1_000;
      await run("run-2", aDiagnosisOf([aCause()]));
      expect(await holder()).toBe(ADA.id);
      clock.shift += 1_000;
      await run("run-3", aDiagnosisOf([], { verdict: "healthy" }));
      expect(await holder()).toBeUndefined();
      expect(await claim(LIN)).toMatchObject({ kind: "claimed" });
    });

    test("the verdict's message follows: the newest one, too", async () => {
      clock.shift += 1_000;
      await run("run-2", aDiagnosisOf([aCause()]));
      await claim(ADA);
      const due = await store.outboxDue(9);
      expect(due.map((m) => m.key).toSorted()).toEqual(["run:run-1", "run:run-2"]);
    });
  });
}
