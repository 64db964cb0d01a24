/** The names under which presses and forms come back; buttons carry ids only. */
export const ACTIONS = {
  /** A fix under a verdict: `fix:FIXID`, value `RUN FIX`. */
  fix: "fix:",
  approve: "approve",
  deny: "deny",
  cancel: "cancel",
  checkAgain: "check-again",
  everything: "everything",
  /** "I have it", and what whoever has it or wants it presses; each carries the run's id. */
  claim: "claim",
  handOver: "hand-over",
  takeOver: "take-over",
  homePrevious: "home-previous",
  homeNext: "home-next",
  homeRefresh: "home-refresh",
  homeFilter: "home-filter",
  newSchedule: "new-schedule",
  firstSteps: "first-steps",
} as const;

export const VIEWS = {
  approve: "approve-fix",
  deny: "deny-fix",
  newRun: "new-run",
  schedule: "schedule",
  scheduleConfirm: "schedule-confirm",
  firstSteps: "first-steps",
  handOver: "hand-over",
  takeOver: "take-over",
  notice: "notice",
} as const;

/** The inputs of the forms: block and action carry one name. */
export const FIELDS = {
  reason: "reason",
  hostName: "host-name",
  glass: "break-glass",
  host: "host",
  site: "site",
  playbook: "playbook",
  channel: "channel",
  targets: "targets",
  when: "when",
  zone: "zone",
  quiet: "quiet",
  approvers: "approvers",
  group: "group",
  person: "person",
} as const;

/** The callback ids of the shortcuts in the manifest. */
export const SHORTCUTS = { diagnoseThis: "diagnose_this", newRun: "new_run" } as const;

/** What a form carries from its opening to its submission. */
export interface ViewMemo {
  readonly approvalId: string;
  /** Where the button stood: the answer to a decision is said there. */
  readonly channel: string;
  readonly threadTs?: string;
}

/** @returns undefined for a text that no form of ours carried */
export function readMemo(text: string): ViewMemo | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof value !== "object" || value === null) return undefined;
  if (!("approvalId" in value) || typeof value.approvalId !== "string") return undefined;
  if (!("channel" in value) || typeof value.channel !== "string") return undefined;
  const threadTs = "threadTs" in value && typeof value.threadTs === "string" ? value.threadTs : undefined;
  const { approvalId, channel } = value;
  return { approvalId, channel, ...(threadTs === undefined ? {} : { threadTs }) };
}

/** A fix button's value. */
export function fixValue(runId: string, fixId: string): string {
  return `${runId} ${fixId}`;
}

/** @returns undefined for a value no fix button carries */
export function readFixValue(value: string): { readonly runId: string; readonly fixId: string } | undefined {
  const [, runId, fixId] = /^([a-z0-9][a-z0-9-]*) ([a-z0-9][a-z0-9-]*)$/.exec(value) ?? [];
  return runId === undefined || fixId === undefined ? undefined : { runId, fixId };
}
