import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { applyFix } from "../../src/workflows/apply-fix.ts";
import { decideApproval } from "../../src/workflows/decide-approval.ts";
import type { FixWorld } from "../../src/workflows/fix-world.ts";
import { pressOffer } from "../../src/workflows/press-offer.ts";
import { fixesIn } from "../../src/workflows/report-fixes.ts";
import { resumeFixes } from "../../src/workflows/resume-fixes.ts";
import { RunningClock } from "../support/fake-clock.ts";
import { aBoundFix, aCause, aDiagnosisOf, ANN, offerOf, Stage, START } from "../support/fix-stage.ts";
import { ENGINES, makePlace, type OpenedStore, type Place } from "../support/place.ts";

const QUICK = {
  verify: { ...aBoundFix().verify, successes: 1, everyMs: 5, withinMs: 200, stableMs: 0 },
};

/** The same flow on the real state: what the double in memory promises must hold there. */
describe.each(ENGINES)("on $engine", ({ engine, skipped }) => {
  describe.skipIf(skipped)("a fix", () => {
    let place: Place;
    let stores: OpenedStore[];
    let s: Stage;
    let worlds: FixWorld[];

    beforeEach(async () => {
      // A real clock: while a server is asked, a fake one would take nobody's work for everybody's waiting.
      s = new Stage(QUICK, new RunningClock());
      place = await makePlace(engine);
      stores = [await place.open({ clock: s.clock }), await place.open({ clock: s.clock })];
      worlds = stores.map((store, i) => s.world({ store, instance: `bot-${i}` }));
      const now = s.clock.now();
      await stores[0]?.transaction(async (tx) => {
        await tx.insertRun({
          id: "run-1",
          request: { host: "web-1", playbook: "502" },
          actor: ANN,
          destination: { channel: "C0000FAKE1" },
          state: "queued",
          createdAt: now,
        });
        await tx.finishRun("run-1", "done", now, aDiagnosisOf([aCause()]));
        await tx.insertOffers([offerOf(s.bound, now)]);
      });
    });
    afterEach(() => place.end());

    const world = (i: number): FixWorld => worlds[i % 2]!;

    test("presses, votes and workers race over two bots: one approval, one winner, one run", async () => {
      const people = Array.from({ length: 20 }, (_, i) => ({ ...ANN, id: `U000000${i}` }));
      const pressed = await Promise.all(
        people.map((actor, i) => pressOffer(world(i), { runId: "run-1", fixId: "start-shop-api", actor })),
      );
      expect(pressed.map((p) => p.kind).toSorted()).toEqual([
        ...Array.from({ length: 19 }, () => "joined"),
        "requested",
      ]);
      const [open] = await world(0).store.approvals({ limit: 5 });
      const approvalId = open?.id ?? "";
      const decided = await Promise.all(
        people.map((actor, i) => decideApproval(world(i), { approvalId, actor, decide: "approve" })),
      );
      expect(decided.filter((d) => d.kind === "approved")).toHaveLength(1);
      expect(decided.filter((d) => d.kind === "too-late")).toHaveLength(19);
      const applied = await Promise.all([0, 1, 2, 3].map((i) => applyFix(world(i), approvalId)));
      expect(applied.filter((a) => a.kind === "finished")).toHaveLength(1);
      expect(s.host.ran).toEqual([START]);
      const a = await world(1).store.approval(approvalId);
      expect(a).toMatchObject({ state: "finished", outcome: "fixed" });
      expect(a?.verification).toHaveLength(10);
      expect(await world(0).store.auditVerify()).not.toHaveProperty("brokenAt");
    });

    test("a report tells it by its title, who approved it, and what expired", async () => {
      const press = async (): Promise<string> => {
        const pressed = await pressOffer(world(0), { runId: "run-1", fixId: "start-shop-api", actor: ANN });
        return "approval" in pressed ? pressed.approval.id : "";
      };
      const since = s.clock.now();
      const late = await press();
      await world(0).store.transaction((tx) =>
        tx.moveApproval(late, "requested", "expired", { at: s.clock.now() }),
      );
      const approvalId = await press();
      await decideApproval(world(0), { approvalId, actor: ANN, decide: "approve" });
      await applyFix(world(0), approvalId);
      const told = await fixesIn(world(1).store, ["web-1"], since, s.clock.now());
      const title = s.bound.fix.title;
      expect(told.fixes).toMatchObject([{ host: "web-1", title, outcome: "fixed", approvers: [ANN.id] }]);
      expect(told.unused).toMatchObject([{ host: "web-1", title, state: "expired" }]);
    });

    test("cut off after the intent: looked up by the next bot, run by none", async () => {
      const pressed = await pressOffer(world(0), { runId: "run-1", fixId: "start-shop-api", actor: ANN });
      const approvalId = "approval" in pressed ? pressed.approval.id : "";
      await decideApproval(world(0), { approvalId, actor: ANN, decide: "approve" });
      await world(0).store.transaction(async (tx) => {
        await tx.moveApproval(approvalId, "approved", "applying", { at: s.clock.now() });
        await tx.journalIntent(approvalId, s.clock.now());
      });
      expect(await resumeFixes(world(1))).toMatchObject([
        { id: approvalId, state: "finished", outcome: "not-fixed" },
      ]);
      expect(s.host.ran).toEqual([]);
      expect(await applyFix(world(0), approvalId)).toMatchObject({ kind: "ended-before" });
    });
  });
});
