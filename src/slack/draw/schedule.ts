import type { Schedule } from "../../domain/schedule.ts";
import { sayTimes } from "../../wording/schedule.ts";
import { FIELDS, VIEWS } from "../ids.ts";
import { cutSentence, LIMITS } from "../limits.ts";
import { bullets, line, plain, rich, type View, words } from "./blocks.ts";
import { channelField, field, optionsOf, playbookField } from "./fields.ts";

export const SCHEDULE_TITLE = "Schedule a report";
const QUIET = "Post only when something changed or is wrong";
const NAMES = 1_500;

/** The form of a scheduled report. @param given what the command said already */
export function scheduleView(
  playbooks: readonly string[],
  given: {
    readonly playbook?: string;
    readonly quiet?: boolean;
    readonly memo: string;
  },
): View {
  const quiet = optionsOf([{ value: "quiet", label: QUIET }]);
  return {
    type: "modal",
    callback_id: VIEWS.schedule,
    private_metadata: given.memo,
    title: plain(SCHEDULE_TITLE, LIMITS.viewTitle),
    submit: plain("Next", LIMITS.viewButton),
    close: plain("Cancel", LIMITS.viewButton),
    blocks: [
      field({
        id: FIELDS.targets,
        label: "Hosts and groups",
        element: {
          type: "multi_external_select",
          min_query_length: 0,
          focus_on_load: true,
          placeholder: plain("Type a part of a name", LIMITS.placeholder),
        },
      }),
      field({
        id: FIELDS.when,
        label: "When",
        hint: "weekdays 09:00 · mon,thu 17:30 · monthly 08:00 · every 4 hours · or cron: 0 9 * * 1-5",
        element: { type: "plain_text_input", max_length: 200 },
      }),
      field({
        id: FIELDS.zone,
        label: "Time zone",
        hint: "Empty: your own, as you set it in Slack.",
        optional: true,
        element: {
          type: "external_select",
          min_query_length: 2,
          placeholder: plain("Type a part, as Berlin", LIMITS.placeholder),
        },
      }),
      channelField("The reports are posted there.", false),
      playbookField(playbooks, given.playbook),
      field({
        id: FIELDS.quiet,
        label: "Quiet",
        optional: true,
        element: {
          type: "checkboxes",
          options: quiet,
          ...(given.quiet === true ? { initial_options: quiet } : {}),
        },
      }),
    ],
  };
}

/** What would be scheduled, with its next times in the zone asked for: submitting it keeps the schedule. */
export function scheduleConfirmView(schedule: Schedule, next: readonly number[], memo: string): View {
  const label = (text: string): ReturnType<typeof words> => words(text, { bold: true });
  return {
    type: "modal",
    callback_id: VIEWS.scheduleConfirm,
    private_metadata: memo,
    title: plain(SCHEDULE_TITLE, LIMITS.viewTitle),
    submit: plain("Schedule it", LIMITS.viewButton),
    close: plain("Back", LIMITS.viewButton),
    blocks: [
      rich(
        line(
          label("Report on "),
          words(cutSentence(schedule.on.join(", "), NAMES)),
          label(" to "),
          { type: "channel", channel_id: schedule.channel },
          words("\n"),
        ),
        line(label("When: "), words(`${cutSentence(schedule.when, 200)}, ${schedule.zone}\n`)),
        line(label(next.length === 1 ? "It will be made once:" : "The next times:")),
        bullets(sayTimes(schedule, next).map((t) => [words(t)])),
        ...(schedule.playbook === undefined
          ? []
          : [line(label("Playbook: "), words(`${cutSentence(schedule.playbook, 200)}\n`))]),
        line(
          words(
            schedule.quiet
              ? "Quiet: it is posted only when something changed or is wrong."
              : "Each report is posted, also when all is well.",
          ),
        ),
      ),
    ],
  };
}
