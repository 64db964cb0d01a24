import type { App, SlackCommandMiddlewareArgs } from "@slack/bolt";
import { parseWords, type Request } from "../grammar/parse.ts";
import { SLACK_OPTIONS, VERBS } from "../grammar/verbs.ts";
import { type AskedFor, askedFor } from "../workflows/asked-for.ts";
import { type Started, startRun } from "../workflows/start-run.ts";
import type { Actor, Destination, RunRequest } from "../domain/run.ts";
import { answer, type Listener, sayFailed } from "./answer.ts";
import { channelCommand, isChannelCommand } from "./channel-commands.ts";
import { asSentence, escape, person } from "./draw/text.ts";
import type { InHand } from "./in-hand.ts";
import { listing } from "./listings.ts";
import { firstTime } from "./once.ts";
import type { People } from "./people.ts";
import { readableBy } from "./places.ts";
import { splitWords } from "./words.ts";
import { cutLabel } from "./limits.ts";
import { openScheduleForm, opensScheduleForm } from "./schedule-form.ts";
import type { SlackWorld } from "./world.ts";
import { runKey } from "../workflows/run-message.ts";
import { answerDoctor } from "./doctor.ts";
import { unknownHost } from "./unknown-host.ts";

const MOST_SAID = 200;

/** Answers /502: acknowledged at once, bad input with its mistake and the usage, everything else in the channel. */
export function onCommand(app: App, world: SlackWorld, people: People, inHand: InHand): void {
  app.command("/502", (args) => {
    const { user_id: user, channel_id: channel, text } = args.command;
    const said = `\`/502 ${escape(cutLabel(text, MOST_SAID))}\``;
    return inHand.hold(() => handle(world, people, args), { said, to: { user, channel } });
  });
}

async function handle(
  world: SlackWorld,
  people: People,
  { ack, command, respond }: SlackCommandMiddlewareArgs,
): Promise<void> {
  const read = readCommand(command.text);
  if ("refused" in read) {
    await ack({ response_type: "ephemeral", text: read.refused });
    return;
  }
  await ack();
  const to: Listener = { user: command.user_id, channel: command.channel_id, respond };
  if (world.channels !== undefined && opensScheduleForm(read.request)) {
    await openScheduleForm(world, { triggerId: command.trigger_id, to }, read.request);
    return;
  }
  try {
    if (!(await firstTime(world.store, command.trigger_id))) return;
    await carryOut(world, people, to, read.request, { channel: command.channel_id });
  } catch (error) {
    world.log.error({ err: error, user: command.user_id }, "a command failed");
    await answer(world, to, sayFailed(error));
  }
}

/** Does what was asked: a run in the destination, anything else as an answer to this person. */
export async function carryOut(
  world: SlackWorld,
  people: People,
  to: Listener,
  request: Request,
  destination: Destination,
): Promise<void> {
  const actor = await people.actor(to.user, destination.channel);
  const { verb, args, options } = request;
  const url = typeof options["url"] === "string" ? options["url"] : undefined;
  const asked = verb === "diagnose" ? askedFor(world.runs, args["host"] ?? "", url) : undefined;
  if (asked?.kind === "unknown-site")
    await answer(
      world,
      to,
      `${escape(asked.text)} Name the host too: \`/502 ${escape(asked.instead)}\`. Or add to \`sites:\` in 502.yml: \`${escape(asked.site)}\``,
    );
  else if (world.channels !== undefined && (asked?.kind === "group" || isChannelCommand(request))) {
    const site = asked?.kind === "group" ? asked.site : undefined;
    const zone = verb === "schedule" ? await people.zone(to.user) : undefined;
    const text = await channelCommand(world.channels, actor, request, destination, { site, zone });
    if (text !== undefined) await answer(world, to, text);
  } else if (asked !== undefined) {
    const one = asked.kind === "host" ? asked : ({ kind: "host", host: asked.group } as const);
    await diagnose(world, people, to, actor, requestOf(world, request, one), destination);
  } else if (verb === "doctor") await answerDoctor(world, to, actor, args["host"]);
  else await answer(world, to, await listing(world, actor, request));
}

/** Reads a command's text. @returns the request, or what to tell the person (mrkdwn) */
export function readCommand(text: string): { readonly request: Request } | { readonly refused: string } {
  const parsed = parseWords(splitWords(text), "slack");
  if (!parsed.ok) return { refused: `${escape(asSentence(parsed.message))} ${sayHint(parsed.hint)}` };
  const foreign = Object.keys(parsed.request.options).find((o) => !SLACK_OPTIONS.has(o));
  if (foreign !== undefined) {
    return {
      refused: `--${escape(foreign)} is for the terminal. In Slack there are --vhost, --url and --playbook.`,
    };
  }
  return { request: parsed.request };
}

/** A hint with the command in it as code: "Usage: `/502 hosts`" */
function sayHint(hint: string): string {
  const command = /^(.*?: )(\/?502 .*)$/s.exec(hint);
  if (command === null) return escape(asSentence(hint));
  const [, before = "", typed = ""] = command;
  return `${escape(before.slice(0, 1).toUpperCase() + before.slice(1))}\`${escape(typed)}\``;
}

function requestOf(
  world: SlackWorld,
  request: Request,
  { host, url, site }: AskedFor & { readonly kind: "host" },
): RunRequest {
  const { vhost, playbook } = request.options;
  return {
    host,
    playbook: typeof playbook === "string" ? playbook : (world.runs.findHost(host)?.playbook ?? "502"),
    ...(typeof vhost === "string" ? { vhost } : {}),
    ...(url === undefined ? {} : { url }),
    ...(site === undefined ? {} : { site }),
  };
}

/** Starts a run, or tells the person why not. */
export async function diagnose(
  world: SlackWorld,
  people: People,
  to: Listener,
  actor: Actor,
  request: RunRequest,
  destination: Destination,
): Promise<void> {
  const join = readableBy(people, to.user, destination.channel);
  const started = await startRun(world.runs, { request, actor, destination, join });
  const text =
    started.kind === "unknown-host"
      ? `${unknownHost(world, actor, request.host)} Usage: \`/502 ${escape(VERBS[0]?.usage ?? "HOST")}\``
      : await sayStarted(world, started);
  if (text !== undefined) await answer(world, to, text);
}

/** What the person is told of a run that was asked for (mrkdwn); undefined: the run's own message says it. */
export async function sayStarted(world: SlackWorld, started: Started): Promise<string | undefined> {
  switch (started.kind) {
    case "started":
      return undefined;
    case "joined": {
      const { run } = started;
      const who = `${escape(run.request.host)} is being diagnosed already, asked by ${person(run.actor.id)}`;
      const link = await linkTo(world, run.id);
      const listed = `\`/502 runs ${escape(run.request.host)}\``;
      return link === undefined
        ? `${who}. Its verdict will stand in ${listed}.`
        : `${who}: <${link}|see there>.`;
    }
    case "unknown-host":
    case "unknown-playbook":
    case "not-allowed":
      break;
  }
  return escape(started.text);
}

async function linkTo(world: SlackWorld, runId: string): Promise<string | undefined> {
  const at = await world.store.outboxTs(runKey(runId));
  if (at === undefined) return undefined;
  try {
    return (await world.client.chat.getPermalink({ channel: at.channel, message_ts: at.ts })).permalink;
  } catch {
    return undefined;
  }
}
