import type { OutboxMessage } from "../workflows/ports.ts";
import { mayPass, readTrouble } from "./api-errors.ts";
import type { DrawnFile } from "./channel-message.ts";
import { EVENT_TYPE, type Thread } from "./post.ts";
import type { SlackWorld } from "./world.ts";

/** Clocks differ: look so much further back, in seconds. */
const SLACK_SECONDS = 300;
const PAGE = 200;

/**
 * Looks a message up by the key in its metadata, before it is posted again: its reply may have been lost. A file
 * carries no metadata; its name and title tell it apart in its thread.
 * @returns its ts, or undefined when it is not there
 * @throws the client's errors where a later look may tell; what Slack never lets the bot read is said in the log
 */
export async function postedBefore(
  world: SlackWorld,
  message: OutboxMessage,
  thread: Thread,
  file?: DrawnFile["file"],
): Promise<string | undefined> {
  const oldest = String(Math.floor(message.createdAt / 1000) - SLACK_SECONDS);
  const { channel } = message;
  const common = { channel, oldest, limit: PAGE, include_all_metadata: true };
  const { client } = world;
  let cursor: string | undefined;
  try {
    do {
      const at = cursor === undefined ? {} : { cursor };
      const page =
        thread.ts === undefined
          ? await client.conversations.history({ ...common, ...at })
          : await client.conversations.replies({ ...common, ...at, ts: thread.ts });
      const found = page.messages?.find(
        (m) =>
          keyOf(m.metadata) === message.key ||
          (file !== undefined &&
            m.files?.some((f) => f.name === file.name && f.title === file.title) === true),
      );
      if (found?.ts !== undefined) return found.ts;
      cursor = page.response_metadata?.next_cursor || undefined;
    } while (cursor !== undefined);
  } catch (error) {
    const trouble = readTrouble(error);
    if (mayPass(trouble)) throw error;
    world.log.warn(
      { channel, code: trouble.code },
      "cannot look up what was posted: a message may appear twice",
    );
  }
  return undefined;
}

function keyOf(metadata: { event_type?: string; event_payload?: object } | undefined): unknown {
  if (metadata?.event_type !== EVENT_TYPE) return undefined;
  const payload = metadata.event_payload;
  return payload !== undefined && "key" in payload ? payload.key : undefined;
}
