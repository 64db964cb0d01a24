// chat.postMessage is Slack's method, not a window's:
/* oxlint-disable unicorn/require-post-message-target-origin */
import type { WebClient } from "@slack/web-api";
import type { OutboxMessage } from "../workflows/ports.ts";
import { type DrawnFile, upload } from "./channel-message.ts";
import type { Drawn } from "./draw/blocks.ts";
import { readBody } from "./outgoing.ts";
import type { SlackWorld } from "./world.ts";

/** What a message carries so that it can be found again. */
export const EVENT_TYPE = "fiveohtwo";

export interface Thread {
  /** The root a message is posted under; undefined: in the channel itself. */
  readonly ts?: string;
}

/** Where a message belongs: under its run's message, or in the thread the run was asked for in. */
export async function threadOf(world: SlackWorld, message: OutboxMessage): Promise<Thread> {
  const runId = /^run:(.+)$/.exec(message.threadKey ?? message.key)?.[1];
  const asked = runId === undefined ? undefined : (await world.store.run(runId))?.destination?.threadTs;
  if (asked !== undefined) return { ts: asked };
  if (message.threadKey === undefined) return {};
  const parent = await world.store.outboxTs(message.threadKey);
  return parent === undefined || parent.channel !== message.channel ? {} : { ts: parent.ts };
}

/** Posts a message. @returns its ts @throws the client's errors */
export async function post(
  client: WebClient,
  message: Pick<OutboxMessage, "channel" | "key" | "body">,
  thread: Thread,
  drawn: DrawnFile,
): Promise<string> {
  if (drawn.file !== undefined)
    return upload(client, message, thread.ts, drawn, (text) => post(client, message, thread, text));
  const said = {
    channel: message.channel,
    text: drawn.text,
    blocks: drawn.blocks,
    metadata: { event_type: EVENT_TYPE, event_payload: { key: message.key } },
    unfurl_links: false,
    unfurl_media: false,
  };
  const answer = await client.chat.postMessage(
    thread.ts === undefined
      ? said
      : isRelapse(message)
        ? { ...said, thread_ts: thread.ts, reply_broadcast: true }
        : { ...said, thread_ts: thread.ts },
  );
  if (answer.ts === undefined) throw new Error("chat.postMessage answered without ts");
  return answer.ts;
}

/** A relapse must be seen by those who do not follow the thread. */
function isRelapse(message: Pick<OutboxMessage, "body">): boolean {
  const body = readBody(message);
  return body?.kind === "follow-up" && body.relapsed;
}

/** Puts new content in place of a message's old one. @returns its ts */
export async function update(
  client: WebClient,
  message: Pick<OutboxMessage, "channel" | "key">,
  ts: string,
  drawn: Drawn,
): Promise<string> {
  await client.chat.update({
    channel: message.channel,
    ts,
    text: drawn.text,
    blocks: drawn.blocks,
    metadata: { event_type: EVENT_TYPE, event_payload: { key: message.key } },
  });
  return ts;
}

/** The text alone, for a message whose blocks Slack refuses. */
export function plainText(drawn: Drawn): Drawn {
  return { text: drawn.text, blocks: [] };
}
