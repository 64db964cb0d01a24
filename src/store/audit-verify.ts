import type { Kysely } from "kysely";
import { entryHash, GENESIS, headMac, sameHex, type Head } from "./audit-chain.ts";
import type { HeadAnchor } from "./audit-head.ts";
import { type AuditStart, readAuditStart } from "./audit-start.ts";
import { toEntry } from "./audit.ts";
import type { Database } from "./schema.ts";

const PAGE = 500;

export interface AuditVerdict {
  /** How many are kept. */
  readonly entries: number;
  /** The last entry that a signed purge removed, and its time: the chain is proven from the next one on. */
  readonly purged?: { readonly upTo: number; readonly at: number };
  /** The number of the first entry that was rewritten, removed, moved or cut off. */
  readonly brokenAt?: number;
  /** What is wrong there, in a sentence. */
  readonly because?: string;
  readonly head: string;
  /** Said when the chain holds but its end could not be checked from outside. */
  readonly unanchored?: string;
}

/**
 * Walks the chain from its first kept entry, then compares its end with the anchors in the table and beside the key.
 * Run inside one transaction, so that appends do not move the end meanwhile.
 * @param posted a head that was said where nobody can change it: it outweighs all that this machine has
 */
export async function verifyAudit(
  db: Kysely<Database>,
  key: Buffer,
  anchor: HeadAnchor,
  posted?: Head,
): Promise<AuditVerdict> {
  const anchors = await anchorsBySeq(db, key, anchor);
  if (typeof anchors === "string") return { entries: 0, brokenAt: 1, because: anchors, head: GENESIS };
  const start = await readAuditStart(db, key);
  if (start === "forged")
    return {
      entries: 0,
      brokenAt: 1,
      because: "The note of which entries were purged was not written with this key.",
      head: GENESIS,
    };
  if (posted !== undefined) anchors.set(posted.seq, posted.hash);
  let head: Head = start;
  const purged = start.seq === 0 ? {} : { purged: { upTo: start.seq, at: start.at } };
  const broken = (because: string): AuditVerdict => ({
    entries: head.seq - start.seq,
    ...purged,
    brokenAt: head.seq + 1,
    because,
    head: head.hash,
  });
  if (differs(start, anchors)) return broken(`Entry ${start.seq} was purged, but differs from its anchor.`);
  for (;;) {
    const rows = await db
      .selectFrom("audit")
      .selectAll()
      .where("seq", ">", head.seq)
      .orderBy("seq")
      .limit(PAGE)
      .execute();
    for (const row of rows) {
      const seq = head.seq + 1;
      if (row.seq !== seq) return broken(`Entry ${seq} is missing.`);
      const hash = entryHash(key, head.hash, seq, toEntry(row));
      if (!sameHex(hash, row.hash))
        return broken(`Entry ${seq} is not what was written, or another key wrote it.`);
      const anchored = anchors.get(seq);
      if (anchored !== undefined && !sameHex(anchored, hash))
        return broken(`Entry ${seq} differs from its anchor.`);
      head = { seq, hash };
    }
    if (rows.length < PAGE) break;
  }
  const last = Math.max(0, ...anchors.keys());
  if (last > head.seq) return broken(`The log ends at entry ${head.seq}, but ${last} was anchored.`);
  const verdict = { entries: head.seq - start.seq, ...purged, head: head.hash };
  if (posted !== undefined && posted.seq < start.seq)
    return {
      ...verdict,
      unanchored: `Entry ${posted.seq} was purged: it cannot be compared with what was posted.`,
    };
  if (head.seq === 0 || posted !== undefined || anchor.read() !== undefined) return verdict;
  return {
    ...verdict,
    unanchored: `There is no anchor at ${anchor.path}: entries cut off the end would not be missed.`,
  };
}

function differs(start: AuditStart, anchors: ReadonlyMap<number, string>): boolean {
  const anchored = anchors.get(start.seq);
  return anchored !== undefined && !sameHex(anchored, start.hash);
}

/** @returns hash by number of every anchor, or a sentence when one is forged */
async function anchorsBySeq(
  db: Kysely<Database>,
  key: Buffer,
  anchor: HeadAnchor,
): Promise<Map<number, string> | string> {
  const known = new Map<number, string>();
  const beside = anchor.read();
  if (beside === "forged") return `The anchor ${anchor.path} was not written with this key.`;
  for (const row of await db.selectFrom("audit_anchor").selectAll().execute()) {
    if (!sameHex(row.mac, headMac(key, row)))
      return `The anchor of entry ${row.seq} was not written with this key.`;
    known.set(row.seq, row.hash);
  }
  const stored = await db.selectFrom("audit_head").select(["seq", "hash"]).executeTakeFirst();
  if (stored === undefined) return "The log's head is missing.";
  if (stored.seq > 0) known.set(stored.seq, stored.hash);
  // Last: what stands outside the database outweighs what is inside.
  if (beside !== undefined && beside.seq > 0) known.set(beside.seq, beside.hash);
  return known;
}
