import type { types } from "@slack/bolt";
import { FIELDS, VIEWS } from "../ids.ts";
import { cutText, LIMITS } from "../limits.ts";
import { type Block, line, plain, rich, type View, words } from "./blocks.ts";
import { clean } from "./text.ts";

const TITLE = "Schedule a report";
const MOST_WORDS = 500;

/** What the form begins with. */
export interface ScheduleStart {
  /** Where it was asked for: the report goes there unless another channel is chosen. */
  readonly channel: string;
  /** The person's own time zone. */
  readonly zone: string;
  /** Without "@". */
  readonly groups: readonly string[];
}

/** The form of a schedule: channel, hosts, time, zone. */
export function scheduleView({ channel, zone, groups }: ScheduleStart): View {
  const known =
    groups.length === 0 ? "Hosts by name, as web-1 web-2." : `Hosts and groups. There are: ${some(groups)}.`;
  const start =
    groups.length === 0 ? {} : { initial_value: clean(`@${groups[0] ?? ""}`).slice(0, MOST_WORDS) };
  return {
    type: "modal",
    callback_id: VIEWS.schedule,
    private_metadata: JSON.stringify({ channel }),
    title: plain(TITLE, LIMITS.viewTitle),
    submit: plain("Show the times", LIMITS.viewButton),
    close: plain("Cancel", LIMITS.viewButton),
    blocks: [
      input(FIELDS.channel, "Channel", "The bot must be in it.", {
        type: "conversations_select",
        action_id: FIELDS.channel,
        ...(/^[CG]/.test(channel) ? { initial_conversation: channel } : {}),
        filter: { include: ["public", "private"], exclude_bot_users: true },
      }),
      input(FIELDS.on, "About", known, {
        type: "plain_text_input",
        action_id: FIELDS.on,
        max_length: MOST_WORDS,
        ...start,
      }),
      input(
        FIELDS.when,
        "When",
        'As "weekdays 09:00", "mon,thu 17:30", "monthly 08:00", "every 4 hours", or a cron expression of five fields.',
        {
          type: "plain_text_input",
          action_id: FIELDS.when,
          max_length: MOST_WORDS,
          initial_value: "weekdays 09:00",
        },
      ),
      input(FIELDS.zone, "Time zone", "As Europe/Berlin, or UTC.", {
        type: "plain_text_input",
        action_id: FIELDS.zone,
        max_length: 100,
        initial_value: clean(zone).slice(0, 100),
      }),
      {
        ...input(FIELDS.quiet, "Quiet", "", {
          type: "checkboxes",
          action_id: FIELDS.quiet,
          options: [
            {
              value: "quiet",
              text: plain("Post only when something changed or is wrong", LIMITS.buttonText),
            },
          ],
        }),
        optional: true,
      },
    ],
  };
}

/** What is about to be kept, with its next times in the zone that was asked for. @param memo what is submitted */
export function confirmScheduleView(told: string, next: string, memo: string): View {
  return {
    type: "modal",
    callback_id: VIEWS.confirmSchedule,
    private_metadata: memo,
    title: plain(TITLE, LIMITS.viewTitle),
    submit: plain("Schedule it", LIMITS.viewButton),
    close: plain("Back", LIMITS.viewButton),
    blocks: [rich(line(words(cutText(told, 1500), { bold: true }))), rich(line(words(cutText(next, 1500))))],
  };
}

function input(
  id: string,
  label: string,
  hint: string,
  element: types.InputBlock["element"],
): types.InputBlock {
  return {
    type: "input",
    block_id: id,
    label: plain(label, LIMITS.inputLabel),
    ...(hint === "" ? {} : { hint: plain(cutText(hint, LIMITS.inputHint), LIMITS.inputHint) }),
    element,
  } satisfies Block;
}

function some(groups: readonly string[]): string {
  const shown = groups
    .slice(0, 20)
    .map((g) => `@${g}`)
    .join(", ");
  return groups.length > 20 ? `${shown} and ${groups.length - 20} more` : shown;
}
