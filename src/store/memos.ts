import type { Kysely } from "kysely";
import type { MemoKind } from "../workflows/channel-store.ts";
import type { Database } from "./schema.ts";

/** Reads a memo and holds its row until the transaction ends: the write is what locks, on both engines. */
export async function lockMemo(db: Kysely<Database>, kind: MemoKind, key: string): Promise<unknown> {
  const row = await db
    .insertInto("memo")
    .values({ kind, key, body: "null", version: 0 })
    .onConflict((c) =>
      c.columns(["kind", "key"]).doUpdateSet((e) => ({ version: e("memo.version", "+", 1) })),
    )
    .returning("body")
    .executeTakeFirstOrThrow();
  return parsed(row.body);
}

export async function setMemo(
  db: Kysely<Database>,
  kind: MemoKind,
  key: string,
  value: unknown,
): Promise<void> {
  if (value === undefined) {
    await db.deleteFrom("memo").where("kind", "=", kind).where("key", "=", key).execute();
    return;
  }
  const body = JSON.stringify(value);
  await db
    .insertInto("memo")
    .values({ kind, key, body, version: 0 })
    .onConflict((c) => c.columns(["kind", "key"]).doUpdateSet({ body }))
    .execute();
}

/** Those with a value, by key. */
export async function listMemos(
  db: Kysely<Database>,
  kind: MemoKind,
): Promise<{ key: string; value: unknown }[]> {
  const rows = await db
    .selectFrom("memo")
    .select(["key", "body"])
    .where("kind", "=", kind)
    .orderBy("key")
    .execute();
  return rows.map((row) => ({ key: row.key, value: parsed(row.body) })).filter((m) => m.value !== undefined);
}

function parsed(body: string): unknown {
  const value: unknown = JSON.parse(body);
  return value ?? undefined;
}
