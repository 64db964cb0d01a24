import type { QueueEngine, QueueLink } from "./link.ts";
import { sqliteQueue } from "./sqlite-queue.ts";

/**
 * Opens the queue that lives in the store's database: pg-boss on PostgreSQL, a table on SQLite.
 * @throws the driver's error when the database cannot be used
 */
export async function openQueue(link: QueueLink): Promise<QueueEngine> {
  if (link.engine === "sqlite") return sqliteQueue(link);
  // Loaded where there is a PostgreSQL: pg-boss takes a fifth of a second.
  const { postgresQueue } = await import("./postgres-queue.ts");
  return postgresQueue(link);
}
