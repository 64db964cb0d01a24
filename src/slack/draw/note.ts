import type { NoteBody } from "../../workflows/note-message.ts";
import { cutSentence, cutText, LIMITS } from "../limits.ts";
import { bullets, context, type Drawn, line, named, rich, saysAge, words } from "./blocks.ts";
import { fit } from "./budget.ts";
import { moodMark } from "./mood.ts";
import { mentions } from "./text.ts";

const MOST_LINES = 20;
/** Only what was decided over a rule has many lines. */
const IN_AUDIT = "in the audit log (502 audit show)";

/** A note about an alert or a watch. @param lateMs how long it waited, where that is worth saying */
export function drawNote(body: NoteBody, lateMs: number | undefined): Drawn {
  const people = new Set(body.people);
  const shown = body.lines.slice(0, MOST_LINES).map((l) => named(cutSentence(l, 400), people));
  const left = body.lines.length - shown.length;
  return fit(
    {
      text: cutText(
        mentions([`${body.title}: ${body.text}`, ...body.lines.slice(0, 3)].join(" · "), people),
        LIMITS.messageText,
      ),
      blocks: [
        rich(
          line(
            moodMark(body.mood),
            words(` ${cutSentence(body.title, 200)}`, { bold: true }),
            ...named(`\n${cutSentence(body.text, 1200)}`, people),
            ...(body.userGroup === undefined
              ? []
              : [words(" "), { type: "usergroup" as const, usergroup_id: body.userGroup }]),
          ),
          ...(shown.length === 0 ? [] : [bullets(shown)]),
        ),
        ...(left > 0 ? [context(`${left} more ${IN_AUDIT}`)] : []),
        ...(lateMs === undefined ? [] : [saysAge(lateMs)]),
      ],
    },
    IN_AUDIT,
  );
}
