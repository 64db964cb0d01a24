import type { Grade, Risk, Severity } from "./diagnosis.ts";

/** Where a piece of a playbook stands, for error messages. */
export interface Origin {
  readonly file: string;
  readonly line: number;
}

/**
 * A read-only remote command with a parser. `argv` words may hold `${each.x}` placeholders; a word that is
 * exactly `${each.x...}` is spread. Waves run one after another; a for-each reads the model so far.
 */
export interface Check {
  readonly id: string;
  readonly wave: 1 | 2 | 3;
  readonly argv: readonly string[];
  readonly parser: string;
  readonly sudo: "never" | "always" | "try";
  /** Template of the user to run as (pm2's owner). */
  readonly runAs?: string;
  /** CEL over the model so far; false or unknown: the check is not run. */
  readonly when?: string;
  /** CEL giving a list of maps; the command is run once for each, bound to `each`. */
  readonly forEach?: string;
  /** At most this many instances of a for-each. */
  readonly max: number;
  readonly timeoutMs: number;
  readonly maxBytes: number;
  readonly background: boolean;
  /** Runs after the wave's background commands have ended (reads what they made happen). */
  readonly late: boolean;
  /** A side effect it has although it reads, in words; such a check runs only where `when` is true. */
  readonly sideEffect?: string;
  /** What it tells, for the blind spot's sentence: "who owns a port". */
  readonly tells: string;
  /** Checks of the same source are one piece of evidence. */
  readonly source: string;
  /** It also runs on the machine of a failing peer, where that is another one. */
  readonly onPeer: boolean;
  readonly origin: Origin;
}

/** One piece of evidence of a cause: when it holds, what it shows, which check it comes from. */
export interface EvidenceRule {
  readonly check: string;
  readonly when: string;
  readonly show: string;
}

/** What speaks against a cause. */
export interface Refutation {
  readonly when: string;
  readonly because: string;
}

/** firewall: the machine whose rule stops nginx. */
export const PLACES = ["service", "nginx", "firewall"] as const;
export type PlaceKind = (typeof PLACES)[number];

/** A ranked hypothesis for one (vhost, peer), one vhost or the host. */
export interface CauseRule {
  readonly id: string;
  readonly title: string;
  readonly scope: "peer" | "vhost" | "host";
  readonly severity: Severity;
  /** Which machine it lies on, where nginx and the service are not on the same one. */
  readonly on: PlaceKind;
  /** CEL: the signature that makes it a candidate. */
  readonly suspect: string;
  /** CEL: what separates it from its look-alikes. */
  readonly when: string;
  /** Template: why it is ruled out when `when` is false. */
  readonly otherwise: string;
  readonly evidence: readonly EvidenceRule[];
  readonly refutedBy: readonly Refutation[];
  /** CEL: an extra condition without which it is not graded proven. */
  readonly provenWhen?: string;
  readonly maxGrade: Grade;
  /** Higher comes first among equal grades. */
  readonly rank: number;
  /** Ids of causes that follow from this one on the same peer, and are folded under it. */
  readonly explains: readonly string[];
  readonly fixes: readonly string[];
  readonly advice: readonly string[];
  readonly headline: string;
  /** The status the users get, as CEL giving int; undefined: the symptom's. */
  readonly status?: string;
  readonly origin: Origin;
}

/** A change to the host. */
export interface FixRule {
  readonly id: string;
  readonly title: string;
  readonly risk: Risk;
  /** CEL: when false it is not offered; when unknown it is shown by hand. */
  readonly when: string;
  /** CEL: reasons to raise the risk. */
  readonly riskWhen: readonly { readonly when: string; readonly risk: Risk }[];
  readonly commands: readonly FixCommand[];
  /** Facts it is bound to, checked again in the very shell that runs it. */
  readonly preconditions: readonly {
    readonly name: string;
    readonly argv: readonly string[];
    readonly sudo: Check["sudo"];
    readonly expect: string;
    readonly runAs?: string;
  }[];
  readonly rollback: readonly FixCommand[];
  /** In words. */
  readonly rollbackText: string;
  readonly verify: VerifyRule;
  /** CEL giving an edit of a configuration file, where the fix is one. */
  readonly edit?: string;
  /** Which machine it changes, where nginx and the service are not on the same one. */
  readonly on: PlaceKind;
  /** It changes what SELinux allows: dangerous, unless the policy names who may approve that. */
  readonly guard?: "selinux";
  /** Shown to be run by hand, never a button. */
  readonly byHand: boolean;
  readonly origin: Origin;
}

export interface FixCommand {
  readonly argv: readonly string[];
  readonly sudo: Check["sudo"];
  readonly runAs?: string;
  readonly timeoutMs: number;
  /** What it prints is evidence: kept with the run, before the next command begins. */
  readonly keep?: boolean;
}

/** What must hold afterwards; all values are playbook values, short in the lab. */
export interface VerifyRule {
  readonly text: string;
  readonly successes: number;
  readonly everyMs: number;
  readonly withinMs: number;
  readonly stableMs: number;
  /** Templates of the file systems that must have more room than before. */
  readonly room?: readonly string[];
}

export interface Playbook {
  readonly name: string;
  readonly title: string;
  /** The status this playbook is about: 502, 504, …; undefined: a general one. */
  readonly about?: number;
  readonly extends?: string;
  /** Ids of the causes that are its own, not taken over; absent: all. */
  readonly own?: readonly string[];
  readonly checks: readonly Check[];
  readonly causes: readonly CauseRule[];
  readonly fixes: readonly FixRule[];
  /** sha256 (hex, 12 digits) over its files. */
  readonly revision: string;
}
