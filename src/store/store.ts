import { randomUUID } from "node:crypto";
import type { Kysely, Transaction } from "kysely";
import type { ChannelStore } from "../workflows/channel-store.ts";
import type { KeepingStore } from "../workflows/keeping-store.ts";
import type { Clock } from "../workflows/ports.ts";
import { listApprovals, readApproval } from "./approvals.ts";
import type { Head } from "./audit-chain.ts";
import type { HeadAnchor } from "./audit-head.ts";
import { auditAfter, auditBehind, auditSent, markAuditSent } from "./audit-sent.ts";
import { auditHashAt, purgeAudit } from "./audit-start.ts";
import { verifyAudit } from "./audit-verify.ts";
import { auditTrail } from "./audit.ts";
import { readBundle } from "./bundles.ts";
import { channelReads } from "./channels.ts";
import { claimInstance, type Claim } from "./instance.ts";
import { readJournal } from "./journal.ts";
import { claimTick, releaseLease, takeLease } from "./leases.ts";
import type { Engine } from "./migrations.ts";
import { listOffers, readOffer } from "./offers.ts";
import { outboxDue, outboxFailed, outboxSent, outboxTs } from "./outbox.ts";
import { purgeRows } from "./purge.ts";
import type { QueueEngine } from "./queue-link.ts";
import { listRuns, openRuns, readRun } from "./runs.ts";
import type { Database } from "./schema.ts";
import { statements } from "./transaction.ts";

/** What the store is made of. */
export interface StoreParts {
  readonly db: Kysely<Database>;
  /** For what only reads; on PostgreSQL the same pool. */
  readonly reads: Kysely<Database>;
  readonly engine: Engine;
  /** The SQLite file. */
  readonly file?: string;
  readonly jobs: QueueEngine;
  readonly auditKey: Buffer;
  readonly anchor: HeadAnchor;
  readonly clock: Clock;
  readonly onError: (error: unknown) => void;
}

/** @returns the Store over an open, migrated database. Every write runs in a transaction, on both engines. */
export function makeStore(parts: StoreParts): ChannelStore & KeepingStore {
  const { db, reads, jobs, clock, anchor, auditKey } = parts;
  let holder = `process/${randomUUID()}`;
  let claim: Claim | undefined;
  const writing = <T>(work: (trx: Transaction<Database>) => Promise<T>): Promise<T> =>
    db.transaction().execute(work);
  // Neither engine lets others' commits into such a transaction; SQLite has but this level.
  const inSnapshot = <T>(work: (trx: Transaction<Database>) => Promise<T>): Promise<T> =>
    parts.engine === "sqlite"
      ? reads.transaction().execute(work)
      : reads.transaction().setIsolationLevel("repeatable read").execute(work);
  const anchored = async (head: Head | undefined): Promise<void> => {
    if (head === undefined) return;
    try {
      await anchor.write(head, (seq) => auditHashAt(reads, auditKey, seq));
    } catch (error) {
      // The entry is committed all the same; verify says where the anchor stands.
      parts.onError(error);
    }
  };
  return {
    ...channelReads(parts.reads, parts.engine),
    transaction: async (work) => {
      const { value, after } = await writing(async (trx) => {
        const { tx, flush } = statements(trx, jobs, auditKey);
        const value = await work(tx);
        return { value, after: await flush() };
      });
      if (after.enqueued) jobs.wake();
      await anchored(after.head);
      return value;
    },
    run: (id) => readRun(reads, id),
    runs: (filter) => listRuns(reads, filter),
    openRuns: (host) => openRuns(reads, host),
    bundle: (runId) => readBundle(reads, runId),
    offer: (runId, fixId) => readOffer(reads, runId, fixId),
    offers: (runId) => listOffers(reads, runId),
    approval: (id) => readApproval(reads, id),
    approvals: (filter) => listApprovals(reads, filter),
    journal: (approvalId) => readJournal(reads, approvalId),
    lease: (name, owner, ms) =>
      writing((trx) => takeLease(trx, { name, owner, holder, until: clock.now() + ms }, clock.now())),
    release: (name, owner) => writing((trx) => releaseLease(trx, name, owner)),
    claimTick: (schedule, dueAt) => writing((trx) => claimTick(trx, schedule, dueAt, clock.now())),
    outboxDue: (limit, without) => outboxDue(reads, limit, clock.now(), without),
    outboxSent: (id, ts) => writing((trx) => outboxSent(trx, id, ts, clock.now())),
    outboxFailed: (id, error, retryAt) => writing((trx) => outboxFailed(trx, id, error, retryAt)),
    outboxTs: (key) => outboxTs(reads, key),
    auditTrail: (filter) => auditTrail(reads, filter),
    auditVerify: (posted) => inSnapshot((trx) => verifyAudit(trx, auditKey, anchor, posted)),
    auditAfter: (seq, limit) => auditAfter(reads, seq, limit),
    auditSent: (sink) => auditSent(reads, sink),
    markAuditSent: (sink, seq) => writing((trx) => markAuditSent(trx, sink, seq, clock.now())),
    auditBehind: (sinks) => auditBehind(reads, sinks),
    purgeAudit: async (q) => {
      const { removed, head } = await writing((trx) => purgeAudit(trx, auditKey, q));
      await anchored(head);
      return removed;
    },
    purge: (q) => writing((trx) => purgeRows(trx, parts.engine, q)),
    claimInstance: async (name) => {
      if (claim !== undefined) throw new Error(`This process has already claimed ${name}.`);
      const { file } = parts;
      claim = await claimInstance(db, {
        name,
        now: () => clock.now(),
        ...(file === undefined ? {} : { file }),
      });
      holder = `bot/${randomUUID()}`;
      if (file !== undefined) {
        await writing((trx) => trx.deleteFrom("lease").where("holder", "like", "bot/%").execute());
      }
      await jobs.claimed(holder);
    },
    close: async () => {
      await jobs.close();
      await claim?.end();
      claim = undefined;
      await Promise.all([db.destroy(), reads.destroy()]);
    },
  };
}
