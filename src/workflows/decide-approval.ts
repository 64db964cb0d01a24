import type { Approval } from "../domain/approval.ts";
import type { BoundFix } from "../domain/fix.ts";
import type { Actor } from "../domain/run.ts";
import { sayDecided, sayNotAllowed, sayVotes } from "../wording/approval.ts";
import { type Barrier, barriers, glassRefusal, isReason, tellBroken } from "./break-glass.ts";
import { journalGlass } from "./fix-journal.ts";
import { readApproved } from "./fix-offer.ts";
import { post, record } from "./fix-record.ts";
import { type FixWorld, mayApprove, settingsOf } from "./fix-world.ts";
import type { StoreTx } from "./ports.ts";

export interface Decision {
  readonly approvalId: string;
  readonly actor: Actor;
  readonly decide: "approve" | "deny";
  readonly reason?: string;
  /** The host's name as the person typed it: needed for a dangerous fix. */
  readonly typedHost?: string;
  /** Overrides four eyes, freezes and the restart budget; needs the role and a reason. */
  readonly breakGlass?: boolean;
  /** True for `--yes`: nobody looked at the plan. */
  readonly unattended?: boolean;
}

export type Decided =
  | { readonly kind: "approved" | "denied"; readonly approval: Approval; readonly text: string }
  | { readonly kind: "voted"; readonly approval: Approval; readonly missing: number; readonly text: string }
  /** Somebody was quicker, or time was: who, when. */
  | {
      readonly kind: "too-late" | "expired" | "already-voted";
      readonly approval: Approval;
      readonly text: string;
    }
  | {
      readonly kind:
        | "unknown-approval"
        | "broken"
        | "not-allowed"
        | "needs-host-name"
        | "needs-reason"
        | "needs-person"
        | "needs-another"
        | "closed";
      readonly text: string;
    };

/** Casts one person's vote. One winner among simultaneous decisions; the winner's transaction enqueues the fix. */
export async function decideApproval(world: FixWorld, d: Decision): Promise<Decided> {
  const approval = await world.store.approval(d.approvalId);
  if (approval === undefined)
    return { kind: "unknown-approval", text: "There is no such approval. Diagnose the host again." };
  if (approval.state !== "requested") return tooLate(approval, world.clock.now());
  if (approval.expiresAt <= world.clock.now()) return expire(world, approval);
  const read = await readApproved(world.store, approval);
  if (read.kind === "broken") {
    return { kind: "broken", text: `It cannot be decided: ${read.why}. Diagnose ${approval.host} again.` };
  }
  return d.decide === "deny" ? deny(world, d, approval, read.bound) : approve(world, d, approval, read.bound);
}

async function approve(world: FixWorld, d: Decision, approval: Approval, bound: BoundFix): Promise<Decided> {
  const access = mayApprove(world, d.actor, bound);
  if (!access.allowed) return { kind: "not-allowed", text: sayNotAllowed(access.why) };
  const over = await barriers(world, d.actor, bound, access, approval);
  const glass = d.breakGlass === true && over.length > 0;
  const stopped = glass ? glassStops(world, d, bound) : stopsAt(world, d, bound, over);
  if (stopped !== undefined) return stopped;
  if (bound.fix.risk === "dangerous") {
    if (d.unattended === true)
      return { kind: "needs-person", text: "A dangerous fix is never approved by --yes." };
    if (d.typedHost?.trim() !== approval.host) {
      return {
        kind: "needs-host-name",
        text: `This fix is dangerous: type the host's name, ${approval.host}, to approve it.`,
      };
    }
  }
  const needed = glass ? 1 : Math.max(approval.votesNeeded, access.approvals);
  const at = world.clock.now();
  const run = await world.store.run(approval.runId);
  const reason = d.reason?.trim() ?? "";
  const vote = { by: d.actor.id, at, ...(reason === "" ? {} : { reason }) };
  const won = await world.store
    .transaction(async (tx): Promise<Decided | undefined> => {
      const again = glass && approval.votes.some((v) => v.by === d.actor.id);
      const voted = again ? approval : await tx.addVote(approval.id, vote);
      if (voted === undefined) return undefined;
      const missing = needed - voted.votes.length;
      if (missing > 0) {
        await record(tx, world, voted, d.actor, "approval.vote", { reason, missing });
        await post(tx, world, run, voted, bound);
        return {
          kind: "voted",
          approval: voted,
          missing,
          text: `Your approval counts. ${sayVotes({ ...voted, votesNeeded: needed })}.`,
        };
      }
      const decision = { at, by: d.actor.id, ...(glass ? { votesNeeded: needed } : {}) };
      const moved = await tx.moveApproval(approval.id, "requested", "approved", decision);
      if (moved === undefined) throw new LostRace();
      await enqueueFix(tx, moved, at + settingsOf(world).startMs);
      if (glass) {
        await journalGlass(tx, moved, d.actor.id, at);
        const channel = run?.destination?.channel;
        await tellBroken(tx, world, moved, bound, {
          actor: d.actor,
          reason,
          over,
          ...(channel === undefined ? {} : { channel }),
        });
      }
      await record(tx, world, moved, d.actor, "approval.approve", {
        reason,
        votes: moved.votes.map((v) => v.by),
      });
      await post(tx, world, run, moved, bound);
      return { kind: "approved", approval: moved, text: `Approved: it starts now.` };
    })
    .catch(lost);
  return won ?? lateAnswer(world, approval, d.actor);
}

/** Why breaking glass is refused. */
function glassStops(world: FixWorld, d: Decision, bound: BoundFix): Decided | undefined {
  const refusal = glassRefusal(world, d.actor, bound);
  if (refusal !== undefined) return { kind: "not-allowed", text: refusal };
  if (isReason(d.reason ?? "")) return undefined;
  return {
    kind: "needs-reason",
    text: "Breaking glass needs a reason: say in a few words why it cannot wait.",
  };
}

/** What refuses a vote outright; missing votes only leave it waiting for more. */
function stopsAt(
  world: FixWorld,
  d: Decision,
  bound: BoundFix,
  over: readonly Barrier[],
): Decided | undefined {
  const first = over.find((b) => b.rule !== "votes");
  if (first === undefined) return undefined;
  const may = glassRefusal(world, d.actor, bound) === undefined;
  const text = may ? `${first.text} You may break glass, with a reason.` : first.text;
  return { kind: first.rule === "four-eyes" ? "needs-another" : "closed", text };
}

async function enqueueFix(tx: StoreTx, a: Approval, startBy: number): Promise<void> {
  await tx.enqueue({ kind: "apply-fix", ref: a.id, singleton: `apply-fix:${a.id}` });
  await tx.enqueue({
    kind: "expire",
    ref: a.id,
    dueAt: startBy + 1_000,
    singleton: `expire-approved:${a.id}`,
  });
}

async function deny(world: FixWorld, d: Decision, approval: Approval, bound: BoundFix): Promise<Decided> {
  // Who asked may withdraw; else whoever may approve may deny.
  const access = mayApprove(world, d.actor, bound);
  if (!access.allowed && d.actor.id !== approval.requestedBy)
    return { kind: "not-allowed", text: sayNotAllowed(access.why) };
  const reason = d.reason?.trim() ?? "";
  if (reason === "") return { kind: "needs-reason", text: "Say in a few words why it is denied." };
  const at = world.clock.now();
  const run = await world.store.run(approval.runId);
  const denied = await world.store.transaction(async (tx) => {
    const moved = await tx.moveApproval(approval.id, "requested", "denied", {
      at,
      by: d.actor.id,
      why: reason,
    });
    if (moved === undefined) return undefined;
    await record(tx, world, moved, d.actor, "approval.deny", { reason });
    await post(tx, world, run, moved, bound);
    return moved;
  });
  if (denied === undefined) return lateAnswer(world, approval, d.actor);
  return { kind: "denied", approval: denied, text: "Denied. Nothing was run." };
}

/** Rolls a vote back that was counted in the moment the approval ended. */
class LostRace extends Error {}

function lost(e: unknown): undefined {
  if (!(e instanceof LostRace)) throw e;
}

async function lateAnswer(world: FixWorld, before: Approval, actor: Actor): Promise<Decided> {
  const now = world.clock.now();
  const a = (await world.store.approval(before.id)) ?? before;
  if (a.state !== "requested") return tooLate(a, now);
  if (a.expiresAt <= now) return expire(world, a);
  const mine = a.votes.some((v) => v.by === actor.id);
  const text = mine
    ? `You have approved it already: ${sayVotes(a)}. Somebody else must approve too.`
    : sayDecided(a, now);
  return { kind: mine ? "already-voted" : "too-late", approval: a, text };
}

function tooLate(a: Approval, now: number): Decided {
  return { kind: a.state === "expired" ? "expired" : "too-late", approval: a, text: sayDecided(a, now) };
}

async function expire(world: FixWorld, a: Approval): Promise<Decided> {
  const at = world.clock.now();
  const run = await world.store.run(a.runId);
  const moved = await world.store.transaction(async (tx) => {
    const gone = await tx.moveApproval(a.id, "requested", "expired", { at, why: "Nobody decided in time." });
    if (gone === undefined) return undefined;
    await record(tx, world, gone, "bot", "approval.expire");
    await post(tx, world, run, gone, undefined);
    return gone;
  });
  return tooLate(moved ?? (await world.store.approval(a.id)) ?? a, at);
}
