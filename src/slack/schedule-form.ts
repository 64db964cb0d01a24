import type { App, BlockAction, ViewSubmitAction } from "@slack/bolt";
import { z } from "zod";
import { readWhen } from "../domain/schedule-words.ts";
import type { Request } from "../grammar/parse.ts";
import type { ChannelWorld } from "../workflows/channel-world.ts";
import { addSchedule, planSchedule, type ScheduleRequest } from "../workflows/manage-schedules.ts";
import { sayNext, saySchedule } from "../wording/schedule.ts";
import type { Listener } from "./answer.ts";
import { SCHEDULE_TITLE, scheduleConfirmView, scheduleView } from "./draw/schedule.ts";
import { noticeView } from "./draw/views.ts";
import { markIds } from "./draw/text.ts";
import { answerForm, closed, fieldError, type FormAnswer, type FormReply } from "./form-answer.ts";
import { FormValues } from "./form-values.ts";
import { showHome } from "./home.ts";
import { ACTIONS, FIELDS, VIEWS } from "./ids.ts";
import type { InHand } from "./in-hand.ts";
import { LIMITS } from "./limits.ts";
import { openView } from "./opened-view.ts";
import type { People } from "./people.ts";
import { spotOf } from "./spot.ts";
import type { SlackWorld } from "./world.ts";

/** What the form carries: where it was asked for; "" is App Home. */
const Memo = z.object({ origin: z.string() });
/** What the confirmation carries: the whole request but who asks. */
const Asked = Memo.extend({
  when: z.string(),
  zone: z.string(),
  channel: z.string(),
  on: z.array(z.string()),
  playbook: z.string().optional(),
  quiet: z.boolean(),
});
type Asked = z.infer<typeof Asked>;

const FIELD = { when: FIELDS.when, on: FIELDS.targets, playbook: FIELDS.playbook } as const;

/** True for `schedule add` without any more words. */
export function opensScheduleForm({ verb, args }: Request): boolean {
  return verb === "schedule" && args["what"] === "add" && args["words"] === undefined;
}

/** Opens the form of a scheduled report. @param request the command, where one was given in a channel */
export async function openScheduleForm(
  world: SlackWorld,
  press: { readonly triggerId: string; readonly to: Listener },
  request?: Request,
): Promise<void> {
  const { channel } = press.to;
  const { playbook, quiet } = request?.options ?? {};
  await openView(world, {
    ...press,
    title: SCHEDULE_TITLE,
    again: "Nothing was scheduled: type `/502 schedule add` again.",
    view: scheduleView([...world.runs.playbooks.keys()], {
      memo: JSON.stringify({ origin: channel ?? "" }),
      ...(typeof playbook === "string" ? { playbook } : {}),
      quiet: quiet === true,
    }),
  });
}

/** Wires the form, its confirmation, and the button in App Home. */
export function onScheduleForm(app: App, world: SlackWorld, people: People, inHand: InHand): void {
  const { channels } = world;
  if (channels === undefined) return;
  app.action<BlockAction>({ type: "block_actions", action_id: ACTIONS.newSchedule }, ({ ack, body }) =>
    inHand.hold(async () => {
      await ack();
      await openScheduleForm(world, { triggerId: body.trigger_id, to: { user: body.user.id } });
    }),
  );
  app.view<ViewSubmitAction>({ type: "view_submission", callback_id: VIEWS.schedule }, (args) =>
    inHand.hold(async () => {
      const { user, view } = args.body;
      const { origin } = Memo.catch({ origin: "" }).parse(json(view.private_metadata));
      const form = {
        title: SCHEDULE_TITLE,
        to: listener(user.id, origin),
        elsewhere: "as a message",
        failed: (text: string): FormReply => fieldError(FIELDS.when, `${text} Submit it again.`),
      };
      const values = new FormValues(view.state.values);
      await answerForm(world, args, form, () => plan(world, channels, people, user.id, values, origin));
    }),
  );
  app.view<ViewSubmitAction>({ type: "view_submission", callback_id: VIEWS.scheduleConfirm }, (args) =>
    inHand.hold(async () => {
      const { user, view } = args.body;
      const asked = Asked.safeParse(json(view.private_metadata)).data;
      const origin = asked?.origin ?? "";
      const failed = (text: string): FormReply => refused(`${text} Go back and submit it again.`).reply;
      const form = {
        title: SCHEDULE_TITLE,
        to: listener(user.id, origin),
        elsewhere: "as a message",
        failed,
      };
      await answerForm(world, args, form, () => keep(world, channels, people, user.id, asked));
      if (origin === "") await showHome(world, people, user.id);
    }),
  );
}

/** Reads the form; what it would mean is shown on top of it. */
async function plan(
  world: SlackWorld,
  channels: ChannelWorld,
  people: People,
  user: string,
  values: FormValues,
  origin: string,
): Promise<FormAnswer> {
  const when = values.text(FIELDS.when) ?? "";
  const read = readWhen(when);
  const inWords = read.ok ? read.when.zone : undefined;
  const chosen = values.option(FIELDS.zone);
  if (inWords !== undefined && chosen !== undefined && inWords !== chosen)
    return mistake(FIELDS.zone, `"${when}" says ${inWords} already: leave this empty, or choose the same.`);
  const spot = await spotOf(world, people, user, values.conversation(FIELDS.channel));
  if ("refused" in spot) return mistake(FIELDS.channel, spot.refused);
  const playbook = values.option(FIELDS.playbook);
  const request: ScheduleRequest = {
    actor: spot.actor,
    when,
    zone: inWords ?? chosen ?? (await people.zone(user)) ?? "UTC",
    channel: spot.channel,
    on: values.options(FIELDS.targets),
    quiet: values.options(FIELDS.quiet).length > 0,
    ...(playbook === undefined ? {} : { playbook }),
  };
  const planned = planSchedule(channels, request);
  if (!planned.ok) return mistake(FIELD[planned.about ?? "on"], planned.text);
  const { actor: _who, ...asked } = request;
  const memo = JSON.stringify({ ...asked, origin });
  if (memo.length > LIMITS.privateMetadata)
    return mistake(FIELDS.targets, "These are more names than a form can carry: choose a group instead.");
  const view = scheduleConfirmView(planned.schedule, planned.next, memo);
  return {
    reply: { response_action: "push", view },
    late: "Nothing was scheduled yet: submit the form again.",
  };
}

/** Keeps what was confirmed, under the same rules as before. */
async function keep(
  world: SlackWorld,
  channels: ChannelWorld,
  people: People,
  user: string,
  asked: Asked | undefined,
): Promise<FormAnswer> {
  if (asked === undefined) return refused("This form is of another version of the bot. Open it again.");
  const spot = await spotOf(world, people, user, asked.channel);
  if ("refused" in spot) return refused(spot.refused);
  const { origin: _from, playbook, ...rest } = asked;
  const added = await addSchedule(channels, {
    ...rest,
    ...(playbook === undefined ? {} : { playbook }),
    actor: spot.actor,
  });
  if (!added.ok) return refused(added.text);
  const { schedule, next } = added;
  return closed(`Scheduled. ${markIds(`${saySchedule(schedule)}\n${sayNext(schedule, next)}`)}`);
}

function mistake(field: string, text: string): FormAnswer {
  return { reply: fieldError(field, text), late: text };
}

function refused(text: string): FormAnswer {
  return { reply: { response_action: "update", view: noticeView(SCHEDULE_TITLE, text) }, late: text };
}

function listener(user: string, origin: string): Listener {
  return { user, ...(origin === "" ? {} : { channel: origin }) };
}

function json(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
