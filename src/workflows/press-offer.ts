import type { Approval } from "../domain/approval.ts";
import { approvalDigest, type BoundFix } from "../domain/fix.ts";
import type { Actor } from "../domain/run.ts";
import { ago, sayNotAllowed, sayDecided } from "../wording/approval.ts";
import { sayDuration } from "../wording/duration.ts";
import { barriers, glassRefusal } from "./break-glass.ts";
import { planCall } from "./call-approvers.ts";
import { readOffer, sameOfferApproval } from "./fix-offer.ts";
import { post, record } from "./fix-record.ts";
import { type AccessAnswer, type FixWorld, mayApprove, settingsOf } from "./fix-world.ts";
import type { Offer } from "./ports.ts";

const PRESS_LEASE_MS = 5_000;

export type Pressed =
  /** A new approval, or the open one somebody else asked for: show the plan and let this person decide. */
  | {
      readonly kind: "requested" | "joined";
      readonly approval: Approval;
      readonly bound: BoundFix;
      readonly text: string;
      /** Rules that this person could override by breaking glass, each with its sentence; empty: none, or they may not. */
      readonly glass: readonly string[];
    }
  /** The offer was used already: who decided, and when. */
  | { readonly kind: "decided"; readonly approval: Approval; readonly text: string }
  | { readonly kind: "replaced"; readonly runId: string; readonly text: string }
  | {
      readonly kind:
        | "no-such-offer"
        | "offer-expired"
        | "by-hand"
        | "not-allowed"
        | "budget-spent"
        | "closed"
        | "broken"
        | "busy";
      readonly text: string;
    };

/**
 * Asks for a fix to be approved. An offer has at most one open approval: a second press joins the first.
 * Every refusal is an ordinary answer with its sentence.
 */
export async function pressOffer(
  world: FixWorld,
  input: { readonly runId: string; readonly fixId: string; readonly actor: Actor },
): Promise<Pressed> {
  const { store, clock } = world;
  const offer = await store.offer(input.runId, input.fixId);
  if (offer === undefined) return noSuchOffer(world, input.runId, input.fixId);
  const read = readOffer(offer);
  if (read.kind === "broken")
    return { kind: "broken", text: `Not offered any more: ${read.why}. Diagnose ${offer.host} again.` };
  const { bound } = read;
  const early = await used(world, offer);
  if (early?.state === "finished" || early?.state === "applying") return decided(early, clock.now());
  const gone = await goneOffer(world, offer);
  if (gone !== undefined) return gone;
  if (!bound.fix.offered) {
    const because = bound.fix.because ?? "it is not offered as a button";
    return { kind: "by-hand", text: `Run it by hand: ${because}.` };
  }
  const access = mayApprove(world, input.actor, bound);
  if (!access.allowed) return { kind: "not-allowed", text: sayNotAllowed(access.why) };
  if (early?.state === "requested" && early.expiresAt > clock.now())
    return joined(world, input.actor, early, bound);
  const over = await barriers(world, input.actor, bound, access);
  const may = glassRefusal(world, input.actor, bound) === undefined;
  const shut = over.find((b) => b.rule === "restart-budget" || b.rule === "times");
  if (shut !== undefined && !may)
    return { kind: shut.rule === "times" ? "closed" : "budget-spent", text: shut.text };
  return withPressLease(
    world,
    offer,
    () => request(world, input.actor, offer, bound, access),
    () => earlier(world, input.actor, offer, bound),
  );
}

/** What breaking glass would override for this person. */
async function glassOf(world: FixWorld, actor: Actor, bound: BoundFix, a: Approval): Promise<string[]> {
  if (glassRefusal(world, actor, bound) !== undefined) return [];
  return (await barriers(world, actor, bound, mayApprove(world, actor, bound), a)).map((b) => b.text);
}

async function request(
  world: FixWorld,
  actor: Actor,
  offer: Offer,
  bound: BoundFix,
  { approvals, fourEyes }: AccessAnswer,
): Promise<Pressed> {
  const { store, clock } = world;
  const now = clock.now();
  const { approvalMs } = settingsOf(world);
  const before = await earlier(world, actor, offer, bound);
  if (before !== undefined) return before;
  const terms = { votesNeeded: approvals, fourEyes, expiresAt: now + approvalMs };
  const approval: Approval = {
    id: world.ids.next("ap"),
    runId: offer.runId,
    host: offer.host,
    fixId: offer.fixId,
    digest: approvalDigest(offer.digest, terms),
    state: "requested",
    requestedBy: actor.id,
    requestedAt: now,
    ...terms,
    votes: [],
  };
  const run = await store.run(offer.runId);
  await store.transaction(async (tx) => {
    await tx.insertApproval(approval);
    await tx.enqueue({
      kind: "expire",
      ref: approval.id,
      dueAt: approval.expiresAt,
      singleton: `expire:${approval.id}`,
    });
    await planCall(tx, world, approval, run);
    await record(tx, world, approval, actor, "approval.request", {
      fix: bound.fix.id,
      risk: bound.fix.risk,
      cause: bound.fix.causeId,
      target: bound.fix.target,
      evidence: bound.preconditions.map((p) => `${p.name}: ${p.value}`),
      playbook: `${bound.playbook} ${bound.revision}`,
      hostKey: bound.hostKey,
      votesNeeded: approvals,
      ...(fourEyes ? { fourEyes } : {}),
    });
    await post(tx, world, run, approval, bound);
  });
  return {
    kind: "requested",
    approval,
    bound,
    glass: await glassOf(world, actor, bound, approval),
    text: `Approve within ${sayDuration(approvalMs)}.`,
  };
}

/** What a press finds that comes after another. */
async function earlier(
  world: FixWorld,
  actor: Actor,
  offer: Offer,
  bound: BoundFix,
): Promise<Pressed | undefined> {
  const a = await used(world, offer);
  const now = world.clock.now();
  if (a === undefined || (a.state === "requested" && a.expiresAt <= now)) return undefined;
  return a.state === "requested" ? joined(world, actor, a, bound) : decided(a, now);
}

/** The approval that stands in the way of a new one: any but expired and superseded ones. */
async function used(world: FixWorld, offer: Offer): Promise<Approval | undefined> {
  return sameOfferApproval(world.store, offer);
}

async function joined(world: FixWorld, actor: Actor, approval: Approval, bound: BoundFix): Promise<Pressed> {
  const glass = await glassOf(world, actor, bound, approval);
  return { kind: "joined", approval, bound, glass, text: sayDecided(approval, world.clock.now()) };
}

function decided(approval: Approval, now: number): Pressed {
  return { kind: "decided", approval, text: sayDecided(approval, now) };
}

async function goneOffer(world: FixWorld, offer: Offer): Promise<Pressed | undefined> {
  const now = world.clock.now();
  const run = await world.store.run(offer.runId);
  // A fix on the machine of a peer is out of date when either machine was diagnosed again.
  for (const host of new Set([run?.request.host ?? offer.host, offer.host])) {
    const [newest] = (await world.store.runs({ host, limit: 20 })).filter((r) => r.state === "done");
    if (newest === undefined || run === undefined) continue;
    if (newest.id === run.id || newest.createdAt <= run.createdAt) continue;
    const text = `A newer diagnosis of ${host} (${newest.id}, ${ago(newest.createdAt, now)}) has taken this one's place: use its buttons.`;
    return { kind: "replaced", runId: newest.id, text };
  }
  if (offer.expiresAt > now) return undefined;
  return {
    kind: "offer-expired",
    text: `This offer ended ${ago(offer.expiresAt, now)}. Diagnose ${offer.host} again.`,
  };
}

async function noSuchOffer(world: FixWorld, runId: string, fixId: string): Promise<Pressed> {
  const others = (await world.store.offers(runId)).map((o) => o.fixId);
  const text =
    others.length > 0
      ? `Run ${runId} offers no fix ${fixId}; it offers ${others.join(", ")}.`
      : `The run ${runId} is no longer stored here, or has no fixes. Diagnose the host again.`;
  return { kind: "no-such-offer", text };
}

/** Two presses at once must not make two approvals: the one that comes second finds the first's. */
async function withPressLease(
  world: FixWorld,
  offer: Offer,
  work: () => Promise<Pressed>,
  meanwhile: () => Promise<Pressed | undefined>,
): Promise<Pressed> {
  const name = `press:${offer.runId}:${offer.fixId}`;
  const owner = `${world.instance}:${world.ids.next("job")}`;
  for (let tries = 0; tries < 100; tries += 1) {
    if (await world.store.lease(name, owner, PRESS_LEASE_MS)) {
      try {
        return await work();
      } finally {
        await world.store.release(name, owner);
      }
    }
    await world.clock.wait(50);
    // In a crowd the first has asked long before everybody has held the lease.
    const found = await meanwhile();
    if (found !== undefined) return found;
  }
  return {
    kind: "busy",
    text: "Somebody else is pressing the same button. Press it again in a few seconds.",
  };
}
