import type { Kysely } from "kysely";
import type { Database } from "./schema.ts";

const INTENT = -1;

async function write(
  db: Kysely<Database>,
  approvalId: string,
  idx: number,
  at: number,
  result: string,
): Promise<boolean> {
  const written = await db
    .insertInto("journal")
    .values({ approval_id: approvalId, idx, at, result })
    .onConflict((c) => c.columns(["approval_id", "idx"]).doNothing())
    .returning("idx")
    .execute();
  return written.length === 1;
}

/** Says that a fix is about to act. @returns false when it was said before: then it must not act again */
export async function journalIntent(db: Kysely<Database>, approvalId: string, at: number): Promise<boolean> {
  return write(db, approvalId, INTENT, at, "intent");
}

/** Says how command `index` (from 0) ended; what was said first stays. */
export async function journalStep(
  db: Kysely<Database>,
  approvalId: string,
  index: number,
  at: number,
  result: string,
): Promise<void> {
  if (index < 0) throw new RangeError(`A command's index is 0 or more, not ${index}.`);
  await write(db, approvalId, index, at, result);
}

/** @returns the ended commands in order, without the intent */
export async function readJournal(
  db: Kysely<Database>,
  approvalId: string,
): Promise<{ readonly index: number; readonly at: number; readonly result: string }[]> {
  const rows = await db
    .selectFrom("journal")
    .selectAll()
    .where("approval_id", "=", approvalId)
    .where("idx", ">=", 0)
    .orderBy("idx")
    .execute();
  return rows.map((r) => ({ index: r.idx, at: r.at, result: r.result }));
}
