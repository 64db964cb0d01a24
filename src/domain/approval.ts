/**
 * An approval begins when an offer is pressed. Its life:
 * requested → approved → applying → finished, or requested → denied | expired | superseded;
 * approved → expired when the fix did not start in time (START_MS).
 */
export const APPROVAL_STATES = [
  "requested",
  "approved",
  "denied",
  "expired",
  "superseded",
  "applying",
  "finished",
] as const;
export type ApprovalState = (typeof APPROVAL_STATES)[number];

export const OUTCOMES = ["fixed", "not-fixed", "rolled-back", "refused", "interrupted"] as const;
export type Outcome = (typeof OUTCOMES)[number];

const NEXT: Readonly<Record<ApprovalState, readonly ApprovalState[]>> = {
  requested: ["approved", "denied", "expired", "superseded"],
  approved: ["applying", "expired"],
  applying: ["finished"],
  denied: [],
  expired: [],
  superseded: [],
  finished: [],
};

/** An approved fix starts within this time, in milliseconds, or its approval expires; 502.yml may say otherwise. */
export const START_MS = 60_000;

/** @returns true when the state machine allows the step. */
export function mayFollow(from: ApprovalState, to: ApprovalState): boolean {
  return NEXT[from].includes(to);
}

export interface Vote {
  readonly by: string;
  readonly at: number;
  readonly reason?: string;
}

export interface VerificationPoint {
  readonly name: string;
  readonly outcome: "pass" | "warn" | "fail" | "unknown";
  readonly detail: string;
}

export interface Approval {
  readonly id: string;
  readonly runId: string;
  readonly host: string;
  readonly fixId: string;
  /** sha256 over host key, commands, playbook revision, cause, precondition facts, approver policy and expiry (fix.ts). */
  readonly digest: string;
  readonly state: ApprovalState;
  readonly requestedBy: string;
  readonly requestedAt: number;
  readonly expiresAt: number;
  readonly votesNeeded: number;
  /** The policy in force when it was asked for: the requester's own vote does not count. */
  readonly fourEyes: boolean;
  readonly votes: readonly Vote[];
  readonly decidedBy?: string;
  readonly decidedAt?: number;
  readonly outcome?: Outcome;
  readonly why?: string;
  readonly verification?: readonly VerificationPoint[];
}
