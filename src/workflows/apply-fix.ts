import type { Approval } from "../domain/approval.ts";
import type { BoundFix } from "../domain/fix.ts";
import { sayDecided } from "../wording/approval.ts";
import { diagnoseAgain } from "./diagnose-again.ts";
import { sayUnsure } from "./edit-script.ts";
import { expireApproval } from "./expire-approvals.ts";
import { finishFix, type FixEnd, refuseFix, tellSyslog } from "./finish-fix.ts";
import { shown, sequenceOf } from "./fix-commands.ts";
import { journalCommand, journalRollback, readProgress } from "./fix-journal.ts";
import { readApproved, sameOfferApproval } from "./fix-offer.ts";
import { post, record } from "./fix-record.ts";
import type { FixWorld } from "./fix-world.ts";
import { holdLease } from "./hold-lease.ts";
import { type HostLine, hostLine } from "./host-line.ts";
import { brokeAnother, judge } from "./judge-fix.ts";
import { sayBudget } from "./press-offer.ts";
import { resumeApplying } from "./resume-fixes.ts";
import { rollBack } from "./roll-back.ts";
import { type Ran, runCommands } from "./run-commands.ts";
import { budgetSpent } from "./start-budget.ts";
import { verificationPoints } from "./verification-points.ts";
import { look, type Look, type Verified, verifyFix } from "./verify-fix.ts";

export type Applied =
  | { readonly kind: "finished" | "expired" | "ended-before" | "not-approved"; readonly approval: Approval }
  /** Another fix of the host is running; the job is enqueued again. */
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
  const held = await holdLease(
    world,
    `fix:${a.host}`,
    `${world.instance}:${a.id}`,
    async (still): Promise<Applied> => {
      const now = await world.store.approval(approvalId);
      if (now?.state === "applying") return { kind: "finished", approval: await resumeApplying(world, now) };
      if (now?.state === "approved") return start(world, now, still);
      return { kind: "ended-before", approval: now ?? a };
    },
  );
  if (held.kind === "done") return held.value;
  const gone = await expireApproval(
    world,
    a.id,
    `Another fix was running on ${a.host} for more than 60 seconds. Nothing was run.`,
  );
  if (gone !== undefined) return { kind: "expired", approval: gone };
  await world.store.transaction((tx) =>
    tx.enqueue({
      kind: "apply-fix",
      ref: a.id,
      dueAt: world.clock.now() + RETRY_MS,
      singleton: `apply-fix:${a.id}`,
    }),
  );
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
  const line = hostLine(world.shell, host, bound);
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
    const before = await look(line, bound.verify, world.clock, "short");
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
    const end = await conclude(world, applying, bound, line, before, ran);
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
    return `This fix was run through another approval: ${sayDecided(twin, world.clock.now())}`;
  }
  const by = (await readProgress(world.store, a.id)).cancelledBy;
  if (by !== undefined) return `Nothing was run: ${by} stopped it before the first command.`;
  const spent = await budgetSpent(world.store, bound, world.clock.now());
  return spent === undefined ? undefined : sayBudget(spent, a.host);
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
  const run = await world.store.run(a.runId);
  return world.store.transaction(async (tx) => {
    const moved = await tx.moveApproval(a.id, "approved", "applying", { at });
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

/** Verifies what ran, diagnoses again, takes it back where it made things worse, and says how it ended. */
async function conclude(
  world: FixWorld,
  a: Approval,
  bound: BoundFix,
  line: HostLine,
  before: Look,
  ran: Ran,
): Promise<FixEnd> {
  if (ran.kind === "refused") return { outcome: "refused", why: ran.why, verification: [] };
  world.progress?.({ approvalId: a.id, text: `verifying: ${bound.verify.text}` });
  const wait = ran.kind === "ran" || ran.kind === "lost" || ("late" in ran && ran.late);
  const patience = wait ? "full" : "once";
  const verified = await verifyFix(line, bound.verify, world.clock, before, patience);
  const edited = "edited" in ran ? ran.edited : undefined;
  const mayUndo = ran.kind === "ran" || ran.kind === "failed";
  if (mayUndo && verified.worse) return undo(world, a, bound, line, verified, edited, said(ran));
  const after = await diagnoseAgain(world, a, bound);
  const verification = verificationPoints(bound, verified, after);
  const judged = judge(bound, verified, after, ran.kind === "lost");
  const why = [said(ran), judged.why].filter((s) => s !== "").join(" ");
  if (ran.kind === "restored") {
    const back = `${bound.edit?.path ?? "The file"} was put back to its very bytes and nothing was reloaded.`;
    return { outcome: "rolled-back", why: `${ran.why} ${back}`, verification };
  }
  if (ran.kind === "not-restored") return { outcome: "not-fixed", why, verification };
  if (judged.outcome === "fixed") return { outcome: "fixed", why, verification };
  if (ran.kind === "stopped") return { outcome: "interrupted", why, verification };
  if (mayUndo) {
    const run = await world.store.run(a.runId);
    const spoilt = brokeAnother(run?.diagnosis, after) || (edited !== undefined && !judged.causeGone);
    if (spoilt) return undo(world, a, bound, line, verified, edited, why);
  }
  const unsure = ran.kind === "lost" ? ` ${sayUnsure(bound.edit, bound.runId)}`.trimEnd() : "";
  return { outcome: judged.outcome, why: why + unsure, verification };
}

function said(ran: Ran): string {
  return "why" in ran ? ran.why : "";
}

async function undo(
  world: FixWorld,
  a: Approval,
  bound: BoundFix,
  line: HostLine,
  verified: Verified,
  edited: string | undefined,
  why: string,
): Promise<FixEnd> {
  const back = await rollBack({
    line,
    clock: world.clock,
    bound,
    verified,
    edited,
    begin: (commands) => journalRollback(world, a, commands),
    ended: (index, command, result) =>
      journalCommand(world, a, index, command, result, "fix.rollback-command"),
  });
  const now: Verified = back.kind === "rolled-back" ? { ...verified, after: back.after } : verified;
  const after = await diagnoseAgain(world, a, bound);
  const worse = verified.worse ? "It made things worse." : "";
  return {
    outcome: back.kind === "rolled-back" ? "rolled-back" : "not-fixed",
    why: [why, worse, back.why].filter((s) => s !== "").join(" "),
    verification: verificationPoints(bound, now, after),
  };
}
