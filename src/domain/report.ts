import type { Grade, Severity, Verdict } from "./diagnosis.ts";
import type { FromHere } from "./from-here.ts";
import type { Actor, Destination } from "./run.ts";

/** A roll-up of runs: of a group somebody asked for, or of a schedule. Times in epoch milliseconds. */
export interface Report {
  readonly id: string;
  readonly kind: "group" | "schedule";
  /** What was asked for: "@web", or the schedule's targets. */
  readonly title: string;
  readonly runs: readonly { readonly host: string; readonly runId: string }[];
  /** Hosts that the asker may not diagnose. */
  readonly refused: readonly { readonly host: string; readonly why: string }[];
  readonly actor: Actor;
  readonly destination?: Destination;
  /** The site's public address, where the report is on the hosts of a site. */
  readonly site?: string;
  /** The schedule's id and the due time this report is for: one report for each pair. */
  readonly schedule?: string;
  readonly dueAt?: number;
  /** The zone of the schedule, in which its picture tells the time. */
  readonly zone?: string;
  /** Begin of the period that the report looks back on. */
  readonly since?: number;
  /** Posts only when something changed or is wrong. */
  readonly quiet: boolean;
  /** How long after its due time it began, where the bot was down at that time. */
  readonly missedMs?: number;
  readonly state: "open" | "done";
  readonly createdAt: number;
  readonly finishedAt?: number;
  readonly summary?: ReportSummary;
}

/** What one run said of its host, short enough to be kept a hundred times. */
export interface HostLine {
  readonly host: string;
  readonly runId: string;
  /** "failed": the run itself broke, or took too long; nothing is known of the host. */
  readonly verdict: Verdict | "failed";
  readonly headline: string;
  readonly cause?: {
    readonly id: string;
    readonly grade: Grade;
    readonly severity: Severity;
    readonly title: string;
    readonly vhosts: readonly string[];
    readonly status?: number;
    /** First failure of this kind in the log. */
    readonly since?: number;
  };
  readonly unreachable?: {
    readonly code: string;
    /** The bastion that did not let the connection through. */
    readonly via?: string;
  };
  readonly blindSpots: readonly { readonly because: string; readonly remedy?: string }[];
  readonly durationMs: number;
}

/** One host's traffic and changes over the report's period. */
export interface HostPeriod {
  readonly vhosts: readonly VhostPeriod[];
  /** Lines of the error log by class, most frequent first. */
  readonly classes: readonly { readonly name: string; readonly count: number }[];
  /** Begin of what the logs still hold, where that is later than the period's begin. */
  readonly coveredFrom?: number;
  /** Why the rate is not known. */
  readonly because?: string;
  readonly certificates: readonly Certificate[];
}

export interface VhostPeriod {
  readonly vhost: string;
  readonly total: number;
  readonly count502: number;
  readonly count5xx: number;
  /** 502s by time, in buckets of the summary's `bucketMs` from its `since`. */
  readonly buckets: readonly number[];
}

export interface Certificate {
  readonly path: string;
  readonly names: readonly string[];
  /** Epoch milliseconds. */
  readonly notAfter: number;
}

/** A fix that was run in the period. */
export interface FixLine {
  readonly host: string;
  readonly fixId: string;
  /** What the fix does, in words; undefined where the offer is not stored any more. */
  readonly title?: string;
  readonly outcome: string;
  readonly at: number;
  readonly approvers: readonly string[];
  /** How long the request waited for its decision; undefined when nobody decided. */
  readonly waitedMs?: number;
  readonly held: "held" | "relapsed" | "unknown";
}

/** Approvals that ended without a fix. */
export interface UnusedApproval {
  readonly host: string;
  readonly fixId: string;
  readonly title?: string;
  readonly state: string;
  readonly waitedMs: number;
}

export interface Difference {
  readonly facet: string;
  readonly key: string;
  readonly here: string;
  readonly peers: string;
  /** How many peers agree on the other value. */
  readonly agree: number;
}

export interface OddOne {
  readonly host: string;
  readonly differences: readonly Difference[];
  /** Differences beyond those listed. */
  readonly more: number;
}

export interface ReportSummary {
  /** What the site's public name answers to the bot itself. */
  readonly fromHere?: FromHere;
  readonly lines: readonly HostLine[];
  readonly odd: readonly OddOne[];
  readonly since?: number;
  readonly until: number;
  readonly bucketMs?: number;
  readonly periods: Readonly<Record<string, HostPeriod>>;
  readonly fixes: readonly FixLine[];
  readonly unused: readonly UnusedApproval[];
}
