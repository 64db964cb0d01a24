import type { Diagnosis } from "../../domain/diagnosis.ts";
import { moodOf, moodWord, pastMoodWord } from "../../wording/run.ts";
import { type Inline, moment, words } from "./blocks.ts";
import { moodMark } from "./mood.ts";
import { heldMoment, MINUTES } from "./text.ts";

/** What a newer run of the host found, and when it began (epoch milliseconds). */
export interface Newer {
  readonly found: Pick<Diagnosis, "verdict" | "causes">;
  readonly at: number;
}

/** How the message stands to the present: what was found since, and how long it waited to be posted. */
export interface Standing {
  readonly replacedBy?: Newer;
  /** When the fix was decided that ended it, verified; epoch milliseconds. */
  readonly fixedAt?: number;
  /** Milliseconds, where that is long enough to be said. */
  readonly lateMs?: number;
}

/** How bad it is; what was replaced, or comes late, does not say "now", and says when it was and what came of it. */
export function banner(d: Diagnosis, standing: Standing): Inline[] {
  const { lateMs } = standing;
  const bold = { bold: true } as const;
  const then = since(standing);
  if (then !== undefined) {
    return [
      then.well ? moodMark("healthy") : { type: "emoji", name: "white_circle" },
      words(` Earlier: ${past(d)} · ${d.host}; then: ${then.said}, `, bold),
      moment(then.at, MINUTES),
    ];
  }
  const mark = moodMark(moodOf(d));
  if (lateMs === undefined) return [mark, words(` ${moodWord(d)} · ${d.host}`, bold)];
  return [mark, words(` ${pastMoodWord(d)} · ${d.host}, as of `, bold), moment(d.startedAt, MINUTES)];
}

/** The same for a notification and a screen reader; a moment is held. */
export function sayMood(d: Diagnosis, standing: Standing): string {
  const { lateMs } = standing;
  const then = since(standing);
  if (then !== undefined) return `Earlier: ${past(d)} on ${d.host}; then: ${then.said}`;
  if (lateMs === undefined) return `${moodWord(d)} on ${d.host}`;
  return `${pastMoodWord(d)} on ${d.host}, as of ${heldMoment(d.startedAt)}`;
}

/** What became of it; undefined while the verdict stands. */
export function since({
  replacedBy: newer,
  fixedAt = 0,
}: Standing): { readonly said: string; readonly at: number; readonly well: boolean } | undefined {
  const mood = newer === undefined ? "healthy" : moodOf(newer.found);
  // The look that a fix ends with may find what the outage left behind: that does not take the fix back.
  if (fixedAt > 0 && (mood === "healthy" || mood === "warning"))
    return { said: "fixed", at: fixedAt, well: true };
  return newer === undefined
    ? undefined
    : { said: past(newer.found), at: newer.at, well: mood === "healthy" };
}

function past(d: Pick<Diagnosis, "verdict" | "causes">): string {
  return pastMoodWord(d).toLowerCase();
}
