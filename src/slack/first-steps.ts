import type { App, BlockAction, ViewSubmitAction } from "@slack/bolt";
import { FIRST_STEPS_TITLE, firstStepsDoneView, firstStepsView } from "./draw/first-steps.ts";
import { answerForm, fieldError, type FormReply } from "./form-answer.ts";
import { FormValues } from "./form-values.ts";
import { ACTIONS, FIELDS, VIEWS } from "./ids.ts";
import type { InHand } from "./in-hand.ts";
import { openView } from "./opened-view.ts";
import type { SlackWorld } from "./world.ts";

/** The first-time setup from App Home: names become the lines of a policy. The file itself is never written from Slack. */
export function onFirstSteps(app: App, world: SlackWorld, inHand: InHand): void {
  app.action<BlockAction>({ type: "block_actions", action_id: ACTIONS.firstSteps }, ({ ack, body }) =>
    inHand.hold(async () => {
      await ack();
      await openView(world, {
        triggerId: body.trigger_id,
        title: FIRST_STEPS_TITLE,
        to: { user: body.user.id },
        view: firstStepsView(),
        again: "Press the button again.",
      });
    }),
  );
  app.view<ViewSubmitAction>({ type: "view_submission", callback_id: VIEWS.firstSteps }, (args) =>
    inHand.hold(async () => {
      const { user, view } = args.body;
      const values = new FormValues(view.state.values);
      const form = {
        title: FIRST_STEPS_TITLE,
        to: { user: user.id },
        elsewhere: "as a message",
        failed: (text: string): FormReply => fieldError(FIELDS.approvers, `${text} Submit it again.`),
      };
      await answerForm(world, args, form, async () => {
        const [group, channel] = [values.option(FIELDS.group), values.conversation(FIELDS.channel)];
        const approvers = values.people(FIELDS.approvers);
        if (group === undefined && approvers.length === 0) {
          const text = "Name a group or at least one person.";
          return { reply: fieldError(FIELDS.approvers, text), late: text };
        }
        const steps = {
          approvers,
          ...(group === undefined ? {} : { group }),
          ...(channel === undefined ? {} : { channel }),
        };
        const shown = firstStepsDoneView(steps);
        return { reply: { response_action: "update", view: shown }, late: "Open the form again." };
      });
    }),
  );
}
