import type { Kysely, Selectable } from "kysely";
import type { KeptEntry } from "../workflows/keeping-store.ts";
import type { AuditEntry } from "../workflows/ports.ts";
import { entryHash, headMac, type Head } from "./audit-chain.ts";
import { fromJson } from "./json.ts";
import type { AuditTable, Database } from "./schema.ts";

/** Every so many entries the head is also anchored in a table. */
const ANCHOR_EVERY = 64;

/** @returns the entry as it was hashed */
export function toEntry(row: Selectable<AuditTable>): AuditEntry {
  return {
    at: row.at,
    actor: row.actor,
    via: row.via,
    action: row.action,
    detail: fromJson(row.detail),
    ...(row.host === null ? {} : { host: row.host }),
    ...(row.run_id === null ? {} : { runId: row.run_id }),
    ...(row.approval_id === null ? {} : { approvalId: row.approval_id }),
    ...(row.digest === null ? {} : { digest: row.digest }),
  };
}

/**
 * Appends entries at the end of a transaction. The head's row lock makes appends wait for one another on
 * both engines, so the numbers have no gaps and the chain no fork.
 * @returns the new head
 */
export async function appendAudit(
  db: Kysely<Database>,
  key: Buffer,
  entries: readonly AuditEntry[],
): Promise<Head> {
  let head = await db
    .updateTable("audit_head")
    .set((e) => ({ seq: e("seq", "+", entries.length) }))
    .where("id", "=", 1)
    .returning(["seq", "hash"])
    .executeTakeFirstOrThrow();
  head = { seq: head.seq - entries.length, hash: head.hash };
  for (const given of entries) {
    // What is hashed is what can be read back: dates, undefined and the like are settled by JSON first.
    const entry: AuditEntry = {
      ...given,
      detail: fromJson<AuditEntry["detail"]>(JSON.stringify(given.detail)),
    };
    const seq = head.seq + 1;
    head = { seq, hash: entryHash(key, head.hash, seq, entry) };
    await db
      .insertInto("audit")
      .values({
        seq,
        at: entry.at,
        actor: entry.actor,
        via: entry.via,
        action: entry.action,
        host: entry.host ?? null,
        run_id: entry.runId ?? null,
        approval_id: entry.approvalId ?? null,
        digest: entry.digest ?? null,
        detail: JSON.stringify(entry.detail),
        hash: head.hash,
      })
      .execute();
    if (seq % ANCHOR_EVERY === 0) {
      await db
        .insertInto("audit_anchor")
        .values({ ...head, at: entry.at, mac: headMac(key, head) })
        .execute();
    }
  }
  await db.updateTable("audit_head").set({ hash: head.hash }).where("id", "=", 1).execute();
  return head;
}

/** Newest first. */
export async function auditTrail(
  db: Kysely<Database>,
  filter: { readonly host?: string; readonly limit: number },
): Promise<KeptEntry[]> {
  let query = db.selectFrom("audit").selectAll();
  if (filter.host !== undefined) query = query.where("host", "=", filter.host);
  const rows = await query.orderBy("seq", "desc").limit(filter.limit).execute();
  return rows.map((row) => ({ ...toEntry(row), seq: row.seq, hash: row.hash }));
}
