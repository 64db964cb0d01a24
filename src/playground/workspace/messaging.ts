import { fillIds } from "./block-kit/fill.ts";
import type { Json } from "./json.ts";
import { records } from "./json.ts";
import type { Message } from "./state/messages.ts";
import { mediaType } from "./state/files.ts";
import type { StoredFile } from "./state/files.ts";
import type { WorkspaceState } from "./state/state.ts";

/** What a new message is made of; everything else takes its default. */
export interface Draft {
  channel: string;
  user: string;
  text: string;
  blocks?: Json[];
  attachments?: Json[];
  metadata?: Json;
  threadTs?: string;
  ephemeralFor?: string;
  files?: string[];
  broadcast?: boolean;
  subtype?: string;
  username?: string;
  /** Of another app than the one under test: an incoming webhook, say. */
  botId?: string;
}

/** Adds a message to a conversation and tells the listeners. Ids missing in its blocks are filled in. */
export function addMessage(state: WorkspaceState, draft: Draft): Message {
  const { app } = state;
  const message: Message = {
    ts: state.ids.stamp(),
    channel: draft.channel,
    user: draft.user,
    text: draft.text,
    blocks: fillIds(draft.blocks ?? []),
    attachments: draft.attachments ?? [],
    reactions: new Map(),
    files: draft.files ?? [],
    broadcast: draft.broadcast ?? false,
    ...(draft.user === app.botUser ? { botId: app.botId } : {}),
    ...(draft.botId === undefined ? {} : { botId: draft.botId }),
    ...(draft.threadTs === undefined ? {} : { threadTs: draft.threadTs }),
    ...(draft.metadata === undefined ? {} : { metadata: draft.metadata }),
    ...(draft.ephemeralFor === undefined ? {} : { ephemeralFor: draft.ephemeralFor }),
    ...(draft.subtype === undefined ? {} : { subtype: draft.subtype }),
    ...(draft.username === undefined ? {} : { username: draft.username }),
  };
  state.messages.add(message);
  state.changes.emit({ type: "message", action: "posted", channel: message.channel, ts: message.ts });
  return message;
}

/** New content for a message; what is undefined stays as it was. */
export function editMessage(
  state: WorkspaceState,
  message: Message,
  content: { text?: string; blocks?: Json[]; attachments?: Json[]; metadata?: Json },
): void {
  if (content.text !== undefined) message.text = content.text;
  if (content.blocks !== undefined) message.blocks = fillIds(content.blocks);
  if (content.attachments !== undefined) message.attachments = content.attachments;
  if (content.metadata !== undefined) message.metadata = content.metadata;
  message.editedTs = state.ids.stamp();
  state.changes.emit({ type: "message", action: "updated", channel: message.channel, ts: message.ts });
}

/** Takes a message away for everybody. */
export function removeMessage(state: WorkspaceState, message: Message): void {
  state.messages.remove(message);
  state.changes.emit({ type: "message", action: "deleted", channel: message.channel, ts: message.ts });
}

/** The file as the Web API shows it. */
export function presentFile(state: WorkspaceState, file: StoredFile): Json {
  const type = mediaType(file);
  return {
    id: file.id,
    created: file.created,
    timestamp: file.created,
    name: file.name,
    title: file.title,
    mimetype: type,
    filetype: file.name.split(".").at(-1) ?? "text",
    user: file.user,
    size: file.data?.length ?? file.declaredLength,
    mode: type.startsWith("text/") ? "snippet" : "hosted",
    is_public: true,
    alt_txt: file.altText,
    url_private: `${state.origin}/files/${file.id}`,
    url_private_download: `${state.origin}/files/${file.id}?download=1`,
    permalink: `${state.origin}/files/${file.id}`,
  };
}

/** The message as the Web API and events show it; metadata only where it was asked for. */
export function presentMessage(state: WorkspaceState, message: Message, withMetadata = false): Json {
  const replies = state.messages.replies(message);
  const files = message.files.map((id) => state.files.find(id)).filter((file) => file !== undefined);
  const isParent = replies.length > 0;
  const thread = message.threadTs ?? (isParent ? message.ts : undefined);
  return {
    type: "message",
    ...(message.subtype === undefined ? {} : { subtype: message.subtype }),
    user: message.user,
    ...(message.botId === undefined ? {} : { bot_id: message.botId }),
    ...(message.botId === state.app.botId ? { app_id: state.app.id } : {}),
    ...(message.username === undefined ? {} : { username: message.username }),
    text: message.text,
    ts: message.ts,
    team: state.people.team.id,
    ...(message.blocks.length === 0 ? {} : { blocks: message.blocks }),
    ...(message.attachments.length === 0 ? {} : { attachments: message.attachments }),
    ...(files.length === 0 ? {} : { files: files.map((file) => presentFile(state, file)) }),
    ...(thread === undefined ? {} : { thread_ts: thread }),
    ...(isParent && message.threadTs === undefined
      ? {
          reply_count: replies.length,
          reply_users: [...new Set(replies.map((reply) => reply.user))],
          reply_users_count: new Set(replies.map((reply) => reply.user)).size,
          latest_reply: replies.at(-1)?.ts ?? message.ts,
        }
      : {}),
    ...(message.editedTs === undefined ? {} : { edited: { user: message.user, ts: message.editedTs } }),
    ...(message.ephemeralFor === undefined ? {} : { is_ephemeral: true }),
    ...(message.reactions.size === 0
      ? {}
      : {
          reactions: [...message.reactions].map(([name, users]) => ({ name, users, count: users.length })),
        }),
    ...(withMetadata && message.metadata !== undefined ? { metadata: message.metadata } : {}),
  };
}

/** The blocks of a message and of its attachments. */
export function allBlocks(message: Message): Json[] {
  return [...message.blocks, ...message.attachments.flatMap((each) => records(each["blocks"]))];
}
