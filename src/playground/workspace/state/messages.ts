import type { Json } from "../json.ts";

/** One message as kept; presentMessage turns it into what the Web API answers. */
export interface Message {
  ts: string;
  channel: string;
  threadTs?: string;
  user: string;
  botId?: string;
  text: string;
  blocks: Json[];
  attachments: Json[];
  metadata?: Json;
  /** the only user who sees it */
  ephemeralFor?: string;
  reactions: Map<string, string[]>;
  files: string[];
  editedTs?: string;
  subtype?: string;
  broadcast: boolean;
  /** the name and icon chosen for this message (chat:write.customize) */
  username?: string;
}

/** The messages of all conversations, oldest first. */
export class Messages {
  readonly #byChannel = new Map<string, Message[]>();

  /** Keeps the message at its place in time. */
  add(message: Message): Message {
    const list = this.#byChannel.get(message.channel) ?? [];
    list.push(message);
    this.#byChannel.set(message.channel, list);
    return message;
  }

  find(channel: string, ts: string): Message | undefined {
    return this.#byChannel.get(channel)?.find((message) => message.ts === ts);
  }

  remove(message: Message): void {
    const list = this.#byChannel.get(message.channel) ?? [];
    const index = list.indexOf(message);
    if (index >= 0) list.splice(index, 1);
  }

  /** Everything in the conversation, replies and ephemeral messages too. */
  all(channel: string): Message[] {
    return [...(this.#byChannel.get(channel) ?? [])];
  }

  /** What stands in the channel itself: no replies (unless broadcast), no ephemeral messages. */
  top(channel: string): Message[] {
    return this.all(channel).filter(
      (message) =>
        message.ephemeralFor === undefined &&
        (message.threadTs === undefined || message.threadTs === message.ts || message.broadcast),
    );
  }

  /** The parent and its replies; empty when there is no such parent. */
  thread(channel: string, threadTs: string): Message[] {
    return this.all(channel).filter(
      (message) =>
        message.ephemeralFor === undefined && (message.ts === threadTs || message.threadTs === threadTs),
    );
  }

  replies(message: Message): Message[] {
    return this.thread(message.channel, message.ts).filter((each) => each.ts !== message.ts);
  }
}
