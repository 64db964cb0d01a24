import type { Json } from "../json.ts";
import { presentMessage } from "../messaging.ts";
import type { Channel } from "../state/channels.ts";
import type { Message } from "../state/messages.ts";
import type { WorkspaceState } from "../state/state.ts";
import { ApiError } from "./errors.ts";
import type { Call, Methods } from "./method.ts";
import { page } from "./paging.ts";
import { knownChannel, openIm, readableChannel } from "./where.ts";

/** The conversation as the Web API shows it. */
function presentChannel(state: WorkspaceState, channel: Channel): Json {
  if (channel.kind === "im") {
    return { id: channel.id, is_im: true, is_channel: false, user: channel.imUser, created: channel.created };
  }
  return {
    id: channel.id,
    name: channel.name,
    name_normalized: channel.name,
    is_channel: channel.kind === "public",
    is_group: channel.kind === "private",
    is_im: false,
    is_mpim: false,
    is_private: channel.kind === "private",
    is_archived: channel.archived,
    is_general: channel.name === "general",
    is_member: channel.members.has(state.app.botUser),
    is_ext_shared: channel.shared,
    is_shared: channel.shared,
    created: channel.created,
    num_members: channel.members.size,
    topic: { value: channel.topic, creator: "", last_set: 0 },
    purpose: { value: "", creator: "", last_set: 0 },
  };
}

function between(call: Call, messages: Message[]): Message[] {
  const inclusive = call.args.flag("inclusive");
  const oldest = call.args.str("oldest") || "0";
  const latest = call.args.str("latest") || "9999999999999";
  return messages.filter(({ ts }) => {
    const [at, low, high] = [Number(ts), Number(oldest), Number(latest)];
    return inclusive ? at >= low && at <= high : at > low && at < high;
  });
}

const readScopes = ["channels:read", "groups:read", "im:read"];
const historyScopes = ["channels:history", "groups:history", "im:history"];

const typeOf = (channel: Channel): string =>
  ({ public: "public_channel", private: "private_channel", im: "im" })[channel.kind];

const scopeOf: Readonly<Record<string, string>> = {
  public_channel: "channels:read",
  private_channel: "groups:read",
  im: "im:read",
};

/** Each kind of conversation that is asked for takes a scope of its own. */
function listed(call: Call, memberOnly: boolean): Json {
  const { state, args } = call;
  const types = (args.str("types") || "public_channel").split(",").map((type) => type.trim());
  for (const type of types) {
    const needed = scopeOf[type];
    if (needed === undefined) throw new ApiError("invalid_types");
    if (!call.token.scopes.includes(needed)) {
      throw new ApiError("missing_scope", { needed, provided: call.token.scopes.join(",") });
    }
  }
  const whose = args.str("user") || state.app.botUser;
  if (!state.people.users.has(whose)) throw new ApiError("user_not_found");
  const known = state.channels.all().filter((channel) => {
    // Of somebody else a bot sees the public channels, and the private ones that it is in as well.
    if (!channel.members.has(state.app.botUser) && channel.kind !== "public") return false;
    if (memberOnly && !channel.members.has(whose)) return false;
    return types.includes(typeOf(channel)) && !(args.flag("exclude_archived") && channel.archived);
  });
  const { page: channels, meta } = page(call, known, 100, 1000);
  return { channels: channels.map((channel) => presentChannel(state, channel)), ...meta };
}

/** conversations.* and users.conversations */
export const conversations: Methods = {
  "conversations.history": {
    token: "bot",
    scopes: historyScopes,
    tier: 3,
    run: (call) => {
      const channel = readableChannel(call);
      const newestFirst = between(call, call.state.messages.top(channel.id)).toReversed();
      const { page: messages, more, meta } = page(call, newestFirst, 100, 999);
      const metadata = call.args.flag("include_all_metadata");
      return {
        messages: messages.map((message) => presentMessage(call.state, message, metadata)),
        has_more: more,
        pin_count: 0,
        ...meta,
      };
    },
  },
  "conversations.replies": {
    token: "bot",
    scopes: historyScopes,
    tier: 3,
    run: (call) => {
      const channel = readableChannel(call);
      const named = call.state.messages.find(channel.id, call.args.required("ts"));
      const thread = call.state.messages.thread(channel.id, named?.threadTs ?? call.args.str("ts"));
      if (thread.length === 0) throw new ApiError("thread_not_found");
      const { page: messages, more, meta } = page(call, between(call, thread), 1000, 1000);
      const metadata = call.args.flag("include_all_metadata");
      return {
        messages: messages.map((message) => presentMessage(call.state, message, metadata)),
        has_more: more,
        ...meta,
      };
    },
  },
  "conversations.info": {
    token: "bot",
    scopes: readScopes,
    tier: 3,
    run: (call) => ({ channel: presentChannel(call.state, knownChannel(call)) }),
  },
  "conversations.list": { token: "bot", scopes: [], tier: 2, run: (call) => listed(call, false) },
  "users.conversations": { token: "bot", scopes: [], tier: 3, run: (call) => listed(call, true) },
  "conversations.members": {
    token: "bot",
    scopes: readScopes,
    tier: 4,
    run: (call) => {
      const { page: members, meta } = page(call, [...knownChannel(call).members], 100, 1000);
      return { members, ...meta };
    },
  },
  "conversations.open": {
    token: "bot",
    scopes: ["im:write"],
    tier: 3,
    run: (call) => {
      const users = call.args.required("users").split(",");
      const [first] = users;
      // Group conversations are not part of the simulation; Slack itself refuses too many people alike.
      if (users.length !== 1 || first === undefined) throw new ApiError("too_many_users");
      const existed = call.state.channels.im(first) !== undefined;
      const channel = openIm(call, first);
      const full = call.args.flag("return_im") ? presentChannel(call.state, channel) : { id: channel.id };
      return { channel: full, ...(existed ? { already_open: true, no_op: true } : {}) };
    },
  },
  "conversations.join": {
    token: "bot",
    scopes: ["channels:join"],
    tier: 3,
    run: (call) => {
      const channel = knownChannel(call);
      if (channel.kind !== "public") throw new ApiError("method_not_supported_for_channel_type");
      if (channel.archived) throw new ApiError("is_archived");
      const already = channel.members.has(call.state.app.botUser);
      channel.members.add(call.state.app.botUser);
      call.state.changes.emit({ type: "channel", channel: channel.id });
      return {
        channel: presentChannel(call.state, channel),
        ...(already ? { warning: "already_in_channel" } : {}),
      };
    },
  },
};
