import type { QueueEngine, QueueLink } from "./link.ts";
import { sqliteQueue } from "./sqlite-queue.ts";

/** Opens the queue that lives in the store's database. */
export async function openQueue(link: QueueLink): Promise<QueueEngine> {
  return sqliteQueue(link);
}
