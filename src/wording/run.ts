import type { Approval } from "../domain/approval.ts";
import type { RunState } from "../domain/run.ts";
import { outcomeWord } from "./fix-result.ts";
import { type Cause, type Diagnosis, type Fix, type Grade, NEXT_TIME } from "../domain/diagnosis.ts";

/** What is said of a run that has no verdict. */
export function sayState(state: RunState): string {
  return STATES[state];
}

const STATES: Readonly<Record<RunState, string>> = {
  queued: "waits for its turn",
  running: "is being diagnosed",
  done: "ended without a verdict",
  failed: "the diagnosis failed",
};

/** How bad it is, in a word that needs no colour. */
export type Mood = "failing" | "warning" | "healthy" | "unknown";

export function moodOf(d: Pick<Diagnosis, "verdict" | "causes">): Mood {
  if (d.verdict === "healthy") return "healthy";
  if (d.verdict !== "cause-found") return "unknown";
  return d.causes.some((c) => c.severity === "critical" && c.grade !== "unproven") ? "failing" : "warning";
}

/** "502 now", "Problem", "Healthy", "Unreachable", "Cannot tell". */
export function moodWord(d: Pick<Diagnosis, "verdict" | "causes">): string {
  switch (moodOf(d)) {
    case "healthy":
      return "Healthy";
    case "failing":
      return `${d.causes[0]?.status ?? 502} now`;
    case "warning":
      return "Problem";
    case "unknown":
      break;
  }
  return d.verdict === "unreachable" ? "Unreachable" : "Cannot tell";
}

/** "502", "Healthy": the same of a moment that has passed. */
export function pastMoodWord(d: Pick<Diagnosis, "verdict" | "causes">): string {
  return moodWord(d).replace(/ now$/, "");
}

const GRADE: Readonly<Record<Grade, string>> = {
  proven: "Proven",
  consistent: "Consistent with what was seen, not proven",
  unproven: "Not proven",
};

/** "Proven: upstream-stopped at 127.0.0.1:3000 on web-1, shop.example.test." */
export function sayCause(c: Cause): string {
  const at = c.target === null ? "" : ` at ${c.target}`;
  const on = c.host === undefined ? "" : ` on ${c.host}`;
  const vhosts = c.vhosts.length === 0 ? "" : `, ${several(c.vhosts, 3)}`;
  return `${GRADE[c.grade]}: ${c.id}${at}${on}${vhosts}.`;
}

/** What to do next: one sentence. */
export function nextStep(d: Diagnosis, offered: readonly Fix[]): string {
  const [fix] = offered.filter((f) => f.held === undefined);
  const [cause] = d.causes;
  if (fix !== undefined) return `Next: ${fix.title} (${fix.risk}). It runs only after an approval.`;
  if (d.verdict === "healthy") return "Next: nothing to do.";
  if (d.verdict === "unreachable") return "Next: make the host reachable, then check again.";
  const held = d.fixes.find((f) => f.held !== undefined);
  if (held !== undefined) return `Not offered again: ${held.title}. ${held.held}`;
  const byHand = d.fixes.find((f) => !f.offered);
  if (byHand !== undefined) {
    return `Next, by hand: ${byHand.title}${byHand.because === undefined ? "" : ` (${byHand.because})`}.`;
  }
  const advice = cause?.advice.find((a) => !a.startsWith(NEXT_TIME));
  if (advice !== undefined) return `Next: ${advice}`;
  const spot = d.blindSpots.find((b) => b.remedy !== undefined);
  if (spot?.remedy !== undefined) return `Next, to see more: ${spot.remedy}`;
  return "Next: look at the evidence; no fix is known to help.";
}

/** "Ruled out: port-mismatch, upstream-crash-loop and 4 more." */
export function sayRuledOut(d: Diagnosis): string {
  const ids = [...new Set([...(d.causes[0]?.ruledOut ?? []), ...d.ruledOut].map((r) => r.id))];
  return ids.length === 0 ? "" : `Ruled out: ${several(ids, 3)}.`;
}

/** "Not seen: nginx -T (needs sudo) and 2 more." */
export function sayBlindSpots(d: Diagnosis): string {
  const [first, ...rest] = d.blindSpots;
  if (first === undefined) return "";
  const more = rest.length === 0 ? "" : ` and ${rest.length} more`;
  return `Not seen: ${first.check} (${first.because})${more}.`;
}

/** What became of an offered fix once somebody decided; undefined while its button may be pressed. */
export function sayFixState(fix: Fix, a: Approval | undefined): string | undefined {
  const who = a?.decidedBy ?? "?";
  switch (a?.state) {
    case undefined:
    case "requested":
    case "expired":
      return undefined;
    case "approved":
    case "applying":
      return `${fix.title}: approved by ${who}, running.`;
    case "denied":
      return `${fix.title}: denied by ${who}.`;
    case "superseded":
      return `${fix.title}: replaced by a newer diagnosis.`;
    case "finished":
      break;
  }
  return `${fix.title}: approved by ${who}, ended as ${outcomeWord(a?.outcome)}.`;
}

/** "a, b and 3 more" */
export function several(names: readonly string[], max: number): string {
  const shown = names.slice(0, max).join(", ");
  return names.length > max ? `${shown} and ${names.length - max} more` : shown;
}
