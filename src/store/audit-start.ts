import type { Kysely } from "kysely";
import { entryHash, GENESIS, type Head, sameHex, startMac } from "./audit-chain.ts";
import { appendAudit, toEntry } from "./audit.ts";
import { sentToAll } from "./audit-sent.ts";
import type { Database } from "./schema.ts";

/** The last purged entry, from which the kept chain goes on; `at` is that entry's time. */
export type AuditStart = Head & { readonly at: number };

/** @returns where the chain begins; seq 0: at its first entry; "forged" when this key did not sign it */
export async function readAuditStart(db: Kysely<Database>, key: Buffer): Promise<AuditStart | "forged"> {
  const row = await db.selectFrom("audit_start").selectAll().where("id", "=", 1).executeTakeFirst();
  if (row === undefined) return { seq: 0, hash: GENESIS, at: 0 };
  if (!sameHex(row.mac, startMac(key, row))) return "forged";
  return { seq: row.seq, hash: row.hash, at: row.at };
}

/** @returns the hash of entry `seq`; "purged" when a signed purge removed it; undefined when it is not there */
export async function auditHashAt(
  db: Kysely<Database>,
  key: Buffer,
  seq: number,
): Promise<string | undefined> {
  const row = await db.selectFrom("audit").select("hash").where("seq", "=", seq).executeTakeFirst();
  if (row !== undefined) return row.hash;
  const start = await readAuditStart(db, key);
  if (start === "forged" || seq > start.seq) return undefined;
  return seq === start.seq ? start.hash : "purged";
}

/**
 * Removes the oldest entries, never one out of the middle, and signs where the chain goes on. Only entries that hold
 * go: otherwise the purge would make good what somebody changed.
 * @returns how many went, and the log's new head
 * @throws Error naming the entry that does not hold
 */
export async function purgeAudit(
  db: Kysely<Database>,
  key: Buffer,
  q: {
    readonly before: number;
    readonly now: number;
    readonly limit: number;
    readonly sinks: readonly string[];
  },
): Promise<{ readonly removed: number; readonly head?: Head }> {
  // The head's row lock: appends and another purge wait.
  await db
    .updateTable("audit_head")
    .set((e) => ({ seq: e.ref("seq") }))
    .where("id", "=", 1)
    .execute();
  const start = await readAuditStart(db, key);
  if (start === "forged") throw broken("The note of what was purged from the audit log is forged");
  const rows = await db
    .selectFrom("audit")
    .selectAll()
    .where("seq", "<=", await sentToAll(db, q.sinks))
    .orderBy("seq")
    .limit(q.limit)
    .execute();
  let end: AuditStart = start;
  for (const row of rows) {
    if (row.at >= q.before) break;
    const hash = entryHash(key, end.hash, row.seq, toEntry(row));
    if (row.seq !== end.seq + 1 || !sameHex(hash, row.hash))
      throw broken(`Entry ${end.seq + 1} of the audit log does not hold`);
    end = { seq: row.seq, hash, at: row.at };
  }
  const removed = end.seq - start.seq;
  if (removed === 0) return { removed };
  const signed = { ...end, mac: startMac(key, end) };
  await db
    .insertInto("audit_start")
    .values({ id: 1, ...signed })
    .onConflict((c) => c.column("id").doUpdateSet(signed))
    .execute();
  await db.deleteFrom("audit").where("seq", "<=", end.seq).execute();
  await db.deleteFrom("audit_anchor").where("seq", "<=", end.seq).execute();
  const detail = { upTo: end.seq, entries: removed, hash: end.hash };
  const entry = { at: q.now, actor: "bot", via: "bot", action: "audit.purge", detail };
  return { removed, head: await appendAudit(db, key, [entry]) };
}

function broken(what: string): Error {
  return new Error(`${what}, so nothing was purged: run 502 audit verify.`);
}
