import type { App, ViewSubmitAction } from "@slack/bolt";
import { claimHost, type Claimed, claimOf, handOver } from "../workflows/claim-host.ts";
import { answer } from "./answer.ts";
import { claimView, HAND_OVER_TITLE, sayTaken, takeOverButton } from "./draw/claim.ts";
import { noticeView } from "./draw/views.ts";
import { escape } from "./draw/text.ts";
import { answerForm, closed, fieldError, type FormAnswer, type FormReply } from "./form-answer.ts";
import { FormValues } from "./form-values.ts";
import { ACTIONS, FIELDS, readMemo, VIEWS, type ViewMemo } from "./ids.ts";
import type { InHand } from "./in-hand.ts";
import { openView } from "./opened-view.ts";
import { firstTime } from "./once.ts";
import type { People } from "./people.ts";
import { onPress } from "./presses.ts";
import type { PressedButton } from "./read-press.ts";
import type { SlackWorld } from "./world.ts";

/** "I have it" under a verdict, and how it passes to somebody else. */
export function onClaims(app: App, world: SlackWorld, people: People, inHand: InHand): void {
  const on = onPress(app, world, people, inHand);
  on(ACTIONS.claim, (w, p, press) => claim(w, p, press, false));
  on(ACTIONS.takeOver, (w, p, press) => claim(w, p, press, true));
  on(ACTIONS.handOver, openForm);
  const onForm = (
    id: string,
    work: (memo: ViewMemo, actor: string, values: FormValues) => Promise<Claimed>,
  ): void => {
    app.view<ViewSubmitAction>({ type: "view_submission", callback_id: id }, (args) =>
      inHand.hold(async () => {
        const { body, view } = args;
        const memo = readMemo(view.private_metadata);
        const notice = (text: string): FormReply => ({
          response_action: "update",
          view: noticeView(HAND_OVER_TITLE, text),
        });
        if (memo === undefined) {
          await args.ack(notice("This form is of another version of the bot. Press the button again."));
          return;
        }
        const { channel, threadTs } = memo;
        const form = {
          title: HAND_OVER_TITLE,
          to: { user: body.user.id, channel, ...(threadTs === undefined ? {} : { threadTs }) },
          elsewhere: threadTs === undefined ? "in the channel" : "in the thread",
          failed: (text: string): FormReply => notice(`${text} Press the button again.`),
        };
        await answerForm(world, args, form, async () =>
          replyTo(await work(memo, body.user.id, new FormValues(view.state.values)), body.user.id, notice),
        );
      }),
    );
  };
  const runs = { ...world.runs, store: world.store };
  onForm(VIEWS.takeOver, async ({ approvalId: runId, channel }, user) =>
    claimHost(runs, { runId, actor: await people.actor(user, channel), over: true }),
  );
  onForm(VIEWS.handOver, async ({ approvalId: runId, channel }, user, values) => {
    const [chosen] = values.people(FIELDS.person);
    const actor = await people.actor(user, channel);
    const to = chosen === undefined ? {} : { to: await people.actor(chosen, channel) };
    return handOver(runs, { runId, actor, ...to });
  });
}

/** The verdict says it afterwards; only what did not work is answered. */
async function claim(world: SlackWorld, people: People, press: PressedButton, over: boolean): Promise<void> {
  if (!(await firstTime(world.store, press.triggerId))) return;
  const actor = await people.actor(press.to.user, press.to.channel);
  const runId = press.value;
  const done = await claimHost({ ...world.runs, store: world.store }, { runId, actor, over });
  if ("text" in done) await answer(world, press.to, escape(done.text));
  else if (done.kind === "yours") await answer(world, press.to, "You have it already.");
  else if (done.kind === "taken")
    await answer(world, press.to, sayTaken(done.claim), [takeOverButton(runId)]);
}

async function openForm(world: SlackWorld, _people: People, press: PressedButton): Promise<void> {
  const opened = await openView(world, {
    ...press,
    title: HAND_OVER_TITLE,
    again: "Press the button again.",
  });
  if (opened === undefined) return;
  const run = await world.store.run(press.value);
  const held = run && (await claimOf(world.store, run.request.host, world.clock.now()));
  if (held === undefined) return opened.say("Nobody has it any more.");
  const { channel = "", threadTs } = press.to;
  const memo: ViewMemo = {
    approvalId: press.value,
    channel,
    ...(threadTs === undefined ? {} : { threadTs }),
  };
  await opened.fill(claimView(held, held.by === press.to.user, JSON.stringify(memo)));
}

function replyTo(done: Claimed, user: string, notice: (text: string) => FormReply): FormAnswer {
  if (done.kind === "not-this-person")
    return { reply: fieldError(FIELDS.person, done.text), late: escape(done.text) };
  if ("text" in done) return { reply: notice(done.text), late: escape(done.text) };
  if (done.kind === "taken" && done.claim.by !== user)
    return {
      reply: notice("Somebody else has it by now. Press the button again."),
      late: sayTaken(done.claim),
    };
  return closed();
}
