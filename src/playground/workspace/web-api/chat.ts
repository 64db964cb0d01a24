import { addMessage, editMessage, presentMessage, removeMessage } from "../messaging.ts";
import type { Channel } from "../state/channels.ts";
import type { Message } from "../state/messages.ts";
import { readContent, requireSomething } from "./content.ts";
import { ApiError } from "./errors.ts";
import type { Call, Methods } from "./method.ts";
import { readableChannel, writableChannel } from "./where.ts";

function thread(call: Call, channel: Channel): { threadTs?: string } {
  const ts = call.args.str("thread_ts");
  if (ts === "") return {};
  const parent = call.state.messages.find(channel.id, ts);
  if (parent === undefined) throw new ApiError("thread_not_found");
  // Replying to a reply lands in the thread the reply stands in.
  return { threadTs: parent.threadTs ?? parent.ts };
}

function ownMessage(call: Call, channel: Channel, refusal: string): Message {
  const message = call.state.messages.find(channel.id, call.args.required("ts"));
  if (message === undefined || message.ephemeralFor !== undefined) throw new ApiError("message_not_found");
  if (message.user !== call.state.app.botUser) throw new ApiError(refusal);
  return message;
}

/** chat.* */
export const chat: Methods = {
  "chat.postMessage": {
    token: "bot",
    scopes: ["chat:write"],
    tier: "post",
    run: (call) => {
      const channel = writableChannel(call);
      const content = readContent(call.args);
      requireSomething(content);
      const message = addMessage(call.state, {
        channel: channel.id,
        user: call.state.app.botUser,
        text: content.text ?? "",
        blocks: content.blocks ?? [],
        attachments: content.attachments ?? [],
        broadcast: call.args.flag("reply_broadcast"),
        ...thread(call, channel),
        ...(content.metadata === undefined ? {} : { metadata: content.metadata }),
        ...(call.args.has("username") ? { username: call.args.str("username") } : {}),
      });
      return { channel: channel.id, ts: message.ts, message: presentMessage(call.state, message, true) };
    },
  },
  "chat.update": {
    token: "bot",
    scopes: ["chat:write"],
    tier: 3,
    run: (call) => {
      const channel = writableChannel(call);
      const message = ownMessage(call, channel, "cant_update_message");
      const content = readContent(call.args);
      if (Object.keys(content).length === 0) throw new ApiError("no_text");
      // A text alone takes the blocks' place: https://docs.slack.dev/reference/methods/chat.update
      const textAlone = content.text !== undefined && content.blocks === undefined;
      editMessage(call.state, message, textAlone ? { ...content, blocks: [] } : content);
      return {
        channel: channel.id,
        ts: message.ts,
        text: message.text,
        message: presentMessage(call.state, message, true),
      };
    },
  },
  "chat.delete": {
    token: "bot",
    scopes: ["chat:write"],
    tier: 3,
    run: (call) => {
      const channel = writableChannel(call);
      const message = ownMessage(call, channel, "cant_delete_message");
      removeMessage(call.state, message);
      return { channel: channel.id, ts: message.ts };
    },
  },
  "chat.postEphemeral": {
    token: "bot",
    scopes: ["chat:write"],
    tier: 4,
    run: (call) => {
      const channel = writableChannel(call);
      const user = call.args.required("user");
      if (!call.state.people.users.has(user)) throw new ApiError("user_not_found");
      if (!channel.members.has(user)) throw new ApiError("user_not_in_channel");
      const content = readContent(call.args);
      requireSomething(content);
      const under = thread(call, channel);
      // Slack takes it, and shows it in no thread that has no reply.
      if (under.threadTs !== undefined && call.state.messages.thread(channel.id, under.threadTs).length < 2)
        return { message_ts: call.state.ids.stamp() };
      const message = addMessage(call.state, {
        channel: channel.id,
        user: call.state.app.botUser,
        text: content.text ?? "",
        blocks: content.blocks ?? [],
        attachments: content.attachments ?? [],
        ephemeralFor: user,
        ...under,
      });
      return { message_ts: message.ts };
    },
  },
  "chat.getPermalink": {
    token: "bot",
    scopes: [],
    tier: "special",
    run: (call) => {
      const channel = readableChannel(call);
      const ts = call.args.required("message_ts");
      if (call.state.messages.find(channel.id, ts) === undefined) throw new ApiError("message_not_found");
      const permalink = `${call.state.origin}/archives/${channel.id}/p${ts.replace(".", "")}`;
      return { channel: channel.id, permalink };
    },
  },
};
