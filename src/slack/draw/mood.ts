import type { Mood } from "../../wording/run.ts";
import type { Inline } from "./blocks.ts";

const EMOJI: Readonly<Record<Mood, string>> = {
  failing: "red_circle",
  warning: "large_yellow_circle",
  healthy: "white_check_mark",
  unknown: "grey_question",
};

/** How bad it is, for the eye; the words beside it say the same. */
export function moodMark(mood: Mood): Inline {
  return { type: "emoji", name: EMOJI[mood] };
}
