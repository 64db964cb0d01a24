import type { Approval, Outcome, VerificationPoint } from "../domain/approval.ts";
import type { Command } from "../domain/command.ts";
import type { BoundFix } from "../domain/fix.ts";
import { post, record } from "./fix-record.ts";
import { type FixWorld, settingsOf } from "./fix-world.ts";
import type { HostLine } from "./host-line.ts";

/** When a fixed host is looked at again, in minutes after the fix. */
export const FOLLOW_UP_MINUTES = [5, 30] as const;

export interface FixEnd {
  readonly outcome: Outcome;
  readonly why: string;
  readonly verification: readonly VerificationPoint[];
}

/**
 * Ends an approval that is applying: state, audit, message and the looks at +5 and +30 minutes in one transaction.
 * @returns the finished approval; when another process finished it first, that one's
 */
export async function finishFix(
  world: FixWorld,
  a: Approval,
  bound: BoundFix | undefined,
  end: FixEnd,
): Promise<Approval> {
  const at = world.clock.now();
  const run = await world.store.run(a.runId);
  const done = await world.store.transaction(async (tx) => {
    const moved = await tx.moveApproval(a.id, "applying", "finished", { at, ...end });
    if (moved === undefined) return undefined;
    await record(tx, world, moved, "bot", "fix.finish", {
      outcome: end.outcome,
      why: end.why,
      verification: end.verification.map((p) => `${p.name}: ${p.outcome}`),
    });
    if (end.outcome === "fixed") {
      for (const minutes of FOLLOW_UP_MINUTES) {
        const ref = `${a.id}:${minutes}`;
        await tx.enqueue({
          kind: "follow-up",
          ref,
          dueAt: at + minutes * 60_000,
          singleton: `follow-up:${ref}`,
        });
      }
    }
    await post(tx, world, run, moved, bound);
    return moved;
  });
  const last = done ?? (await world.store.approval(a.id)) ?? a;
  world.progress?.({ approvalId: a.id, text: `${last.outcome ?? last.state}: ${last.why ?? ""}` });
  return last;
}

/**
 * Ends an approved fix that may not begin: through applying to finished in one transaction, nothing was run.
 * @returns undefined when it is not approved any more or its time to start is over
 */
export async function refuseFix(
  world: FixWorld,
  a: Approval,
  bound: BoundFix | undefined,
  why: string,
): Promise<Approval | undefined> {
  const at = world.clock.now();
  const { startMs } = settingsOf(world);
  const run = await world.store.run(a.runId);
  return world.store.transaction(async (tx) => {
    if ((await tx.moveApproval(a.id, "approved", "applying", { at, startMs })) === undefined)
      return undefined;
    const moved = await tx.moveApproval(a.id, "applying", "finished", {
      at,
      outcome: "refused",
      why,
      verification: [],
    });
    if (moved === undefined) return undefined;
    await record(tx, world, moved, "bot", "fix.refuse", { why });
    await post(tx, world, run, moved, bound);
    return moved;
  });
}

/** The line for the host's own syslog: run, who approved, digest. */
function syslogCommand(a: Approval, what: string): Command {
  const who = a.votes.map((v) => v.by).join(",") || (a.decidedBy ?? a.requestedBy);
  const text = `run=${a.runId} fix=${a.fixId} approval=${a.id} approvers=${who} digest=${a.digest}: ${what}`;
  return {
    id: "syslog",
    argv: ["logger", "-t", "fiveohtwo", text.replace(/[^\x20-\x7e]/g, "?").slice(0, 900)],
    sudo: "never",
    timeoutMs: 5_000,
    maxBytes: 4_096,
  };
}

/** Writes the line; a host without logger is no reason to stop. @returns whether it was written */
export async function tellSyslog(line: HostLine, a: Approval, what: string): Promise<boolean> {
  const [r] = await line.wave([syslogCommand(a, what)]);
  return r?.end === "exited" && r.exitCode === 0;
}
