import type { Approval } from "../domain/approval.ts";
import type { BoundFix } from "../domain/fix.ts";
import { sayDecided } from "../wording/approval.ts";
import { sayDuration } from "../wording/duration.ts";
import { concludeFix } from "./conclude-fix.ts";
import { expireApproval } from "./expire-approvals.ts";
import { finishFix, refuseFix, tellSyslog } from "./finish-fix.ts";
import { shown, sequenceOf } from "./fix-commands.ts";
import { readProgress } from "./fix-journal.ts";
import { readApproved, sameOfferApproval } from "./fix-offer.ts";
import { post, record } from "./fix-record.ts";
import { type FixWorld, gateOf, settingsOf } from "./fix-world.ts";
import { failedBefore, lastHealthyHost, leasesOf, sayTurn } from "./group-turn.ts";
import { holdLeases } from "./hold-lease.ts";
import { fixLine } from "./host-line.ts";
import { lastPeerNow } from "./last-peer.ts";
import { endLeftovers, resumeApplying } from "./resume-fixes.ts";
import { type Ran, runCommands } from "./run-commands.ts";
import { budgetSpent } from "./start-budget.ts";
import { type Look, lookBefore } from "./verify-fix.ts";

export type Applied =
  | { readonly kind: "finished" | "expired" | "ended-before" | "not-approved"; readonly approval: Approval }
  /** Another fix of the host, or a disruptive one of its group, is running; the job is enqueued again. */
  | { readonly kind: "busy" }
  | { readonly kind: "unknown-approval" };

const RETRY_MS = 2_000;

/**
 * The job apply-fix: runs an approved fix once. Delivered again in any state it does what is left to do: an
 * applying one is never run again but looked at (resume-fixes).
 */
export async function applyFix(world: FixWorld, approvalId: string): Promise<Applied> {
  const a = await world.store.approval(approvalId);
  if (a === undefined) return { kind: "unknown-approval" };
  if (a.state === "requested") return { kind: "not-approved", approval: a };
  if (a.state !== "approved" && a.state !== "applying") return { kind: "ended-before", approval: a };
  const read = await readApproved(world.store, a);
  const bound = read.kind === "bound" ? read.bound : undefined;
  const held = await holdLeases(
    world,
    leasesOf(world, a, bound),
    `${world.instance}:${a.id}`,
    async (still): Promise<Applied> => {
      const now = await world.store.approval(approvalId);
      if (now?.state === "applying") return { kind: "finished", approval: await resumeApplying(world, now) };
      if (now?.state !== "approved") return { kind: "ended-before", approval: now ?? a };
      await endLeftovers(world, now);
      return start(world, now, still);
    },
  );
  return held.kind === "done" ? held.value : waitTurn(world, a, bound, held.name);
}

/** Tries again a little later, until the approval's time to start is over; at the first try the thread is told why. */
async function waitTurn(
  world: FixWorld,
  a: Approval,
  bound: BoundFix | undefined,
  lease: string,
): Promise<Applied> {
  const turn = await sayTurn(world, a, lease);
  const { startMs } = settingsOf(world);
  const gone = await expireApproval(
    world,
    a.id,
    `For more than ${sayDuration(startMs)} it was not its turn: ${turn}. Nothing was run.`,
  );
  if (gone !== undefined) return { kind: "expired", approval: gone };
  const now = world.clock.now();
  const first = now - (a.decidedAt ?? 0) < RETRY_MS;
  const run = await world.store.run(a.runId);
  await world.store.transaction(async (tx) => {
    await tx.enqueue({
      kind: "apply-fix",
      ref: a.id,
      dueAt: now + RETRY_MS,
      singleton: `apply-fix:${a.id}`,
    });
    if (first && a.state === "approved") await post(tx, world, run, a, bound, `It waits: ${turn}.`);
  });
  return { kind: "busy" };
}

async function start(world: FixWorld, a: Approval, still: () => boolean): Promise<Applied> {
  const expired = await expireApproval(world, a.id);
  if (expired !== undefined) return { kind: "expired", approval: expired };
  const read = await readApproved(world.store, a);
  if (read.kind === "broken")
    return refuse(world, a, undefined, `Nothing was run: ${read.why}. Diagnose ${a.host} again.`);
  const { bound } = read;
  const why = await obstacle(world, a, bound);
  if (why !== undefined) return refuse(world, a, bound, why);
  const host = world.findHost(a.host);
  if (host === undefined)
    return refuse(world, a, bound, `${a.host} is not in the inventory any more. Nothing was run.`);
  const line = fixLine(world, host, bound);
  try {
    const session = await line.session();
    const trouble = line.trouble();
    if (session === undefined) {
      return await refuse(
        world,
        a,
        bound,
        `Nothing was run: ${trouble?.message ?? ""} ${trouble?.hint ?? ""}`.trim(),
      );
    }
    const last = await lastPeerNow(line, bound);
    if (last !== undefined) return await refuse(world, a, bound, last);
    const before = await lookBefore(line, bound.verify, world.clock);
    const logged = await tellSyslog(line, a, "begins");
    const applying = await begin(world, a, bound, before, logged);
    if (applying === undefined) return await afterLostStart(world, a);
    // The look may have cost the connection; without a session nothing begins.
    const shell = await line.session();
    const ran: Ran =
      shell === undefined
        ? { kind: "refused", why: "Nothing was run: the connection was lost before the first command." }
        : await runCommands(world, applying, bound, shell, still);
    if (ran.kind === "lost") await line.drop();
    const end = await concludeFix(world, applying, bound, line, before, ran);
    await tellSyslog(line, applying, end.outcome);
    return { kind: "finished", approval: await finishFix(world, applying, bound, end) };
  } finally {
    await line.drop();
  }
}

/** Why an approved fix may not begin after all. */
async function obstacle(world: FixWorld, a: Approval, bound: BoundFix): Promise<string | undefined> {
  const twin = await sameOfferApproval(world.store, a, a.id);
  if (twin?.state === "applying" || twin?.state === "finished") {
    return `This fix was run through another approval: ${sayDecided(twin, world.clock.now(), () => "")}`;
  }
  const { cancelledBy: by, glassBrokenBy } = await readProgress(world.store, a.id);
  if (by !== undefined) return `Nothing was run: ${by} stopped it before the first command.`;
  const shut = (await failedBefore(world, a, bound)) ?? (await lastHealthyHost(world, a, bound));
  if (shut !== undefined || glassBrokenBy !== undefined) return shut;
  const gate = gateOf(world, bound);
  return gate.open ? budgetSpent(world, bound) : `Nothing was run: ${gate.why}`;
}

/** The point of no return: state, intent and audit in one transaction, before anything acts. */
async function begin(
  world: FixWorld,
  a: Approval,
  bound: BoundFix,
  before: Look,
  logged: boolean,
): Promise<Approval | undefined> {
  const at = world.clock.now();
  const { startMs } = settingsOf(world);
  const run = await world.store.run(a.runId);
  return world.store.transaction(async (tx) => {
    const moved = await tx.moveApproval(a.id, "approved", "applying", { at, startMs });
    if (moved === undefined) return undefined;
    if (!(await tx.journalIntent(a.id, at)))
      throw new Error(`approval ${a.id} was journalled before it was applying`);
    await record(tx, world, moved, "bot", "fix.begin", {
      commands: sequenceOf(bound).all.map(shown),
      before: before.fronts.map((f) => f.answer.status ?? "not asked"),
      syslog: logged,
    });
    await post(tx, world, run, moved, bound);
    return moved;
  });
}

async function afterLostStart(world: FixWorld, a: Approval): Promise<Applied> {
  const expired = await expireApproval(world, a.id);
  if (expired !== undefined) return { kind: "expired", approval: expired };
  return { kind: "ended-before", approval: (await world.store.approval(a.id)) ?? a };
}

async function refuse(
  world: FixWorld,
  a: Approval,
  bound: BoundFix | undefined,
  why: string,
): Promise<Applied> {
  const refused = await refuseFix(world, a, bound, why);
  return refused === undefined ? afterLostStart(world, a) : { kind: "finished", approval: refused };
}
