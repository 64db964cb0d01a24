import type { Diagnosis } from "../domain/diagnosis.ts";
import type { Run } from "../domain/run.ts";
import type { Ids, StoreTx } from "./ports.ts";

/** What the outbox carries for a run: one message, updated from "queued" to the verdict. */
export interface RunBody {
  readonly kind: "run";
  readonly runId: string;
  readonly host: string;
  readonly actor: string;
  readonly state: "queued" | "running" | "done" | "failed";
  readonly progress?: string;
  readonly diagnosis?: Diagnosis;
  /** Said when the run itself failed: nothing is known of the host then. */
  readonly failure?: string;
}

/** The key of a run's message; approvals and follow-ups are posted in its thread. */
export const runKey = (runId: string): string => `run:${runId}`;

/** Lets the message of an ended run be drawn anew: what is true of it has changed. */
export async function putVerdict(
  tx: Pick<StoreTx, "putOutbox">,
  { ids }: { readonly ids: Ids },
  run: Run & { readonly diagnosis?: Diagnosis },
  createdAt: number,
): Promise<void> {
  const { id: runId, request, destination, diagnosis, actor } = run;
  if (destination === undefined || diagnosis === undefined) return;
  const body: RunBody = { kind: "run", runId, host: request.host, actor: actor.id, state: "done", diagnosis };
  const { channel } = destination;
  await tx.putOutbox({
    id: ids.next("msg"),
    channel,
    key: runKey(runId),
    body: JSON.stringify(body),
    createdAt,
  });
}
