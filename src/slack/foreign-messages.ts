import type { WebClient } from "@slack/web-api";
import type { Logger } from "pino";
import type { ForeignMessage } from "../domain/alert-message.ts";
import { readTrouble } from "./api-errors.ts";
import { EVENT_TYPE } from "./post.ts";

/** One call: what stood in the channel before these is no alert of a moment ago. */
const MOST = 100;
/** Keys under which messages, attachments and blocks keep what is read or linked. */
const SAID = new Set(["text", "title", "title_link", "fallback", "pretext", "footer", "value", "url"]);
const MOST_TEXT = 20_000;

/**
 * What other apps have just posted in a channel, newest first. Where Slack does not let the bot read it, nothing is
 * found and the log says why.
 * @param oldest epoch milliseconds
 */
export async function foreignMessages(
  { client, log }: { readonly client: WebClient; readonly log: Logger },
  channel: string,
  oldest: number,
): Promise<readonly ForeignMessage[]> {
  try {
    const answer = await client.conversations.history({
      channel,
      oldest: (oldest / 1000).toFixed(6),
      limit: MOST,
      include_all_metadata: true,
    });
    return (answer.messages ?? []).flatMap((m) => {
      const own = m.metadata?.event_type === EVENT_TYPE;
      if (m.bot_id === undefined || own || m.ts === undefined) return [];
      const text = plain(
        wordsIn({ text: m.text, attachments: m.attachments, blocks: m.blocks })
          .join("\n")
          .slice(0, MOST_TEXT),
      );
      return [{ ts: m.ts, text }];
    });
  } catch (error) {
    const { code, sentence } = readTrouble(error);
    log.warn({ channel, code }, `an alert's own message could not be looked for: ${sentence}`);
    return [];
  }
}

function wordsIn(value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap(wordsIn);
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]: [string, unknown]) =>
    typeof inner === "string" ? (SAID.has(key) ? [inner] : []) : wordsIn(inner),
  );
}

/** Slack's markup undone: "<https://…|label>" → "https://… label". */
function plain(text: string): string {
  return text
    .replaceAll(/<([^<>|]+)\|([^<>]*)>/g, "$1 $2")
    .replaceAll(/<([^<>]+)>/g, "$1")
    .replaceAll(/[*_`~]+(?=\s|$)|(?<=^|\s)[*_`~]+/gm, "")
    .replaceAll("&lt;", "<")
    .replaceAll("&gt;", ">")
    .replaceAll("&amp;", "&");
}
