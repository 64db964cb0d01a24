import type { Outcome } from "../delivery/delivery.ts";
import { presentMessage } from "../messaging.ts";
import { envelopeBase, responseUrl } from "./context.ts";
import type { InteractionContext } from "./context.ts";

/**
 * A global shortcut, chosen from the lightning menu. The app is not told the channel that is looked at, but a form it
 * opens may default to it. Gives how the delivery ended.
 */
export function globalShortcut(
  ctx: InteractionContext,
  userName: string,
  callbackId: string,
  channelName?: string,
): Promise<Outcome> {
  const user = ctx.state.people.get(userName);
  const channel = channelName === undefined ? undefined : ctx.state.channels.get(channelName).id;
  const payload = {
    ...envelopeBase(ctx, user, "shortcut", channel),
    callback_id: callbackId,
    action_ts: ctx.state.ids.stamp(),
  };
  return ctx.delivery.send("interactive", payload, "shortcut");
}

/** A message shortcut, chosen from a message's menu. Throws when there is no such message. */
export function messageShortcut(
  ctx: InteractionContext,
  userName: string,
  place: { channel: string; ts: string },
  callbackId: string,
): Promise<Outcome> {
  const { state } = ctx;
  const user = state.people.get(userName);
  const channel = state.channels.get(place.channel);
  const message = state.messages.find(channel.id, place.ts);
  if (message === undefined) throw new Error(`no message ${place.ts} in ${channel.id}`);
  const payload = {
    ...envelopeBase(ctx, user, "message_action", channel.id),
    callback_id: callbackId,
    action_ts: state.ids.stamp(),
    channel: { id: channel.id, name: channel.kind === "im" ? "directmessage" : channel.name },
    message_ts: message.ts,
    message: presentMessage(state, message),
    response_url: responseUrl(state, { channel: channel.id, user: user.id, messageTs: message.ts }),
  };
  return ctx.delivery.send("interactive", payload, "message_action");
}
