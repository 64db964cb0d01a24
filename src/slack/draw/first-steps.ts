import { type FirstSteps, policyLines, slackLines } from "../../wording/first-steps.ts";
import { FIELDS, VIEWS } from "../ids.ts";
import { LIMITS } from "../limits.ts";
import { line, plain, preformatted, rich, type View, words } from "./blocks.ts";
import { channelField, field } from "./fields.ts";

export const FIRST_STEPS_TITLE = "First steps";
const MOST_APPROVERS = 20;

/** Asks who may approve fixes, by name: the policy wants ids that nobody knows by heart. */
export function firstStepsView(): View {
  return {
    type: "modal",
    callback_id: VIEWS.firstSteps,
    title: plain(FIRST_STEPS_TITLE, LIMITS.viewTitle),
    submit: plain("Show the lines", LIMITS.viewButton),
    close: plain("Cancel", LIMITS.viewButton),
    blocks: [
      rich(
        line(
          words(
            "502.yml has no policy yet: members may diagnose hosts, and nobody may approve a fix in Slack. Name who may, and you get the lines to write.",
          ),
        ),
      ),
      field({
        id: FIELDS.group,
        label: "On-call group",
        hint: "A Slack user group. It is mentioned when an approval waits for three minutes.",
        optional: true,
        element: {
          type: "external_select",
          min_query_length: 0,
          placeholder: plain("Type a part of its name", LIMITS.placeholder),
        },
      }),
      field({
        id: FIELDS.approvers,
        label: "People who may approve",
        optional: true,
        element: {
          type: "multi_users_select",
          max_selected_items: MOST_APPROVERS,
          placeholder: plain("Choose people", LIMITS.placeholder),
        },
      }),
      channelField(
        "Fixes are approved in this channel only, and alerts go there. Empty: fixes anywhere, alerts nowhere.",
        true,
      ),
    ],
  };
}

/** The lines for 502.yml, and what to do with them. */
export function firstStepsDoneView(steps: FirstSteps): View {
  const slack = slackLines(steps);
  return {
    type: "modal",
    callback_id: VIEWS.notice,
    title: plain(FIRST_STEPS_TITLE, LIMITS.viewTitle),
    close: plain("Close", LIMITS.viewButton),
    blocks: [
      rich(line(words("1. Add this to 502.yml:")), preformatted(policyLines(steps))),
      ...(slack === ""
        ? []
        : [rich(line(words("Under its slack: section, which is there already, add:")), preformatted(slack))]),
      rich(
        line(words("2. Check it on the bot's machine: ")),
        preformatted("502 doctor"),
        line(words("3. Restart the bot. Until then nothing changes.")),
      ),
    ],
  };
}
