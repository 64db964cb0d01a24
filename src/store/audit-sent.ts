import type { Kysely } from "kysely";
import type { KeptEntry } from "../workflows/keeping-store.ts";
import { toEntry } from "./audit.ts";
import type { Database } from "./schema.ts";

/** The entries after a number, oldest first. */
export async function auditAfter(db: Kysely<Database>, seq: number, limit: number): Promise<KeptEntry[]> {
  const rows = await db
    .selectFrom("audit")
    .selectAll()
    .where("seq", ">", seq)
    .orderBy("seq")
    .limit(limit)
    .execute();
  return rows.map((row) => ({ ...toEntry(row), seq: row.seq, hash: row.hash }));
}

/** @returns the number of the last entry that the sink has; 0: none */
export async function auditSent(db: Kysely<Database>, sink: string): Promise<number> {
  const row = await db.selectFrom("audit_sent").select("seq").where("sink", "=", sink).executeTakeFirst();
  return row?.seq ?? 0;
}

/** Moves a sink's position forward, never back. */
export async function markAuditSent(
  db: Kysely<Database>,
  sink: string,
  seq: number,
  at: number,
): Promise<void> {
  await db
    .insertInto("audit_sent")
    .values({ sink, seq, at })
    .onConflict((c) => c.column("sink").doUpdateSet({ seq, at }).where("audit_sent.seq", "<", seq))
    .execute();
}

/** @returns the number up to which every one of the sinks has the log; without sinks, the largest there is */
export async function sentToAll(db: Kysely<Database>, sinks: readonly string[]): Promise<number> {
  const sent = await Promise.all(sinks.map((sink) => auditSent(db, sink)));
  return Math.min(Number.MAX_SAFE_INTEGER, ...sent);
}

/** @returns how many of the kept entries each sink has not got */
export async function auditBehind(
  db: Kysely<Database>,
  sinks: readonly string[],
): Promise<ReadonlyMap<string, number>> {
  const behind = new Map<string, number>();
  for (const sink of sinks) {
    const { n } = await db
      .selectFrom("audit")
      .select((e) => e.fn.countAll().as("n"))
      .where("seq", ">", await auditSent(db, sink))
      .executeTakeFirstOrThrow();
    behind.set(sink, Number(n));
  }
  return behind;
}
