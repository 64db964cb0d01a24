import type { Approval } from "../domain/approval.ts";
import { callBody, callKey, putCall } from "../workflows/call-approvers.ts";
import { OFFER_MS, readApproved } from "../workflows/fix-offer.ts";
import { putVerdict, runKey } from "../workflows/run-message.ts";
import { toldKey } from "./instead.ts";
import type { Body } from "./outgoing.ts";
import type { SlackWorld } from "./world.ts";

/**
 * Puts the messages of runs whose buttons have lost their meaning into the outbox again: the run whose fix was
 * decided, and older runs of a host that has just been diagnosed anew.
 */
export async function refreshAfter(world: SlackWorld, body: Body): Promise<void> {
  if (body.kind === "approval") {
    const approval = await world.store.approval(body.approvalId);
    if (approval === undefined || approval.state === "requested") return;
    await redraw(world, approval.runId);
    await redrawCall(world, approval);
    return;
  }
  if (body.kind !== "run" || body.state !== "done") return;
  const runs = await world.store.runs({ host: body.host, limit: 20 });
  const [newest, ...older] = runs.filter((r) => r.state === "done" && r.destination !== undefined);
  if (newest?.id !== body.runId) return;
  const since = world.clock.now() - (world.runs.offerMs ?? OFFER_MS);
  // The one before it still says "now"; those before that have been replaced already, but for their buttons.
  const stale = older.filter(
    (r, i) =>
      r.createdAt > since &&
      (r.diagnosis?.fixes.some((f) => f.offered) === true || (i === 0 && r.diagnosis?.verdict !== "healthy")),
  );
  for (const run of stale) await redraw(world, run.id);
}

/** Whoever was called learns that it is decided. */
async function redrawCall(world: SlackWorld, approval: Approval): Promise<void> {
  const at = await world.store.outboxTs(callKey(approval.id));
  const group = world.fixes.onCall?.group;
  const read = await readApproved(world.store, approval);
  if (at === undefined || group === undefined || read.kind === "broken") return;
  const body = callBody(approval, read.bound, group);
  await world.store.transaction((tx) => putCall(tx, world.runs, at.channel, body));
}

async function redraw(world: SlackWorld, runId: string): Promise<void> {
  const run = await world.store.run(runId);
  if (run?.destination === undefined || run.diagnosis === undefined) return;
  const key = runKey(runId);
  if (
    (await world.store.outboxTs(key)) === undefined &&
    (await world.store.outboxTs(toldKey(key))) === undefined
  )
    return;
  await world.store.transaction((tx) => putVerdict(tx, world.runs, run, world.clock.now()));
}
