import type { Kysely } from "kysely";
import type { LostMessage } from "../workflows/channel-store.ts";
import type { Database } from "./schema.ts";

/** Messages that were given up and reached nobody since the moment, the newest first. */
export async function readLost(db: Kysely<Database>, since: number, limit: number): Promise<LostMessage[]> {
  const rows = await db
    .selectFrom("outbox as o")
    .select(["o.channel", "o.key", "o.body", "o.error", "o.due_at as at", "o.created_at as createdAt"])
    .select((e) =>
      e
        .selectFrom("outbox_key as k")
        .select((k) => k.fn.max("k.sent_at").as("sent"))
        .whereRef("k.channel", "=", "o.channel")
        .as("sent"),
    )
    .where("o.state", "=", "lost")
    .where("o.due_at", ">=", since)
    .orderBy("o.due_at", "desc")
    .limit(limit)
    .execute();
  return rows.map(({ sent, error, ...row }) => ({
    ...row,
    error: error ?? "",
    delivered: sent !== null && sent > row.at,
  }));
}
