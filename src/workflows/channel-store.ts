import type { Report, ReportSummary } from "../domain/report.ts";
import type { Schedule } from "../domain/schedule.ts";
import type { Silence } from "../domain/silence.ts";
import type { Store, StoreTx } from "./ports.ts";

/** What is remembered under a key: alerts that fire, watches, what was said once, who has a host, what waits for an
 * answer. */
export type MemoKind = "alert" | "watch" | "said" | "outlet" | "claim" | "asked";

/** Statements of reports, schedules, silences and alerts; they share transactions with runs, jobs and messages. */
export interface ChannelTx {
  /** @returns false when the schedule's due time has a report already: another replica was quicker. */
  insertReport(report: Report): Promise<boolean>;
  /** Ends an open report. @returns false when it had ended before. */
  finishReport(id: string, at: number, summary: ReportSummary): Promise<boolean>;
  putSchedule(schedule: Schedule): Promise<void>;
  /** @returns false when there is none of this id. */
  removeSchedule(id: string): Promise<boolean>;
  putSilence(silence: Silence): Promise<void>;
  /** @returns what is remembered; nobody else changes it until this transaction ends. */
  memo(kind: MemoKind, key: string): Promise<unknown>;
  /** Remembers a JSON value, or with undefined forgets it. */
  setMemo(kind: MemoKind, key: string, value: unknown): Promise<void>;
}

/** How much waits. */
export interface Depths {
  readonly jobs: number;
  readonly outbox: number;
  readonly approvals: number;
  /** Messages that were given up within the last day and reached nobody. */
  readonly lost: number;
  /** Jobs that were given up within the last day. */
  readonly dead: number;
}

/** A message that has not reached its channel. */
export interface Overdue {
  readonly key: string;
  readonly channel: string;
  readonly body: string;
  readonly createdAt: number;
}

/** A message that was given up and reached nobody. */
export interface LostMessage extends Overdue {
  readonly error: string;
  readonly at: number;
  /** Whether its channel has taken a message since. */
  readonly delivered: boolean;
}

/** The store as the channels' workflows use it. */
export interface ChannelStore extends Store {
  transaction<T>(work: (tx: StoreTx & ChannelTx) => Promise<T>): Promise<T>;
  report(id: string): Promise<Report | undefined>;
  /** Newest first. */
  reports(filter: {
    readonly schedule?: string;
    readonly state?: Report["state"];
    readonly limit: number;
  }): Promise<readonly Report[]>;
  schedules(): Promise<readonly Schedule[]>;
  /** Those that have not ended. */
  silences(now: number): Promise<readonly Silence[]>;
  memos(kind: MemoKind): Promise<readonly { readonly key: string; readonly value: unknown }[]>;
  /** Hosts whose newest run with a verdict did not find them healthy, the latest first. */
  unwellHosts(): Promise<readonly string[]>;
  depths(): Promise<Depths>;
  /** Messages put before the moment that still wait and have one of the words in their body, the oldest first. */
  overdue(before: number, words: readonly string[], limit: number): Promise<readonly Overdue[]>;
  /** Messages that were lost since the moment, the newest first. */
  lost(since: number, limit: number): Promise<readonly LostMessage[]>;
}
