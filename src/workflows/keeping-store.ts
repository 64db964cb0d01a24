import type { AuditEntry } from "./ports.ts";

/** An entry of the audit log as it is kept. */
export type KeptEntry = AuditEntry & { readonly seq: number; readonly hash: string };

/** What may go: everything of before these moments that nothing open needs, so many at a time. */
export interface PurgeQuery {
  readonly runsBefore: number;
  readonly bundlesBefore: number;
  readonly now: number;
  readonly limit: number;
}

/** How many rows went. */
export interface Purged {
  readonly runs: number;
  readonly bundles: number;
  readonly approvals: number;
  readonly messages: number;
  readonly reports: number;
}

/** The store as keeping and streaming use it. */
export interface KeepingStore {
  /** The entries after a number, oldest first. */
  auditAfter(seq: number, limit: number): Promise<readonly KeptEntry[]>;
  /** @returns the number of the last entry that the sink has; 0: none. */
  auditSent(sink: string): Promise<number>;
  /** Remembers that the sink has all entries up to a number; it never moves back. */
  markAuditSent(sink: string, seq: number): Promise<void>;
  /** @returns how many entries each sink has not got yet. */
  auditBehind(sinks: readonly string[]): Promise<ReadonlyMap<string, number>>;
  /**
   * Removes the oldest entries, up to the first that is not from before the moment or that a sink has not got, and
   * leaves a signed note of where the chain now begins. The purge is an entry itself.
   * @returns how many went
   * @throws Error when what would go does not hold: it stays, as the proof
   */
  purgeAudit(q: {
    readonly before: number;
    readonly now: number;
    readonly limit: number;
    readonly sinks: readonly string[];
  }): Promise<number>;
  /** Removes old runs with all that hangs on them, bundles, messages and reports, in one transaction. */
  purge(q: PurgeQuery): Promise<Purged>;
}
