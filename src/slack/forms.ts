import type { App, SlackViewMiddlewareArgs, ViewSubmitAction } from "@slack/bolt";
import { decideApproval, type Decided } from "../workflows/decide-approval.ts";
import { answer, type Listener, troubleText } from "./answer.ts";
import { mentions } from "./draw/text.ts";
import { noticeView } from "./draw/views.ts";
import { FIELDS, readMemo, VIEWS } from "./ids.ts";
import type { InHand } from "./in-hand.ts";
import { cutLabel, LIMITS } from "./limits.ts";
import { firstTime } from "./once.ts";
import type { People } from "./people.ts";
import type { SlackWorld } from "./world.ts";

/** A form has to be acknowledged within three seconds; what takes longer is answered beside it. */
const PATIENCE_MS = 2_000;

type Submission = SlackViewMiddlewareArgs<ViewSubmitAction>;

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
  { ack, body, view }: Submission,
  decide: "approve" | "deny",
): Promise<void> {
  const memo = readMemo(view.private_metadata);
  const title = decide === "approve" ? "Approve a fix" : "Deny a fix";
  if (memo === undefined) {
    await ack({
      response_action: "update",
      view: noticeView(title, "This form is of another version of the bot. Press the button again."),
    });
    return;
  }
  const work = decideOnce(world, people, body, memo, decide);
  // Its failure is said below, also when that comes after the acknowledgement.
  work.catch(() => undefined);
  const enough = new AbortController();
  const inTime = await Promise.race([
    work.catch((error: unknown) => ({ failed: error })),
    world.clock.wait(PATIENCE_MS, enough.signal).then(() => "late" as const),
  ]);
  enough.abort();
  if (inTime === "late") {
    await ack({
      response_action: "update",
      view: noticeView(title, "This takes a moment; the answer comes in the thread."),
    });
    const to: Listener = {
      user: body.user.id,
      channel: memo.channel,
      ...(memo.threadTs === undefined ? {} : { threadTs: memo.threadTs }),
    };
    const said = await work.then(
      (d) => d?.text ?? "",
      (error: unknown) => `That did not work. ${troubleText(error)}`,
    );
    if (said !== "") await answer(world, to, mentions(said));
    return;
  }
  if (inTime !== undefined && "failed" in inTime) {
    world.log.error({ err: inTime.failed, user: body.user.id }, "a decision failed");
    await ack({
      response_action: "update",
      view: noticeView(title, `That did not work. ${troubleText(inTime.failed)} Press the button again.`),
    });
    return;
  }
  await ack(replyTo(inTime, title));
}

/** @returns undefined when this very submission was handled before */
async function decideOnce(
  world: SlackWorld,
  people: People,
  body: ViewSubmitAction,
  memo: { readonly approvalId: string; readonly channel: string },
  decide: "approve" | "deny",
): Promise<Decided | undefined> {
  if (!(await firstTime(world.store, body.trigger_id))) return undefined;
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

type Reply = NonNullable<Parameters<Submission["ack"]>[0]>;

/** What the form shows now: nothing, a mistake at its field, or a sentence. */
function replyTo(decided: Decided | undefined, title: string): Reply {
  switch (decided?.kind) {
    case undefined:
    case "approved":
    case "denied":
      return { response_action: "clear" };
    case "needs-host-name":
      return {
        response_action: "errors",
        errors: { [FIELDS.hostName]: cutLabel(decided.text, LIMITS.fieldError) },
      };
    case "needs-reason":
      return {
        response_action: "errors",
        errors: { [FIELDS.reason]: cutLabel(decided.text, LIMITS.fieldError) },
      };
    default:
      return { response_action: "update", view: noticeView(title, decided?.text ?? "") };
  }
}
