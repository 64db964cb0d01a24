import type { Diagnosis } from "../../domain/diagnosis.ts";
import { type Mood, moodOf, moodWord } from "../../wording/run.ts";
import { type Inline, moment, words } from "./blocks.ts";

/** What a newer run of the host found, and when it began (epoch milliseconds). */
export interface Newer {
  readonly found: Pick<Diagnosis, "verdict" | "causes">;
  readonly at: number;
}

const EMOJI: Readonly<Record<Mood, string>> = {
  failing: "red_circle",
  warning: "large_yellow_circle",
  healthy: "white_check_mark",
  unknown: "grey_question",
};
const MINUTES = "{date_short_pretty} {time}";

/** How bad it is; what a newer run has replaced does not cry "502 now" any more, and says what became of it. */
export function banner(d: Diagnosis, newer: Newer | undefined): Inline[] {
  const bold = { bold: true } as const;
  if (newer === undefined)
    return [{ type: "emoji", name: EMOJI[moodOf(d)] }, words(` ${moodWord(d)} · ${d.host}`, bold)];
  return [
    { type: "emoji", name: moodOf(newer.found) === "healthy" ? EMOJI.healthy : "white_circle" },
    words(` Earlier: ${pastMood(d)} · ${d.host}; then: ${pastMood(newer.found)}, `, bold),
    moment(newer.at, MINUTES),
  ];
}

/** The same for a notification and a screen reader. */
export function sayMood(d: Diagnosis, newer: Newer | undefined): string {
  if (newer === undefined) return `${moodWord(d)} on ${d.host}`;
  return `Earlier: ${pastMood(d)} on ${d.host}; then: ${pastMood(newer.found)}`;
}

/** "502", "healthy": told of a moment that has passed. */
function pastMood(d: Pick<Diagnosis, "verdict" | "causes">): string {
  return moodWord(d).replace(/ now$/, "").toLowerCase();
}
