import type { Channel } from "../state/channels.ts";
import { ApiError } from "./errors.ts";
import type { Call } from "./method.ts";

/** The direct messages of a user, made when they do not exist yet; user_not_found for nobody and for bots. */
export function openIm(call: Call, userId: string): Channel {
  const { state } = call;
  const user = state.people.users.get(userId);
  if (user === undefined || user.deleted) throw new ApiError("user_not_found");
  if (user.isBot) throw new ApiError("cannot_dm_bot");
  const existing = state.channels.im(userId);
  if (existing !== undefined) return existing;
  return state.channels.add({
    id: state.ids.next("D"),
    name: "",
    kind: "im",
    members: new Set([userId, state.app.botUser]),
    archived: false,
    topic: "",
    created: Math.floor(state.clock() / 1000),
    shared: false,
    imUser: userId,
  });
}

/** The channel that is meant, if the bot can know of it: channel_not_found otherwise (also for private ones). */
export function knownChannel(call: Call, name = "channel"): Channel {
  const wanted = call.args.required(name);
  const { state } = call;
  const channel = state.channels.find(wanted);
  if (channel === undefined) throw new ApiError("channel_not_found");
  if (channel.kind !== "public" && !channel.members.has(state.app.botUser)) {
    throw new ApiError("channel_not_found");
  }
  return channel;
}

/** A channel the bot may read: not_in_channel when it is no member. */
export function readableChannel(call: Call, name = "channel"): Channel {
  const channel = knownChannel(call, name);
  if (!channel.members.has(call.state.app.botUser)) throw new ApiError("not_in_channel");
  return channel;
}

/**
 * A channel the bot may write to. A user id means that user's direct messages.
 * Refuses with channel_not_found, is_archived, not_in_channel (chat:write.public lifts that for public ones).
 */
export function writableChannel(call: Call, name = "channel"): Channel {
  const wanted = call.args.required(name);
  if (/^[UW]/.test(wanted) && call.state.people.users.has(wanted)) return openIm(call, wanted);
  const channel = knownChannel(call, name);
  if (channel.archived) throw new ApiError("is_archived");
  const joined = channel.members.has(call.state.app.botUser);
  if (!joined && !call.token.scopes.includes("chat:write.public")) throw new ApiError("not_in_channel");
  return channel;
}
