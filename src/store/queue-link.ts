import type { Kysely, Transaction } from "kysely";
import type { Queue, StoreTx } from "../workflows/ports.ts";
import type { Engine } from "./migrations.ts";
import type { Database } from "./schema.ts";

export type NewJob = Parameters<StoreTx["enqueue"]>[0];

/** What the store lends its queue, so that jobs live in the same database and transactions. */
interface QueueLink {
  readonly engine: Engine;
  readonly db: Kysely<Pick<Database, "job">>;
  /** The connection string, on PostgreSQL. */
  readonly url?: string;
  readonly now: () => number;
  /** Told of what nobody waits for: a poll that failed, a job that died. */
  readonly onError: (error: unknown) => void;
}

/** The queue as the store uses it. */
export interface QueueEngine {
  readonly queue: Queue;
  /** Inside the caller's transaction: a rollback leaves no job. */
  enqueue(trx: Transaction<Pick<Database, "job">>, job: NewJob): Promise<void>;
  /** Called after a commit that enqueued: whoever works in this process looks at once. */
  wake(): void;
  /** Called when this process became a bot: on SQLite, where there is one, what its predecessor held is free. */
  claimed(holder: string): Promise<void>;
  close(): Promise<void>;
}

export type OpenQueue = (link: QueueLink) => Promise<QueueEngine>;
