import type { Kysely, Selectable } from "kysely";
import type { OutboxEnd, OutboxMessage } from "../workflows/ports.ts";
import type { Database, OutboxTable } from "./schema.ts";

async function nextPos(db: Kysely<Database>, channel: string): Promise<number> {
  // The row's lock orders the positions as the transactions commit, on both engines.
  const row = await db
    .insertInto("outbox_channel")
    .values({ channel, last_pos: 1 })
    .onConflict((c) =>
      c.column("channel").doUpdateSet((e) => ({ last_pos: e("outbox_channel.last_pos", "+", 1) })),
    )
    .returning("last_pos")
    .executeTakeFirstOrThrow();
  return row.last_pos;
}

/**
 * Puts a message at the end of its channel. A newer revision of one that still waits takes its place in
 * the order; the older row is kept as "replaced", because it may be on its way to the wire just now.
 */
export async function putOutbox(db: Kysely<Database>, message: Omit<OutboxMessage, "ts">): Promise<void> {
  const end = await nextPos(db, message.channel);
  const replaced = await db
    .updateTable("outbox")
    .set({ state: "replaced" })
    .where("key", "=", message.key)
    .where("state", "=", "pending")
    .returning(["pos", "channel"])
    .executeTakeFirst();
  await insertMessage(db, message, replaced?.channel === message.channel ? replaced.pos : end);
}

async function insertMessage(
  db: Kysely<Database>,
  message: Omit<OutboxMessage, "ts">,
  pos: number,
): Promise<void> {
  await db
    .insertInto("outbox")
    .values({
      id: message.id,
      channel: message.channel,
      pos,
      key: message.key,
      thread_key: message.threadKey ?? null,
      body: message.body,
      created_at: message.createdAt,
      state: "pending",
      attempts: 0,
      due_at: message.createdAt,
      error: null,
    })
    .execute();
}

function toMessage(row: Selectable<OutboxTable> & { readonly ts: string | null }): OutboxMessage {
  return {
    id: row.id,
    channel: row.channel,
    key: row.key,
    body: row.body,
    createdAt: row.created_at,
    ...(row.thread_key === null ? {} : { threadKey: row.thread_key }),
    ...(row.ts === null ? {} : { ts: row.ts }),
  };
}

/**
 * What waits, channel by channel in order; a channel whose first message is put off waits as a whole.
 * @param without channels that are being served already: a long queue in one must not hide the others
 * @returns at most `limit` messages; `ts` is set where an earlier revision was posted
 */
export async function outboxDue(
  db: Kysely<Database>,
  limit: number,
  now: number,
  without: readonly string[] = [],
): Promise<OutboxMessage[]> {
  let query = db
    .selectFrom("outbox as o")
    .leftJoin("outbox_key as k", "k.key", "o.key")
    // Once a channel, not once a message: thousands wait when Slack was away.
    .leftJoin(
      (q) =>
        q
          .selectFrom("outbox")
          .select(["channel", (e) => e.fn.min("pos").as("pos")])
          .where("state", "=", "pending")
          .where("due_at", ">", now)
          .groupBy("channel")
          .as("off"),
      (join) => join.onRef("off.channel", "=", "o.channel"),
    )
    .selectAll("o")
    .select("k.ts")
    .where("o.state", "=", "pending")
    .where((w) => w.or([w("off.pos", "is", null), w("o.pos", "<", w.ref("off.pos"))]));
  if (without.length > 0) query = query.where("o.channel", "not in", without);
  const rows = await query.orderBy("o.channel").orderBy("o.pos").limit(limit).execute();
  return rows.map(toMessage);
}

/** The message `id` stands in its channel as `ts`. A revision that came meanwhile stays pending and will update it. */
export async function outboxSent(db: Kysely<Database>, id: string, ts: string, now: number): Promise<void> {
  const row = await db
    .deleteFrom("outbox")
    .where("id", "=", id)
    .returning(["key", "channel", "state", "pos"])
    .executeTakeFirst();
  if (row === undefined) return;
  await db
    .insertInto("outbox_key")
    .values({ key: row.key, channel: row.channel, ts, sent_at: now })
    .onConflict((c) => c.column("key").doUpdateSet({ channel: row.channel, ts, sent_at: now }))
    .execute();
  if (row.state === "pending") {
    await db.deleteFrom("outbox").where("key", "=", row.key).where("state", "=", "replaced").execute();
  }
}

/**
 * The message could not be delivered.
 * @param retryAt epoch milliseconds, or undefined: it never can be, the ones behind it go on
 */
export async function outboxFailed(
  db: Kysely<Database>,
  id: string,
  error: string,
  retryAt?: number,
): Promise<void> {
  await db
    .updateTable("outbox")
    .set((e) => ({
      attempts: e("attempts", "+", 1),
      error,
      ...(retryAt === undefined ? { state: "dead" } : { due_at: retryAt }),
    }))
    .where("id", "=", id)
    .where("state", "=", "pending")
    .execute();
}

/**
 * Gives up a message that waits. What is said instead in the same channel takes its place in the order.
 * @returns undefined when it waits no longer; else what is left to be put, in another channel
 */
export async function endOutbox(
  db: Kysely<Database>,
  id: string,
  { state, error, at }: OutboxEnd,
  instead?: Omit<OutboxMessage, "ts">,
): Promise<readonly Omit<OutboxMessage, "ts">[] | undefined> {
  const ended = await db
    .updateTable("outbox")
    .set({ state, error, due_at: at })
    .where("id", "=", id)
    .where("state", "=", "pending")
    .returning(["channel", "pos"])
    .executeTakeFirst();
  if (ended === undefined) return undefined;
  if (instead === undefined) return [];
  if (instead.channel !== ended.channel) return [instead];
  await insertMessage(db, instead, ended.pos);
  return [];
}

/** Where the message of this key stands. */
export async function outboxTs(
  db: Kysely<Database>,
  key: string,
): Promise<{ readonly channel: string; readonly ts: string } | undefined> {
  return db.selectFrom("outbox_key").select(["channel", "ts"]).where("key", "=", key).executeTakeFirst();
}
