import { array, assert, asyncProperty, constant, constantFrom, integer, oneof, record } from "fast-check";
import { expect, test } from "vitest";
import { type ApprovalState, mayFollow } from "../../src/domain/approval.ts";
import { cancelFix } from "../../src/workflows/cancel-fix.ts";
import { decideApproval } from "../../src/workflows/decide-approval.ts";
import { expireApprovals } from "../../src/workflows/expire-approvals.ts";
import { START_MS } from "../../src/domain/approval.ts";
import { pressOffer } from "../../src/workflows/press-offer.ts";
import { resumeFixes } from "../../src/workflows/resume-fixes.ts";
import { ANN, Stage, START } from "../support/fix-stage.ts";
import { Killed, Mortal } from "../support/mortal.ts";

const PEOPLE = ["U0000000ANN", "U0000000BOB", "U0000000CAT"];
const who = constantFrom(...PEOPLE);

/** What people, time and bots may do, in any order and number. */
const step = oneof(
  { weight: 3, arbitrary: record({ do: constant("press" as const), who }) },
  { weight: 5, arbitrary: record({ do: constant("approve" as const), who }) },
  record({ do: constant("deny" as const), who }),
  record({ do: constant("cancel" as const), who }),
  {
    weight: 2,
    arbitrary: record({
      do: constant("pass" as const),
      ms: constantFrom(1_000, 59_000, 61_000, 599_000, 601_000),
    }),
  },
  { weight: 4, arbitrary: record({ do: constant("work" as const) }) },
  { weight: 2, arbitrary: record({ do: constant("die" as const), at: integer({ min: 1, max: 60 }) }) },
  record({ do: constant("restart" as const) }),
  record({ do: constant("supersede" as const) }),
  record({ do: constant("outage" as const), state: constantFrom("inactive", "active", "failed") }),
);
type Step = typeof step extends { generate: (...a: never[]) => { value: infer T } } ? T : never;

async function take(s: Stage, p: Step, votes: number): Promise<void> {
  const world = s.world();
  const [open] = await s.store.approvals({ limit: 1 });
  const approvalId = open?.id ?? "ap-none";
  const actor = (id: string): typeof ANN => ({ ...ANN, id });
  s.access = () => ({ allowed: true, approvals: votes, fourEyes: false, why: "" });
  switch (p.do) {
    case "press":
      await pressOffer(world, { runId: "run-1", fixId: "start-shop-api", actor: actor(p.who) });
      return;
    case "approve":
    case "deny":
      await decideApproval(world, { approvalId, actor: actor(p.who), decide: p.do, reason: "because" });
      return;
    case "cancel":
      await cancelFix(world, { approvalId, actor: actor(p.who) });
      return;
    case "pass":
      s.clock.pass(p.ms);
      return;
    case "work":
      await s.work(0, world);
      return;
    case "die":
      await s
        .work(0, new Mortal(p.at, p.at % 2 === 0 ? "after" : "before").world(world, s.store))
        .catch((e: unknown) => {
          if (!(e instanceof Killed)) throw e;
        });
      return;
    case "restart":
      await resumeFixes(world);
      return;
    case "supersede":
      await s.store.transaction((tx) => tx.supersede("web-1", "run-9", s.clock.now()));
      return;
    case "outage":
      s.host.active = p.state;
  }
}

/** Every promise about approvals that must hold at any moment. */
function promises(s: Stage, seen: Map<string, ApprovalState>, ranAt: Map<string, number>): void {
  const all = [...s.store.state.approvals.values()];
  for (const a of all) {
    const before = seen.get(a.id) ?? "requested";
    expect(reachable(before, a.state), `${before} → ${a.state}`).toBe(true);
    seen.set(a.id, a.state);
    expect(new Set(a.votes.map((v) => v.by)).size).toBe(a.votes.length);
    const decided = ["approved", "applying", "finished"].includes(a.state);
    expect(decided ? a.votes.length : a.votesNeeded).toBeGreaterThanOrEqual(a.votesNeeded);
    expect(a.state === "finished" ? a.outcome : "fixed").toBeDefined();
  }
  expect(all.filter((a) => ["approved", "applying"].includes(a.state)).length).toBeLessThanOrEqual(1);
  // It ran at most once, and only under an approval that began to apply in time.
  expect(s.host.ran.filter((c) => c === START).length).toBeLessThanOrEqual(1);
  const begun = s.store.state.audit.filter((e) => e.action === "fix.begin");
  expect(begun.length).toBeGreaterThanOrEqual(s.host.ran.length);
  for (const e of begun) {
    const a = s.store.state.approvals.get(e.approvalId ?? "");
    expect(e.at).toBeLessThanOrEqual((a?.decidedAt ?? 0) + START_MS);
    expect(a?.decidedAt ?? 0).toBeLessThan(a?.expiresAt ?? 0);
    ranAt.set(e.approvalId ?? "", e.at);
  }
  expect(ranAt.size).toBeLessThanOrEqual(1);
}

function reachable(from: ApprovalState, to: ApprovalState): boolean {
  if (from === to) return true;
  const all: ApprovalState[] = [
    "requested",
    "approved",
    "denied",
    "expired",
    "superseded",
    "applying",
    "finished",
  ];
  return all.some((next) => mayFollow(from, next) && reachable(next, to));
}

test.each([1, 2])("any history with %i votes needed keeps every promise, and ends", async (votes) => {
  let ran = 0;
  await assert(
    asyncProperty(array(step, { maxLength: 25 }), async (steps) => {
      const s = await new Stage().set();
      const seen = new Map<string, ApprovalState>();
      const ranAt = new Map<string, number>();
      for (const p of steps) {
        await take(s, p, votes);
        promises(s, seen, ranAt);
      }
      // Whatever happened: once a bot lives and time passes, nothing is left open.
      s.clock.pass(31_000);
      await resumeFixes(s.world());
      await s.work(600_000);
      await expireApprovals(s.world());
      promises(s, seen, ranAt);
      const open = [...s.store.state.approvals.values()].filter((a) =>
        ["requested", "approved", "applying"].includes(a.state),
      );
      expect(open).toEqual([]);
      ran += s.host.ran.length;
    }),
    { numRuns: 500 },
  );
  // A property over histories in which nothing ever runs would say nothing.
  expect(ran).toBeGreaterThan(0);
});
