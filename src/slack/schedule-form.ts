import type { App, SlackViewMiddlewareArgs, ViewSubmitAction } from "@slack/bolt";
import { z } from "zod";
import type { Request } from "../grammar/parse.ts";
import { sayChannel } from "../wording/channel.ts";
import { sayNext, saySchedule } from "../wording/schedule.ts";
import type { ChannelWorld } from "../workflows/channel-world.ts";
import { addSchedule, planSchedule, type ScheduleRequest } from "../workflows/manage-schedules.ts";
import { answer, type Listener, troubleText } from "./answer.ts";
import { confirmScheduleView, scheduleView } from "./draw/schedule-form.ts";
import { escape } from "./draw/text.ts";
import { noticeView } from "./draw/views.ts";
import { FIELDS, VIEWS } from "./ids.ts";
import type { InHand } from "./in-hand.ts";
import { cutLabel, LIMITS } from "./limits.ts";
import { firstTime } from "./once.ts";
import { openView } from "./opened-view.ts";
import type { People } from "./people.ts";
import type { SlackWorld } from "./world.ts";

const TITLE = "Schedule a report";
/** A form has to be acknowledged within three seconds: what is not known by then is found when it is posted. */
const PATIENCE_MS = 1_500;

type Submission = SlackViewMiddlewareArgs<ViewSubmitAction>;
type Asked = Omit<ScheduleRequest, "actor">;

/** From the first form to the confirmation: what was asked for, and where the form was opened. */
const Memo = z.object({
  from: z.string(),
  asked: z.object({
    when: z.string(),
    zone: z.string(),
    channel: z.string(),
    on: z.array(z.string()),
    quiet: z.boolean(),
  }),
});
const From = z.object({ channel: z.string() });

/** True for `/502 schedule` and `/502 schedule add` without more: the form is asked for. */
export function asksScheduleForm({ verb, args }: Request): boolean {
  return (
    verb === "schedule" &&
    (args["what"] === undefined || (args["what"] === "add" && args["words"] === undefined))
  );
}

/** Opens the form for a person, in their own time zone. */
export async function openScheduleForm(
  world: SlackWorld,
  to: Listener & { readonly channel: string },
  triggerId: string,
): Promise<void> {
  const opened = await openView(world, { triggerId, title: TITLE, to });
  if (opened === undefined) return;
  const groups = world.channels?.groupNames() ?? [];
  await opened.fill(scheduleView({ channel: to.channel, zone: await zoneOf(world, to.user), groups }));
}

async function zoneOf(world: SlackWorld, user: string): Promise<string> {
  try {
    return (await world.client.users.info({ user })).user?.tz ?? "UTC";
  } catch {
    return "UTC";
  }
}

/** Wires the form and its confirmation. */
export function onScheduleForm(app: App, world: SlackWorld, people: People, inHand: InHand): void {
  const { channels } = world;
  if (channels === undefined) return;
  app.view<ViewSubmitAction>({ type: "view_submission", callback_id: VIEWS.schedule }, (args) =>
    inHand.hold(() => planned(world, channels, people, args)),
  );
  app.view<ViewSubmitAction>({ type: "view_submission", callback_id: VIEWS.confirmSchedule }, (args) =>
    inHand.hold(() => confirmed(world, channels, people, args)),
  );
}

async function planned(
  world: SlackWorld,
  channels: ChannelWorld,
  people: People,
  { ack, body, view }: Submission,
): Promise<void> {
  const from = readJson(From, view.private_metadata)?.channel ?? "";
  const asked = readForm(view.state.values);
  const actor = await people.actor(body.user.id, from === "" ? undefined : from);
  const plan = planSchedule(channels, { ...asked, actor });
  const wrong = plan.ok ? await channelTrouble(world, channels, asked.channel) : fault(plan);
  if (wrong !== undefined) {
    const [field, text] = wrong;
    await ack({ response_action: "errors", errors: { [field]: cutLabel(text, LIMITS.fieldError) } });
    return;
  }
  if (!plan.ok) return;
  const memo = JSON.stringify({ from, asked });
  const told = `${asked.when}, ${plan.schedule.zone}: a report about ${asked.on.join(" ")}${asked.quiet ? ", only when something changed or is wrong" : ""}.`;
  const next = sayNext(plan.schedule, plan.next);
  await ack(
    memo.length > LIMITS.privateMetadata
      ? { response_action: "errors", errors: { [FIELDS.on]: "Too many hosts for a form: use a group." } }
      : { response_action: "push", view: confirmScheduleView(told, next, memo) },
  );
}

/** The field that a refusal is shown at. */
function fault(plan: { readonly text: string; readonly about?: string }): readonly [string, string] {
  const fields: Readonly<Record<string, string>> = { when: FIELDS.when, zone: FIELDS.zone };
  return [fields[plan.about ?? ""] ?? FIELDS.on, plan.text];
}

async function channelTrouble(
  world: SlackWorld,
  channels: ChannelWorld,
  channel: string,
): Promise<readonly [string, string] | undefined> {
  const enough = new AbortController();
  const found = await Promise.race([
    channels.findChannel?.(channel),
    world.clock.wait(PATIENCE_MS, enough.signal).then(() => undefined),
  ]);
  enough.abort();
  if (found === undefined || found.kind === "found") return undefined;
  return [FIELDS.channel, sayChannel(channel, found)];
}

async function confirmed(
  world: SlackWorld,
  channels: ChannelWorld,
  people: People,
  { ack, body, view }: Submission,
): Promise<void> {
  const memo = readJson(Memo, view.private_metadata);
  if (memo === undefined) {
    const text = "This form is of another version of the bot. Type /502 schedule again.";
    await ack({ response_action: "update", view: noticeView(TITLE, text) });
    return;
  }
  await ack({ response_action: "clear" });
  if (!(await firstTime(world.store, body.trigger_id))) return;
  const { from, asked } = memo;
  const to: Listener = { user: body.user.id, ...(from === "" ? {} : { channel: from }) };
  try {
    const actor = await people.actor(body.user.id, from === "" ? undefined : from);
    const added = await addSchedule(channels, { ...asked, actor });
    const said = added.ok
      ? `Scheduled. ${saySchedule(added.schedule)}\n${sayNext(added.schedule, added.next)}`
      : added.text;
    await answer(world, to, escape(said));
  } catch (error) {
    world.log.error({ err: error, user: body.user.id }, "a schedule could not be kept");
    await answer(world, to, `That did not work. ${troubleText(error)} Type /502 schedule again.`);
  }
}

type Values = ViewSubmitAction["view"]["state"]["values"];

function readForm(values: Values): Asked {
  const field = (id: string): Values[string][string] | undefined => values[id]?.[id];
  const text = (id: string): string => (field(id)?.value ?? "").trim();
  return {
    channel: field(FIELDS.channel)?.selected_conversation ?? "",
    on: text(FIELDS.on)
      .split(/[\s,]+/)
      .filter((w) => w !== ""),
    when: text(FIELDS.when),
    zone: text(FIELDS.zone),
    quiet: (field(FIELDS.quiet)?.selected_options?.length ?? 0) > 0,
  };
}

function readJson<T>(shape: z.ZodType<T>, text: string): T | undefined {
  try {
    return shape.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}
