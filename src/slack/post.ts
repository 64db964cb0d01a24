// chat.postMessage is Slack's method, not a window's:
/* oxlint-disable unicorn/require-post-message-target-origin */
import type { WebClient } from "@slack/web-api";
import type { Destination } from "../domain/run.ts";
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

/** Where a message belongs: under its run's or report's message, or in the thread that was asked for in. */
export async function threadOf(world: SlackWorld, message: OutboxMessage): Promise<Thread> {
  const key = message.threadKey ?? message.key;
  const foreign = /^ts:(\d+\.\d+)$/.exec(key)?.[1];
  if (foreign !== undefined) return { ts: foreign };
  const asked = await destinationOf(world, key);
  if (asked?.threadTs !== undefined) return { ts: asked.threadTs };
  const parentKey = asked?.threadKey ?? message.threadKey;
  if (parentKey === undefined) return {};
  const parent = await world.store.outboxTs(parentKey);
  return parent === undefined || parent.channel !== message.channel ? {} : { ts: parent.ts };
}

/** Where the run or the report with this key was asked for. */
async function destinationOf(world: SlackWorld, key: string): Promise<Destination | undefined> {
  const [, kind, id = ""] = /^(run|report):([^:]+)$/.exec(key) ?? [];
  if (kind === "run") return (await world.store.run(id))?.destination;
  return kind === "report" ? (await world.store.report(id))?.destination : undefined;
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
