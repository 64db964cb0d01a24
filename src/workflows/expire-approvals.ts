import type { Approval } from "../domain/approval.ts";
import { readApproved } from "./fix-offer.ts";
import { post, record } from "./fix-record.ts";
import { type FixWorld, settingsOf } from "./fix-world.ts";
import { sayDuration } from "../wording/duration.ts";

/**
 * Ends one approval whose time is over: requested and undecided, or approved and not started in time (also after
 * an outage).
 * @returns the expired approval, or undefined when nothing was due
 */
export async function expireApproval(
  world: FixWorld,
  approvalId: string,
  because?: string,
): Promise<Approval | undefined> {
  const a = await world.store.approval(approvalId);
  if (a === undefined) return undefined;
  const at = world.clock.now();
  if (a.state === "requested") {
    return a.expiresAt <= at ? move(world, a, because ?? "Nobody decided in time.") : undefined;
  }
  const { startMs } = settingsOf(world);
  if (a.state !== "approved" || at < (a.decidedAt ?? a.requestedAt) + startMs) return undefined;
  return move(
    world,
    a,
    because ?? `It was approved, but could not start within ${sayDuration(startMs)}. Nothing was run.`,
  );
}

async function move(world: FixWorld, a: Approval, why: string): Promise<Approval | undefined> {
  const run = await world.store.run(a.runId);
  const read = await readApproved(world.store, a);
  return world.store.transaction(async (tx) => {
    const moved = await tx.moveApproval(a.id, a.state, "expired", { at: world.clock.now(), why });
    if (moved === undefined) return undefined;
    await record(tx, world, moved, "bot", "approval.expire", { from: a.state, why });
    await post(tx, world, run, moved, read.kind === "bound" ? read.bound : undefined);
    return moved;
  });
}

/** Ends all that are due: called when a bot starts. @returns those it ended */
export async function expireApprovals(world: FixWorld): Promise<Approval[]> {
  const ended: Approval[] = [];
  for (const a of await world.store.approvals({ state: ["requested", "approved"], limit: 1_000 })) {
    const gone = await expireApproval(world, a.id);
    if (gone !== undefined) ended.push(gone);
  }
  return ended;
}
