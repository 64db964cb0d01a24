import type { Kysely } from "kysely";
import type { Overdue } from "../workflows/channel-store.ts";
import type { Database } from "./schema.ts";

/**
 * Messages that wait although they were put before the given moment, the oldest first, put off ones included.
 * @param words at least one of them stands in the body
 */
export async function readOverdue(
  db: Kysely<Database>,
  before: number,
  words: readonly string[],
  limit: number,
): Promise<Overdue[]> {
  const rows = await db
    .selectFrom("outbox")
    .select(["key", "channel", "body", "created_at"])
    .where("state", "=", "pending")
    .where("created_at", "<", before)
    .where((eb) => eb.or(words.map((word) => eb("body", "like", `%${word}%`))))
    .orderBy("created_at")
    .limit(limit)
    .execute();
  return rows.map((r) => ({ key: r.key, channel: r.channel, body: r.body, createdAt: r.created_at }));
}
