import type { Approval } from "../domain/approval.ts";
import type { Fix } from "../domain/diagnosis.ts";
import { outcomeWord, sayOutcome } from "./fix-result.ts";
import { sayPoints, sumPoints } from "./verification.ts";

export type ApprovalButton = "approve" | "deny" | "cancel" | "check-again";

/** What a message about an approval says, without saying where. */
export interface ApprovalNote {
  readonly text: string;
  readonly lines: readonly string[];
  readonly buttons: readonly ApprovalButton[];
}

/** "just now", "12 s ago", "3 min ago". */
export function ago(then: number, now: number): string {
  const seconds = Math.max(0, Math.round((now - then) / 1000));
  if (seconds < 5) return "just now";
  if (seconds < 90) return `${seconds} s ago`;
  return seconds < 5_400 ? `${Math.round(seconds / 60)} min ago` : `${Math.round(seconds / 3_600)} h ago`;
}

export const NO_SUCH_APPROVAL = "There is no such approval any more. Check the host again.";

/** To whom the policy refuses a fix. */
export function sayNotAllowed(why: string): string {
  return `You may not decide about this fix: ${why}. Somebody whom the policy in 502.yml allows it can press the same button.`;
}

/**
 * Who ended it and when: what a person who comes too late is told.
 * @param clock how to write a moment, in what is read later, too; else it is told from now
 */
export function sayDecided(a: Approval, now: number, clock = (at: number): string => ago(at, now)): string {
  const when = a.decidedAt === undefined ? "" : ` ${clock(a.decidedAt)}`.trimEnd();
  const who = a.decidedBy ?? "somebody";
  const reason = a.why === undefined || a.why === "" ? "" : ` ${a.why}`;
  switch (a.state) {
    case "requested":
      return `${a.requestedBy} asked for it ${clock(a.requestedAt)}; ${sayVotes(a)}.`;
    case "approved":
      return `${who} approved it${when}; it is about to start.`;
    case "applying":
      return `${who} approved it${when}; it is running.`;
    case "denied":
      return `${who} denied it${when}.${reason === "" ? "" : ` Reason:${reason}`}`;
    case "expired":
      return `It expired${when}.${reason} Diagnose the host again to get a fresh offer.`;
    case "superseded":
      return "A newer diagnosis of this host has taken its place: use that one's buttons.";
    case "finished":
      break;
  }
  return `${who} approved it${when}; it ended as ${outcomeWord(a.outcome)}.${reason}`;
}

/** "1 of 2 approvals (U1)"; of a single one that is missing, "one approval is needed". */
export function sayVotes(a: Approval): string {
  if (a.votesNeeded === 1 && a.votes.length === 0) return "one approval is needed";
  const by = a.votes.length === 0 ? "" : ` (${a.votes.map((v) => v.by).join(", ")})`;
  return `${a.votes.length} of ${a.votesNeeded} ${a.votesNeeded === 1 ? "approval" : "approvals"}${by}`;
}

/**
 * The message of an approval in its present state; buttons only where a press can still change something.
 * @param doing what is going on right now, while it runs or waits for its turn
 */
export function noteOf(a: Approval, fix: Fix | undefined, doing?: string): ApprovalNote {
  const title = fix === undefined ? a.fixId : titleAlone(fix);
  const plan = fix === undefined ? [] : planOf(fix);
  switch (a.state) {
    case "requested":
      return {
        text: `${a.requestedBy} asks to run on ${a.host}: ${title} (${fix?.risk ?? "unknown risk"}); ${sayVotes(a)}.`,
        lines: plan,
        buttons: ["approve", "deny"],
      };
    case "approved":
      return {
        text: `${a.decidedBy ?? "?"} approved: ${title} on ${a.host}. ${doing === undefined ? "Starting." : "Not started yet."}`,
        lines: doing === undefined ? plan : [...plan, doing],
        buttons: ["cancel"],
      };
    case "applying":
      return {
        text: `Running on ${a.host}: ${title}.`,
        lines: doing === undefined ? plan : [...plan, doing],
        buttons: ["cancel"],
      };
    case "denied":
      return {
        text: `${a.decidedBy ?? "?"} denied: ${title} on ${a.host}.`,
        lines: given(a.why).map((why) => `Reason: ${why}`),
        buttons: [],
      };
    case "expired":
      return { text: `Expired: ${title} on ${a.host}.`, lines: given(a.why), buttons: ["check-again"] };
    case "superseded":
      return {
        text: `Replaced by a newer diagnosis: ${title} on ${a.host}. Use the newer one's buttons.`,
        lines: [],
        buttons: [],
      };
    case "finished":
      break;
  }
  return finished(a, title);
}

/** A fix's title without its host, for a sentence that names the host itself. */
export function titleAlone({ title, host }: Pick<Fix, "title" | "host">): string {
  const on = ` on ${host}`;
  return host !== undefined && title.endsWith(on) ? title.slice(0, -on.length) : title;
}

function finished(a: Approval, title: string): ApprovalNote {
  const outcome = a.outcome ?? "interrupted";
  const points = a.verification ?? [];
  const by = `Approved by ${a.votes.map((v) => v.by).join(" and ") || (a.decidedBy ?? "?")}.`;
  return {
    text: sayOutcome(outcome, title, a.host, a.why ?? ""),
    lines: points.length === 0 ? [by] : [by, `Checked: ${sumPoints(points)}.`, ...sayPoints(points)],
    buttons: outcome === "fixed" ? [] : ["check-again"],
  };
}

function planOf(fix: Fix): string[] {
  return [...fix.commands, `Checked afterwards: ${fix.verify}`, `To undo it: ${fix.rollback}`];
}

function given(why: string | undefined): string[] {
  return why === undefined || why === "" ? [] : [why];
}
