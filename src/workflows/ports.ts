import type { Approval, ApprovalState, Outcome, VerificationPoint, Vote } from "../domain/approval.ts";
import type { Bundle } from "../domain/bundle.ts";
import type { Command, CommandResult } from "../domain/command.ts";
import type { Diagnosis } from "../domain/diagnosis.ts";
import type { Host } from "../domain/host.ts";
import type { Run } from "../domain/run.ts";

/** The world as the workflows see it: each port has one real adapter. */

export interface Clock {
  /** Epoch milliseconds. */
  now(): number;
  /** Resolves after ms, or at once when the signal aborts. */
  wait(ms: number, signal?: AbortSignal): Promise<void>;
}

export interface Ids {
  /** @returns a new id matching ^[a-z0-9][a-z0-9-]*$ that sorts by time. */
  next(prefix: "run" | "ap" | "job" | "msg" | "sch" | "rep" | "sil"): string;
}

/** One authenticated connection to a host. */
export interface Session {
  /** SHA256:… of the host key that was verified. */
  readonly hostKey: string;
  /** Runs read-only commands in one exec; a lost connection ends the rest as "unreachable". */
  runWave(commands: readonly Command[], onResult?: (r: CommandResult) => void): Promise<CommandResult[]>;
  /**
   * Runs a fix's commands in order, once each, stopping at the first that fails, under a lock on the host.
   * `before` runs in the same shell first; when it resolves false nothing more runs.
   * @throws ShellError "lost" when the connection dies in mid-command.
   */
  runFix(
    commands: readonly Command[],
    opts: {
      readonly lock: string;
      readonly beforeEach?: (index: number, done: readonly CommandResult[]) => Promise<boolean>;
    },
  ): Promise<CommandResult[]>;
  close(): Promise<void>;
}

export interface Shell {
  /** @throws ShellError with a sentence and a hint when the host cannot be reached or trusted. */
  open(
    host: Host,
    opts: { readonly purpose: "diagnose" | "fix"; readonly deadlineMs: number },
  ): Promise<Session>;
}

/** A fix as it was offered, with what it was bound to. */
export interface Offer {
  readonly runId: string;
  readonly host: string;
  readonly fixId: string;
  readonly createdAt: number;
  readonly expiresAt: number;
  /** JSON of the bound fix: commands as argument vectors, preconditions, verification (diagnosis/fixes.ts). */
  readonly payload: string;
  readonly digest: string;
}

export const JOB_KINDS = [
  "execute-run",
  "apply-fix",
  "follow-up",
  "deliver",
  "report",
  "expire",
  "call-approvers",
] as const;
export type JobKind = (typeof JOB_KINDS)[number];

export interface Job {
  readonly id: string;
  readonly kind: JobKind;
  /** Ids only: the state is in the rows. */
  readonly ref: string;
  readonly attempt: number;
}

export interface OutboxMessage {
  readonly id: string;
  /** Messages of one destination are delivered in order. */
  readonly channel: string;
  /** Several revisions of one message share a key: the first is posted, later ones update it. */
  readonly key: string;
  /** The key of the message whose thread this one belongs to. */
  readonly threadKey?: string;
  /** JSON of what to say (wording/), drawn by the adapter. */
  readonly body: string;
  readonly createdAt: number;
  readonly ts?: string;
}

/** How a message was given up; lost: nobody has read what it said. */
export interface OutboxEnd {
  readonly state: "dead" | "lost";
  readonly error: string;
  readonly at: number;
}

export interface AuditEntry {
  readonly at: number;
  readonly actor: string;
  readonly via: string;
  readonly action: string;
  readonly host?: string;
  readonly runId?: string;
  readonly approvalId?: string;
  readonly digest?: string;
  readonly detail: Readonly<Record<string, unknown>>;
}

/** The statements that may share a transaction with a job. */
export interface StoreTx {
  insertRun(run: Run): Promise<void>;
  /** queued or running → running. @returns false when the run had ended: nothing is left to do. */
  startRun(id: string): Promise<boolean>;
  /** Ends an open run. @returns false when it had ended before; the first end stays. */
  finishRun(
    id: string,
    state: "done" | "failed",
    at: number,
    diagnosis: Diagnosis | undefined,
  ): Promise<boolean>;
  saveBundle(runId: string, bundle: Bundle): Promise<void>;
  insertOffers(offers: readonly Offer[]): Promise<void>;
  /** Ends the requested approvals and the offers of a host's runs before the given one. @returns the approvals it ended */
  supersede(host: string, exceptRunId: string, at: number): Promise<readonly Approval[]>;
  insertApproval(a: Approval): Promise<void>;
  /**
   * Compare-and-swap on the state. In the same statement: to "approved" only before expiresAt and with the votes
   * it needs (addVote comes first), to "applying" only within startMs of the decision.
   * @returns the new row, or undefined when somebody was quicker, it is too late, or votes are missing.
   */
  moveApproval(
    id: string,
    from: ApprovalState,
    to: ApprovalState,
    change: {
      readonly at: number;
      readonly by?: string;
      readonly outcome?: Outcome;
      readonly why?: string;
      readonly verification?: readonly VerificationPoint[];
      /** To "approved" only: so many votes suffice, where glass was broken. */
      readonly votesNeeded?: number;
      /** To "applying" only: how long after its decision it may still start; START_MS when absent. */
      readonly startMs?: number;
    },
  ): Promise<Approval | undefined>;
  /** Adds a vote while the approval is requested and unexpired; one vote a person. @returns undefined when it does not count. */
  addVote(id: string, vote: Vote): Promise<Approval | undefined>;
  /** A singleton is not enqueued again while one with its key waits (a started one does not count); the earlier due time holds. */
  enqueue(job: {
    readonly kind: JobKind;
    readonly ref: string;
    readonly dueAt?: number;
    readonly singleton?: string;
  }): Promise<void>;
  /** A newer revision of a message that still waits takes its place. */
  putOutbox(message: Omit<OutboxMessage, "ts">): Promise<void>;
  /** Gives a waiting message up; what is said instead takes its place. @returns false: a newer revision has it */
  endOutbox(id: string, end: OutboxEnd, instead?: Omit<OutboxMessage, "ts">): Promise<boolean>;
  audit(entry: AuditEntry): Promise<void>;
  /** Journals that a fix is about to act. @returns false when it was journalled before. */
  journalIntent(approvalId: string, at: number): Promise<boolean>;
  /** Journals the end of one command of a fix. */
  journalStep(approvalId: string, index: number, at: number, result: string): Promise<void>;
}

export interface Store {
  transaction<T>(work: (tx: StoreTx) => Promise<T>): Promise<T>;
  run(id: string): Promise<(Run & { readonly diagnosis?: Diagnosis }) | undefined>;
  /** Newest first. @param filter.hosts of these only */
  runs(filter: {
    readonly host?: string;
    readonly hosts?: readonly string[];
    readonly limit: number;
  }): Promise<readonly (Run & { readonly diagnosis?: Diagnosis })[]>;
  openRuns(host: string): Promise<Run[]>;
  bundle(runId: string): Promise<Bundle | undefined>;
  offer(runId: string, fixId: string): Promise<Offer | undefined>;
  offers(runId: string): Promise<readonly Offer[]>;
  approval(id: string): Promise<Approval | undefined>;
  approvals(filter: {
    readonly state?: readonly ApprovalState[];
    readonly host?: string;
    readonly limit: number;
  }): Promise<readonly Approval[]>;
  journal(
    approvalId: string,
  ): Promise<readonly { readonly index: number; readonly at: number; readonly result: string }[]>;
  /** Takes the host's lease for ms. @returns false while another holds it. */
  lease(name: string, owner: string, ms: number): Promise<boolean>;
  release(name: string, owner: string): Promise<void>;
  /** Claims a schedule's due time. @returns true once among all replicas. */
  claimTick(schedule: string, dueAt: number): Promise<boolean>;
  /**
   * What waits, in order inside each channel; a channel whose first message is put off waits as a whole.
   * @param without channels that are left out
   */
  outboxDue(limit: number, without?: readonly string[]): Promise<readonly OutboxMessage[]>;
  outboxSent(id: string, ts: string): Promise<void>;
  /** Puts a message and those behind it off until retryAt, or without one gives the message up. */
  outboxFailed(id: string, error: string, retryAt?: number): Promise<void>;
  outboxTs(key: string): Promise<{ readonly channel: string; readonly ts: string } | undefined>;
  auditTrail(filter: {
    readonly host?: string;
    readonly limit: number;
  }): Promise<readonly (AuditEntry & { readonly seq: number; readonly hash: string })[]>;
  /**
   * `brokenAt`: the first broken entry's number, absent when the chain holds; `unanchored`: its end could not be
   * checked; `purged`: the last entry that was purged, so that the chain is proven from the next one on.
   * @param posted the head as it was said elsewhere (post-head.ts), which the log must still have
   */
  auditVerify(posted?: { readonly seq: number; readonly hash: string }): Promise<{
    readonly entries: number;
    readonly brokenAt?: number;
    readonly because?: string;
    readonly head: string;
    readonly unanchored?: string;
    readonly purged?: { readonly upTo: number; readonly at: number };
  }>;
  /**
   * Called once by the bot, before it works: on SQLite there is one bot a file.
   * @throws StoreError naming the other bot's pid and the file.
   */
  claimInstance(name: string): Promise<void>;
  close(): Promise<void>;
}

/** A job whose attempts are used up. */
export interface DeadJob extends Job {
  readonly error: string;
  readonly at: number;
}

/** Jobs are delivered at least once; the row's state decides what is still to do. */
export interface Queue {
  /** Works until stop(): one handler per kind. A terminal command works only the refs it enqueued. */
  work(
    handlers: Partial<Record<JobKind, (job: Job) => Promise<void>>>,
    opts: { readonly onlyRefs?: ReadonlySet<string>; readonly concurrency: number },
  ): Promise<{ stop(): Promise<void> }>;
  /** The jobs that were given up, newest first. */
  dead(limit: number): Promise<readonly DeadJob[]>;
}
