import type { Approval } from "../domain/approval.ts";
import type { BoundFix } from "../domain/fix.ts";
import { diagnoseAgain } from "./diagnose-again.ts";
import { sayUnsure } from "./edit-script.ts";
import type { FixEnd } from "./finish-fix.ts";
import { journalCommand, journalRollback } from "./fix-journal.ts";
import { tellStage } from "./fix-record.ts";
import type { FixWorld } from "./fix-world.ts";
import type { HostLine } from "./host-line.ts";
import { brokeAnother, judge } from "./judge-fix.ts";
import { rollBack } from "./roll-back.ts";
import type { Ran } from "./run-commands.ts";
import { verificationPoints } from "./verification-points.ts";
import { type Look, type Verified, verifyFix } from "./verify-fix.ts";

/** Verifies what ran, diagnoses again, takes it back where it made things worse, and says how it ended. */
export async function concludeFix(
  world: FixWorld,
  a: Approval,
  bound: BoundFix,
  line: HostLine,
  before: Look,
  ran: Ran,
): Promise<FixEnd> {
  if (ran.kind === "refused") return { outcome: "refused", why: ran.why, verification: [] };
  await tellStage(world, a, bound, `Checking now: ${bound.verify.text}`);
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
  // An edited file that could not be loaded must not wait there for the next reload.
  if (ran.kind === "failed" && edited !== undefined)
    return undo(world, a, bound, line, verified, edited, ran.why);
  const run = await world.store.run(a.runId);
  const broke = mayUndo && brokeAnother(run?.diagnosis, after, edited === undefined ? "critical" : "warning");
  // A reload loads all that was staged: an edit that mends its own vhost may cost another one.
  if (broke && edited !== undefined)
    return undo(world, a, bound, line, verified, edited, `${why} Another vhost began to fail.`);
  if (judged.outcome === "fixed") return { outcome: "fixed", why, verification };
  if (ran.kind === "stopped") return { outcome: "interrupted", why, verification };
  if (mayUndo) {
    const spoilt = broke || (edited !== undefined && !judged.causeGone);
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
