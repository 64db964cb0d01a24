import type { Cause, Diagnosis } from "../domain/diagnosis.ts";
import type { BoundFix } from "../domain/fix.ts";
import { sayRoom as sayFree, sayStatus } from "../wording/verification.ts";
import type { Verified } from "./verify-fix.ts";

export interface Judgement {
  readonly outcome: "fixed" | "not-fixed" | "interrupted";
  readonly why: string;
  /** True when the new diagnosis looked and does not find the cause any more. */
  readonly causeGone: boolean;
}

/** The fixed cause as the new diagnosis has it; undefined when it is not there. */
function same(bound: BoundFix, d: Diagnosis): Cause | undefined {
  return d.causes.find(
    (c) => c.id === bound.fix.causeId && c.target === bound.fix.target && c.grade !== "unproven",
  );
}

function tells(d: Diagnosis | undefined): d is Diagnosis {
  return d !== undefined && (d.verdict === "healthy" || d.verdict === "cause-found");
}

/**
 * Judges what a fix did from the probes and the diagnosis made again.
 * @param crashed true after a crash or a lost connection: what cannot be known is then "interrupted"
 */
export function judge(
  bound: BoundFix,
  v: Verified,
  after: Diagnosis | undefined,
  crashed: boolean,
): Judgement {
  const still = tells(after) ? same(bound, after) : undefined;
  const causeGone = tells(after) && still === undefined;
  const steady = v.unit === "stable" || v.unit === "none" || (v.unit === "unknown" && v.symptom === "gone");
  // Several paths of one site may be asked: what is the same is said once.
  const said = v.after.fronts.map((f) => `${f.probe.vhost} answers ${sayStatus(f.answer.status)}`);
  const answers = [...new Set(said)].join(", ");
  const room = sayRoom(v);
  const loud = stillLogs(v);
  if (loud === undefined && steady && still === undefined && v.room !== "none") {
    if (v.symptom === "gone")
      return { outcome: "fixed", why: `${answers}.${second(bound, after)}`, causeGone };
    if (v.symptom === "unknown" && tells(after)) {
      const how = room === "" ? "nothing could be asked through nginx." : room;
      const why = `The cause is gone; ${how}${second(bound, after)}`;
      return { outcome: "fixed", why, causeGone };
    }
  }
  if (
    v.symptom === "unknown" &&
    v.room !== "none" &&
    !tells(after) &&
    v.unit !== "down" &&
    v.unit !== "restarted"
  ) {
    return crashed
      ? {
          outcome: "interrupted",
          why: "What it did cannot be known: the host could not be asked.",
          causeGone,
        }
      : { outcome: "not-fixed", why: "Its effect could not be checked.", causeGone };
  }
  return { outcome: "not-fixed", why: complaints(bound, v, after, still, answers).join(" "), causeGone };
}

function complaints(
  bound: BoundFix,
  v: Verified,
  after: Diagnosis | undefined,
  still: Cause | undefined,
  answers: string,
): string[] {
  const said: string[] = [];
  const unit = v.plan.unit ?? "the service";
  if (v.symptom === "there") said.push(`${answers}.`);
  const loud = stillLogs(v);
  if (loud !== undefined) said.push(loud);
  if (v.room === "none") said.push(`No space came back: ${sayRoom(v)}`);
  if (v.unit === "restarted") said.push(`${unit} does not stay up: it was restarted while it was watched.`);
  if (v.unit === "down") said.push(`${unit} is ${v.after.unit?.active ?? "not active"}.`);
  if (still !== undefined) said.push(`The cause is still there: ${still.title}.`);
  else said.push(second(bound, after).trim());
  return said.filter((s) => s !== "");
}

/** What began before the fix may still run out of time after it: lines of that kind prove nothing. */
const LATE = /timeout|timed-out/;

/** The sentence when the error log goes on after it had answered well; undefined: it does not, or that is not known. */
function stillLogs({ log, plan }: Verified): string | undefined {
  if (log === undefined || log.afterwards === 0 || LATE.test(plan.log?.class ?? "")) return undefined;
  const lines = log.afterwards === 1 ? "one new line" : `${log.afterwards} new lines`;
  return `nginx's error log goes on: ${lines} (${plan.log?.class}) after it had answered well.`;
}

/** The room on each file system with what it was; empty where the plan asks for none. */
export function sayRoom({ before, after }: Verified): string {
  const then = new Map(before?.room?.map((r) => [r.mount, r.freeKb]));
  const said = (after.room ?? []).map((r) => sayFree(r.mount, r.freeKb, then.get(r.mount)));
  return said.length === 0 ? "" : `${said.join(", ")}.`;
}

/** A second fault behind the first is the next verdict. */
function second(bound: BoundFix, after: Diagnosis | undefined): string {
  if (after === undefined) return "";
  const { headline } = after;
  if (!tells(after)) return ` The new diagnosis: ${headline}`;
  const next = after.causes.find(
    (c) =>
      c.severity !== "info" &&
      c.grade !== "unproven" &&
      !(c.id === bound.fix.causeId && c.target === bound.fix.target),
  );
  return next === undefined ? "" : ` Behind it: ${headline}`;
}

/**
 * True when the new diagnosis finds a vhost failing that did not fail before.
 * @param also "warning": one that nobody has asked yet counts, too (an edit is taken back rather than trusted)
 */
export function brokeAnother(
  before: Diagnosis | undefined,
  after: Diagnosis | undefined,
  also: "critical" | "warning" = "critical",
): boolean {
  if (before === undefined || !tells(after)) return false;
  const failing = (d: Diagnosis): Set<string> =>
    new Set(
      d.causes
        .filter((c) => (c.severity === "critical" || c.severity === also) && c.grade !== "unproven")
        .flatMap((c) => c.vhosts),
    );
  const then = failing(before);
  return [...failing(after)].some((vhost) => !then.has(vhost));
}
