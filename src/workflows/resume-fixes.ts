import type { Approval } from "../domain/approval.ts";
import type { BoundFix } from "../domain/fix.ts";
import { diagnoseAgain } from "./diagnose-again.ts";
import { sayUnsure } from "./edit-script.ts";
import { expireApprovals } from "./expire-approvals.ts";
import { finishFix, tellSyslog } from "./finish-fix.ts";
import { sequenceOf } from "./fix-commands.ts";
import { type FixProgress, readProgress } from "./fix-journal.ts";
import { readApproved } from "./fix-offer.ts";
import type { FixWorld } from "./fix-world.ts";
import { hostLease } from "./group-turn.ts";
import { holdLease } from "./hold-lease.ts";
import { fixLine } from "./host-line.ts";
import { judge } from "./judge-fix.ts";
import { verificationPoints } from "./verification-points.ts";
import { verifyFix } from "./verify-fix.ts";

/**
 * Called when a bot starts: ends what expired meanwhile, enqueues what was approved (its job may have died with its
 * worker, and an approval waits but a minute) and looks up every fix that was running. Those another process holds
 * are left to it. One host's failure does not keep the others' fixes from being looked up.
 * @param host only this host's, for a terminal that is about to fix it
 * @returns the approvals it ended
 * @throws what the first failing look threw, when all have been tried
 */
export async function resumeFixes(world: FixWorld, host?: string): Promise<Approval[]> {
  const ended = await expireApprovals(world);
  if (host === undefined) await enqueueApproved(world);
  const cut = await applying(world, host);
  const looks = await Promise.allSettled(
    [...new Set(cut.map((a) => a.host))].map(async (name) => {
      for (const a of cut.filter((c) => c.host === name)) {
        const held = await holdLease(world, hostLease(name), `${world.instance}:${a.id}`, () =>
          resumeOne(world, a.id),
        );
        if (held.kind === "done" && held.value !== undefined) ended.push(held.value);
      }
    }),
  );
  for (const look of looks) if (look.status === "rejected") throw look.reason;
  return ended;
}

function applying(world: FixWorld, host: string | undefined): Promise<readonly Approval[]> {
  return world.store.approvals({
    state: ["applying"],
    limit: 1_000,
    ...(host === undefined ? {} : { host }),
  });
}

async function resumeOne(world: FixWorld, id: string): Promise<Approval | undefined> {
  const now = await world.store.approval(id);
  return now?.state === "applying" ? resumeApplying(world, now) : undefined;
}

/**
 * Before a host's next fix begins, one that was cut off there is looked up: whoever holds the host's lease is the
 * only one at work on it, so what still applies was left by a process that is gone.
 */
export async function endLeftovers(world: FixWorld, before: Approval): Promise<void> {
  for (const left of await applying(world, before.host))
    if (left.id !== before.id) await resumeOne(world, left.id);
}

/** A second job for one approval does no harm: whoever comes second finds nothing left to do. */
async function enqueueApproved(world: FixWorld): Promise<void> {
  for (const a of await world.store.approvals({ state: ["approved"], limit: 1_000 })) {
    await world.store.transaction((tx) =>
      tx.enqueue({ kind: "apply-fix", ref: a.id, singleton: `apply-fix:${a.id}` }),
    );
  }
}

/**
 * Ends a fix that was cut off: never runs one of its commands, but asks the host for its effect. Call it under the
 * host's lease.
 */
export async function resumeApplying(world: FixWorld, a: Approval): Promise<Approval> {
  const read = await readApproved(world.store, a);
  if (read.kind === "broken") {
    return finishFix(world, a, undefined, {
      outcome: "interrupted",
      why: `It was cut off, and ${read.why}.`,
      verification: [],
    });
  }
  const { bound } = read;
  const cut = sayCut(bound, await readProgress(world.store, a.id));
  const host = world.findHost(a.host);
  if (host === undefined) {
    const why = `${cut} ${a.host} is not in the inventory any more, so it cannot be asked.`;
    return finishFix(world, a, bound, { outcome: "interrupted", why, verification: [] });
  }
  const line = fixLine(world, host, bound);
  try {
    const verified = await verifyFix(line, bound.verify, world.clock, undefined);
    const after = await diagnoseAgain(world, a, bound);
    const judged = judge(bound, verified, after, true);
    const trouble = line.trouble();
    const backup = judged.outcome === "fixed" ? "" : sayUnsure(bound.edit, bound.runId);
    const unreached =
      judged.outcome === "interrupted" && trouble !== undefined ? `${trouble.message} ${trouble.hint}` : "";
    const why = [cut, judged.why, unreached, backup].filter((s) => s !== "").join(" ");
    await tellSyslog(line, a, judged.outcome);
    return await finishFix(world, a, bound, {
      outcome: judged.outcome,
      why,
      verification: verificationPoints(bound, verified, after),
    });
  } finally {
    await line.drop();
  }
}

function sayCut(bound: BoundFix, progress: FixProgress): string {
  const { all, preconditions } = sequenceOf(bound);
  const ended = progress.ended.filter((i) => i >= preconditions).length;
  const known = `${ended} of ${all.length - preconditions} commands are known to have ended`;
  const back = progress.rollbackBegun ? ", and taking it back had begun" : "";
  return `It was cut off in the middle (${known}${back}); nothing was run a second time.`;
}
