import type { Outcome } from "../delivery/delivery.ts";
import { isJson } from "../json.ts";
import { addMessage, presentMessage } from "../messaging.ts";
import type { Message } from "../state/messages.ts";
import { envelopeBase, responseUrl, slackbotSays } from "./context.ts";
import type { InteractionContext } from "./context.ts";
import { respond, ResponseRefused } from "./respond.ts";
import { sendEvent } from "./events.ts";
import { commandFailed } from "./unanswered.ts";

/**
 * A slash command as typed ("/502 web-1"). Its ack may carry a message; without an ack in time
 * the user is told so by Slackbot, as in Slack. Gives how the delivery ended.
 */
export async function slashCommand(
  ctx: InteractionContext,
  userName: string,
  channelName: string,
  line: string,
): Promise<Outcome> {
  const { state, delivery } = ctx;
  const user = state.people.get(userName);
  const channel = state.channels.get(channelName);
  const [command = "", ...rest] = line.trim().split(/\s/);
  if (!state.app.commands.some((each) => each.name === command)) {
    slackbotSays(state, user.id, channel.id, `\`${command}\` is not a valid command. Type \`/\` for a list.`);
    return { end: "unreachable" };
  }
  const base = envelopeBase(ctx, user, "slash_commands", channel.id);
  const target = { channel: channel.id, user: user.id };
  const payload = {
    token: ctx.verificationToken,
    team_id: user.teamId,
    team_domain: state.people.team.domain,
    channel_id: channel.id,
    channel_name: channel.kind === "im" ? "directmessage" : channel.name,
    user_id: user.id,
    user_name: user.name,
    command,
    text: rest.join(" "),
    api_app_id: state.app.id,
    is_enterprise_install: "false",
    response_url: responseUrl(state, target),
    trigger_id: base["trigger_id"],
  };
  const outcome = await delivery.send("slash_commands", payload, "slash_commands");
  if (outcome.end === "acked") answerOf(ctx, target, outcome.payload, command);
  else slackbotSays(state, user.id, channel.id, commandFailed(command, outcome.end));
  return outcome;
}

/** What Slack answers to a command in a thread: an app's commands work in channels only. */
export function commandInThread(
  ctx: InteractionContext,
  userName: string,
  channelName: string,
  line: string,
  threadTs: string,
): void {
  const { state } = ctx;
  const [command = ""] = line.trim().split(/\s/);
  const said = `\`${command}\` is not supported in threads. Sorry! Type it in the channel.`;
  const [user, channel] = [state.people.get(userName), state.channels.get(channelName)];
  slackbotSays(state, user.id, channel.id, said, threadTs);
}

function answerOf(
  ctx: InteractionContext,
  target: { channel: string; user: string },
  payload: unknown,
  command: string,
): void {
  const body = typeof payload === "string" && payload !== "" ? { text: payload } : payload;
  if (!isJson(body) || Object.keys(body).length === 0) return;
  try {
    respond(ctx.state, target, body);
  } catch (error) {
    if (!(error instanceof ResponseRefused)) throw error;
    const text = `${command} failed with the error "${error.message}"`;
    slackbotSays(ctx.state, target.user, target.channel, text);
  }
}

/** What a user types that is not a command: posted, and told to the app where it subscribed. */
export function say(
  ctx: InteractionContext,
  userName: string,
  channelName: string,
  text: string,
  threadTs?: string,
  subtype?: string,
): { message: Message; delivered: Promise<Outcome[]> } {
  const { state } = ctx;
  const user = state.people.get(userName);
  const channel = state.channels.get(channelName);
  const linked = linkNames(ctx, text);
  const draft = {
    channel: channel.id,
    user: user.id,
    text: linked,
    ...(subtype === undefined ? {} : { subtype }),
  };
  const message = addMessage(state, threadTs === undefined ? draft : { ...draft, threadTs });
  const shown = { ...presentMessage(state, message), channel: channel.id };
  const sent: Promise<Outcome>[] = [];
  const botInside = channel.members.has(state.app.botUser);
  if (botInside && channel.kind === "im") {
    sent.push(sendEvent(ctx, user, { ...shown, channel_type: "im" }, "message.im"));
  } else if (botInside && linked.includes(`<@${state.app.botUser}>`)) {
    sent.push(sendEvent(ctx, user, { ...shown, type: "app_mention" }, "app_mention"));
  }
  if (botInside && channel.kind !== "im") {
    const kind = channel.kind === "public" ? "channel" : "group";
    sent.push(sendEvent(ctx, user, { ...shown, channel_type: kind }, `message.${kind}s`));
  }
  return { message, delivered: Promise.all(sent) };
}

/** "@ada" → <@U…>, "@oncall" → <!subteam^S…>, "#ops" → <#C…>; the rest is escaped as Slack's composer does. */
function linkNames(ctx: InteractionContext, text: string): string {
  const { people, channels } = ctx.state;
  const escaped = text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
  return escaped.replaceAll(/(^|\s)([@#])([\w.-]+)/g, (whole, space: string, mark: string, name: string) => {
    const channel = mark === "#" ? channels.find(name) : undefined;
    if (channel !== undefined) return `${space}<#${channel.id}|${channel.name}>`;
    if (mark === "#") return whole;
    const user = people.find(name);
    if (user !== undefined) return `${space}<@${user.id}>`;
    const group = [...people.groups.values()].find((each) => each.handle === name);
    return group === undefined ? whole : `${space}<!subteam^${group.id}|@${group.handle}>`;
  });
}
