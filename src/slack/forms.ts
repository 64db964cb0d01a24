import type { App, ViewSubmitAction } from "@slack/bolt";
import { decideApproval, type Decided } from "../workflows/decide-approval.ts";
import { mentions } from "./draw/text.ts";
import { noticeView } from "./draw/views.ts";
import {
  answerForm,
  closed,
  fieldError,
  type FormAnswer,
  type FormReply,
  type Submission,
} from "./form-answer.ts";
import { FIELDS, readMemo, VIEWS } from "./ids.ts";
import type { InHand } from "./in-hand.ts";
import type { People } from "./people.ts";
import type { SlackWorld } from "./world.ts";

/** Wires the forms: approving and denying. */
export function onForms(app: App, world: SlackWorld, people: People, inHand: InHand): void {
  const on = (callbackId: string, decide: "approve" | "deny"): void => {
    app.view<ViewSubmitAction>({ type: "view_submission", callback_id: callbackId }, (args) =>
      inHand.hold(() => submitted(world, people, args, decide)),
    );
  };
  on(VIEWS.approve, "approve");
  on(VIEWS.deny, "deny");
}

async function submitted(
  world: SlackWorld,
  people: People,
  args: Submission,
  decide: "approve" | "deny",
): Promise<void> {
  const { body, view, ack } = args;
  const memo = readMemo(view.private_metadata);
  const title = decide === "approve" ? "Approve a fix" : "Deny a fix";
  const notice = (text: string): FormReply => ({ response_action: "update", view: noticeView(title, text) });
  if (memo === undefined) {
    await ack(notice("This form is of another version of the bot. Press the button again."));
    return;
  }
  const { channel, threadTs } = memo;
  const to = {
    user: body.user.id,
    ...(channel === "" ? {} : { channel }),
    ...(threadTs === undefined ? {} : { threadTs }),
  };
  const failed = (text: string): FormReply => notice(`${text} Press the button again.`);
  const elsewhere =
    channel === "" ? "as a message" : threadTs === undefined ? "in the channel" : "in the thread";
  await answerForm(world, args, { title, to, elsewhere, failed }, async () => {
    const decided = await decideAs(world, people, body, memo, decide);
    return { reply: replyTo(decided, notice), late: mentions(decided.text) };
  });
}

async function decideAs(
  world: SlackWorld,
  people: People,
  body: ViewSubmitAction,
  memo: { readonly approvalId: string; readonly channel: string },
  decide: "approve" | "deny",
): Promise<Decided> {
  const values = body.view.state.values;
  const reason = values[FIELDS.reason]?.[FIELDS.reason]?.value ?? "";
  const typedHost = values[FIELDS.hostName]?.[FIELDS.hostName]?.value;
  const channel = memo.channel === "" ? undefined : memo.channel;
  return decideApproval(world.fixes, {
    approvalId: memo.approvalId,
    actor: await people.actor(body.user.id, channel),
    decide,
    reason,
    ...(typeof typedHost === "string" ? { typedHost } : {}),
    breakGlass: (values[FIELDS.glass]?.[FIELDS.glass]?.selected_options?.length ?? 0) > 0,
  });
}

/** What the form shows now: nothing, a mistake at its field, or a sentence. */
function replyTo(decided: Decided, notice: (text: string) => FormReply): FormAnswer["reply"] {
  switch (decided.kind) {
    case "approved":
    case "denied":
      return closed().reply;
    case "needs-host-name":
      return fieldError(FIELDS.hostName, decided.text);
    case "needs-reason":
      return fieldError(FIELDS.reason, decided.text);
    default:
      return notice(decided.text);
  }
}
