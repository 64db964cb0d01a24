import type { SlackViewMiddlewareArgs, ViewSubmitAction } from "@slack/bolt";
import { answer, type Listener, sayFailed } from "./answer.ts";
import { noticeView } from "./draw/views.ts";
import { inTime } from "./in-time.ts";
import { cutLabel, LIMITS } from "./limits.ts";
import { firstTime } from "./once.ts";
import type { SlackWorld } from "./world.ts";

export type Submission = SlackViewMiddlewareArgs<ViewSubmitAction>;
export type FormReply = NonNullable<Parameters<Submission["ack"]>[0]>;

/** What a submission led to. */
export interface FormAnswer {
  /** What the form shows now: nothing, mistakes at its fields, another view. */
  readonly reply: FormReply;
  /** The same in words (mrkdwn), for a form that could not wait for it; empty: it is seen elsewhere. */
  readonly late: string;
  /** Said beside the form in any case (mrkdwn). */
  readonly beside?: string;
}

/** A form that was submitted. */
interface SubmittedForm {
  readonly title: string;
  /** Where its answer is said when the form could not wait, or is not enough. */
  readonly to: Listener;
  /** Where the answer of a form that could not wait is found: "in the thread". */
  readonly elsewhere: string;
  /** Shows a sentence about a failure, so that the person can try again. */
  readonly failed: (text: string) => FormReply;
}

/**
 * Acknowledges a submission within Slack's three seconds with what the work gave, and says beside the form what came
 * too late for it. A submission that is delivered twice is worked on once.
 */
export async function answerForm(
  world: SlackWorld,
  { ack, body }: Submission,
  form: SubmittedForm,
  work: () => Promise<FormAnswer>,
): Promise<void> {
  const { title, to } = form;
  const working = once(world, body.trigger_id, work);
  const failed = (error: unknown): string => {
    world.log.error({ err: error, user: to.user }, "a form failed");
    return sayFailed(error);
  };
  const given = await inTime(world.clock, working).catch((error: unknown): FormAnswer => ({
    reply: form.failed(failed(error)),
    late: "",
  }));
  if (given !== "late") {
    await ack(given.reply);
    if (given.beside !== undefined) await answer(world, to, given.beside);
    return;
  }
  const wait = `This takes a moment; the answer comes ${form.elsewhere}.`;
  await ack({ response_action: "update", view: noticeView(title, wait) });
  const said = await working.then(
    ({ late, beside = "" }) => [late, beside].filter((text) => text !== "").join("\n"),
    failed,
  );
  if (said !== "") await answer(world, to, said);
}

async function once(
  world: SlackWorld,
  trigger: string | undefined,
  work: () => Promise<FormAnswer>,
): Promise<FormAnswer> {
  return (await firstTime(world.store, trigger)) ? work() : closed();
}

/** The form has done its work. @param beside said next to it (mrkdwn) */
export function closed(beside?: string): FormAnswer {
  return { reply: { response_action: "clear" }, late: "", ...(beside === undefined ? {} : { beside }) };
}

/** A mistake at its field. @param text plain words */
export function fieldError(field: string, text: string): FormReply {
  return { response_action: "errors", errors: { [field]: cutLabel(text, LIMITS.fieldError) } };
}
