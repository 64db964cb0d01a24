import type { Transaction } from "kysely";
import type { ChannelTx } from "../workflows/channel-store.ts";
import type { AuditEntry, OutboxMessage, StoreTx } from "../workflows/ports.ts";
import { addVote, insertApproval, moveApproval, supersedeApprovals } from "./approvals.ts";
import { appendAudit } from "./audit.ts";
import type { Head } from "./audit-chain.ts";
import { saveBundle } from "./bundles.ts";
import { channelStatements } from "./channels.ts";
import { journalIntent, journalStep } from "./journal.ts";
import { endOffers, insertOffers } from "./offers.ts";
import { endOutbox, putOutbox } from "./outbox.ts";
import type { NewJob, QueueEngine } from "./queue-link.ts";
import { finishRun, insertRun, startRun } from "./runs.ts";
import type { Database } from "./schema.ts";

/** What a committed transaction leaves to be done outside it. */
export interface AfterCommit {
  readonly enqueued: boolean;
  readonly head?: Head;
}

/**
 * One transaction's statements. Jobs, messages and audit entries are written at its end, in this order and
 * sorted: they take locks that other transactions wait for, so they are held shortly and never crosswise.
 */
export function statements(
  trx: Transaction<Database>,
  engine: QueueEngine,
  auditKey: Buffer,
): { readonly tx: StoreTx & ChannelTx; readonly flush: () => Promise<AfterCommit> } {
  const jobs: NewJob[] = [];
  const messages: Omit<OutboxMessage, "ts">[] = [];
  const entries: AuditEntry[] = [];
  const tx: StoreTx & ChannelTx = {
    ...channelStatements(trx),
    insertRun: (run) => insertRun(trx, run),
    startRun: (id) => startRun(trx, id),
    finishRun: (id, state, at, diagnosis) => finishRun(trx, id, state, at, diagnosis),
    saveBundle: (runId, bundle) => saveBundle(trx, runId, bundle),
    insertOffers: (offers) => insertOffers(trx, offers),
    supersede: async (host, exceptRunId, at) => {
      await endOffers(trx, host, exceptRunId, at);
      return supersedeApprovals(trx, host, exceptRunId, at);
    },
    insertApproval: (a) => insertApproval(trx, a),
    moveApproval: (id, from, to, change) => moveApproval(trx, id, from, to, change),
    addVote: (id, vote) => addVote(trx, id, vote),
    enqueue: async (job) => void jobs.push(job),
    putOutbox: async (message) => void messages.push(message),
    endOutbox: async (id, end, instead) => {
      const left = await endOutbox(trx, id, end, instead);
      messages.push(...(left ?? []));
      return left !== undefined;
    },
    audit: async (entry) => void entries.push(entry),
    journalIntent: (approvalId, at) => journalIntent(trx, approvalId, at),
    journalStep: (approvalId, index, at, result) => journalStep(trx, approvalId, index, at, result),
  };
  const flush = async (): Promise<AfterCommit> => {
    const byKey = (j: NewJob): string => `${j.kind} ${j.singleton ?? ""}`;
    for (const job of jobs.toSorted((a, b) => compare(byKey(a), byKey(b)))) {
      await engine.enqueue(trx.$pickTables<"job">(), job);
    }
    // A stable sort: the order inside a channel stays.
    for (const m of messages.toSorted((a, b) => compare(a.channel, b.channel))) await putOutbox(trx, m);
    const enqueued = jobs.length > 0;
    if (entries.length === 0) return { enqueued };
    return { enqueued, head: await appendAudit(trx, auditKey, entries) };
  };
  return { tx, flush };
}

function compare(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
