import type { Approval } from "../domain/approval.ts";
import type { BoundFix } from "../domain/fix.ts";
import type { Actor, Run } from "../domain/run.ts";
import { type ApprovalNote, noteOf } from "../wording/approval.ts";
import type { FixWorld } from "./fix-world.ts";
import type { Clock, Ids, StoreTx } from "./ports.ts";

/** What the outbox carries for an approval: one message whose later revisions replace the earlier ones. */
export interface ApprovalBody {
  readonly kind: "approval";
  readonly approvalId: string;
  readonly note: ApprovalNote;
  /** It says only how far the fix is: its end follows. */
  readonly passing?: true;
}

const approvalKey = (approvalId: string): string => `approval:${approvalId}`;
export const runKey = (runId: string): string => `run:${runId}`;

/** Writes one entry about an approval to the audit log, in the caller's transaction; of somebody in Slack with the channel. */
export async function record(
  tx: StoreTx,
  world: { readonly clock: Clock },
  a: Approval,
  who: Pick<Actor, "id" | "via" | "channel"> | "bot",
  action: string,
  detail: Readonly<Record<string, unknown>> = {},
): Promise<void> {
  const from = who === "bot" || who.channel === undefined ? {} : { channel: who.channel };
  await tx.audit({
    at: world.clock.now(),
    actor: who === "bot" ? (a.decidedBy ?? a.requestedBy) : who.id,
    via: who === "bot" ? "bot" : who.via,
    action,
    host: a.host,
    runId: a.runId,
    approvalId: a.id,
    digest: a.digest,
    detail: { ...from, ...detail },
  });
}

/** Says the approval's present state in the thread of its run; a run without a destination is told nothing. */
export async function post(
  tx: StoreTx,
  world: { readonly clock: Clock; readonly ids: Ids },
  run: Run | undefined,
  a: Approval,
  bound: BoundFix | undefined,
  doing?: string,
): Promise<void> {
  if (run?.destination === undefined) return;
  const body: ApprovalBody = {
    kind: "approval",
    approvalId: a.id,
    note: noteOf(a, bound?.fix, doing),
    ...(doing === undefined ? {} : { passing: true }),
  };
  await tx.putOutbox({
    id: world.ids.next("msg"),
    channel: run.destination.channel,
    key: approvalKey(a.id),
    threadKey: runKey(a.runId),
    body: JSON.stringify(body),
    createdAt: world.clock.now(),
  });
}

/** Says what is going on right now: in the terminal at once, in the thread as a revision of the message. */
export async function tellStage(world: FixWorld, a: Approval, bound: BoundFix, doing: string): Promise<void> {
  world.progress?.({ approvalId: a.id, text: doing });
  const run = await world.store.run(a.runId);
  if (run?.destination === undefined) return;
  await world.store.transaction((tx) => post(tx, world, run, a, bound, doing));
}
