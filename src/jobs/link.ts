import type { Kysely, Transaction } from "kysely";
import type { JobKind, Queue, StoreTx } from "../workflows/ports.ts";

export type NewJob = Parameters<StoreTx["enqueue"]>[0];

/** The queue's table on SQLite, made by the store's migrations. */
export interface JobTables {
  job: {
    id: string;
    kind: JobKind;
    ref: string;
    singleton: string | null;
    /** queued, active or dead; a finished job's row is deleted */
    state: "queued" | "active" | "dead";
    due_at: number;
    attempts: number;
    lease_owner: string | null;
    lease_until: number;
    error: string | null;
    created_at: number;
  };
}

/** What the store lends the queue: its database and its transactions. */
export interface QueueLink {
  readonly engine: "sqlite" | "postgres";
  readonly db: Kysely<JobTables>;
  /** The connection string, on PostgreSQL. */
  readonly url?: string;
  readonly now: () => number;
  /** Told of what nobody waits for: a poll that failed, a job that died. */
  readonly onError: (error: unknown) => void;
}

/** What the store calls, beside the port. */
export interface QueueEngine {
  readonly queue: Queue;
  enqueue(trx: Transaction<JobTables>, job: NewJob): Promise<void>;
  wake(): void;
  claimed(holder: string): Promise<void>;
  close(): Promise<void>;
}
