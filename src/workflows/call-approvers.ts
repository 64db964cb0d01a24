import type { Approval } from "../domain/approval.ts";
import type { BoundFix } from "../domain/fix.ts";
import type { Run } from "../domain/run.ts";
import { readApproved } from "./fix-offer.ts";
import { record, runKey } from "./fix-record.ts";
import { type FixWorld, settingsOf } from "./fix-world.ts";
import type { StoreTx } from "./ports.ts";

/** An approval that nobody has decided by then is brought to the people on call, in milliseconds after the press. */
const CALL_AFTER_MS = 3 * 60_000;

/** What the outbox carries when the people on call are asked to decide. */
export interface CallBody {
  readonly kind: "call";
  readonly approvalId: string;
  readonly runId: string;
  readonly host: string;
  readonly title: string;
  readonly risk: string;
  /** The Slack user group that is mentioned. */
  readonly group: string;
}

export const callKey = (approvalId: string): string => `call:${approvalId}`;

/** Plans the call in the transaction of the press; where nobody is named, or it would come too late, none. */
export async function planCall(
  tx: StoreTx,
  world: FixWorld,
  a: Approval,
  run: Run | undefined,
): Promise<void> {
  if (world.onCall === undefined || run?.destination === undefined) return;
  if (CALL_AFTER_MS >= settingsOf(world).approvalMs) return;
  await tx.enqueue({
    kind: "call-approvers",
    ref: a.id,
    dueAt: a.requestedAt + CALL_AFTER_MS,
    singleton: callKey(a.id),
  });
}

/**
 * The job call-approvers: mentions the on-call group in the run's thread, once, while the approval still waits and the
 * host is not silenced.
 * @returns whether they were called
 */
export async function callApprovers(world: FixWorld, approvalId: string): Promise<boolean> {
  const { store, onCall } = world;
  const a = await store.approval(approvalId);
  if (onCall === undefined || a?.state !== "requested" || a.expiresAt <= world.clock.now()) return false;
  if ((await world.silenced?.(a.host)) === true) return false;
  const run = await store.run(a.runId);
  const read = await readApproved(store, a);
  // A job may be delivered twice; a message is posted once.
  if (run?.destination === undefined || read.kind === "broken") return false;
  if ((await store.outboxTs(callKey(a.id))) !== undefined) return false;
  const { channel } = run.destination;
  await store.transaction(async (tx) => {
    await record(tx, world, a, "bot", "approval.call", { group: onCall.group });
    await putCall(tx, world, channel, callBody(a, read.bound, onCall.group));
  });
  return true;
}

/** Puts the call into the thread of its run, or a new revision of it. */
export async function putCall(
  tx: StoreTx,
  world: Pick<FixWorld, "clock" | "ids">,
  channel: string,
  body: CallBody,
): Promise<void> {
  await tx.putOutbox({
    id: world.ids.next("msg"),
    channel,
    key: callKey(body.approvalId),
    threadKey: runKey(body.runId),
    body: JSON.stringify(body),
    createdAt: world.clock.now(),
  });
}

/** What the call says of an approval. */
export function callBody(a: Approval, { fix }: BoundFix, group: string): CallBody {
  const { id: approvalId, runId, host } = a;
  return { kind: "call", approvalId, runId, host, title: fix.title, risk: fix.risk, group };
}
