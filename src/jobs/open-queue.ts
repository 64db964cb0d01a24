import type { QueueEngine, QueueLink } from "./link.ts";
import { postgresQueue } from "./postgres-queue.ts";
import { sqliteQueue } from "./sqlite-queue.ts";

/**
 * Opens the queue that lives in the store's database: pg-boss on PostgreSQL, a table on SQLite.
 * @throws the driver's error when the database cannot be used
 */
export async function openQueue(link: QueueLink): Promise<QueueEngine> {
  return link.engine === "postgres" ? postgresQueue(link) : sqliteQueue(link);
}
