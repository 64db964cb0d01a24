import type { Diagnosis } from "../domain/diagnosis.ts";

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
