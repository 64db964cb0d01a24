import type { Message } from "../state/messages.ts";
import { ApiError } from "./errors.ts";
import type { Call, Methods } from "./method.ts";
import { readableChannel } from "./where.ts";

function target(call: Call): { message: Message; name: string } {
  const name = call.args.required("name").replaceAll(":", "");
  if (!/^[a-z0-9_+'-]+$/.test(name)) throw new ApiError("invalid_name");
  const channel = readableChannel(call);
  if (channel.archived) throw new ApiError("is_archived");
  const message = call.state.messages.find(channel.id, call.args.required("timestamp"));
  if (message === undefined) throw new ApiError("message_not_found");
  return { message, name };
}

function changed(call: Call, message: Message): void {
  call.state.changes.emit({ type: "message", action: "updated", channel: message.channel, ts: message.ts });
}

/** reactions.add and reactions.remove, as the bot */
export const reactions: Methods = {
  "reactions.add": {
    token: "bot",
    scopes: ["reactions:write"],
    tier: 3,
    run: (call) => {
      const { message, name } = target(call);
      const users = message.reactions.get(name) ?? [];
      if (users.includes(call.state.app.botUser)) throw new ApiError("already_reacted");
      message.reactions.set(name, [...users, call.state.app.botUser]);
      changed(call, message);
      return {};
    },
  },
  "reactions.remove": {
    token: "bot",
    scopes: ["reactions:write"],
    tier: 2,
    run: (call) => {
      const { message, name } = target(call);
      const users = message.reactions.get(name) ?? [];
      if (!users.includes(call.state.app.botUser)) throw new ApiError("no_reaction");
      const rest = users.filter((user) => user !== call.state.app.botUser);
      if (rest.length === 0) message.reactions.delete(name);
      else message.reactions.set(name, rest);
      changed(call, message);
      return {};
    },
  },
};
