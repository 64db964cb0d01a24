// chat.postMessage is Slack's method, not a window's:
/* oxlint-disable unicorn/require-post-message-target-origin */
import type { RespondFn } from "@slack/bolt";
import { readTrouble } from "./api-errors.ts";
import { cutText, LIMITS } from "./limits.ts";
import type { SlackWorld } from "./world.ts";

/** Where a person is answered so that only this person sees it. */
export interface Listener {
  readonly user: string;
  readonly channel?: string;
  readonly threadTs?: string;
  /** The interaction's own way back; works in channels the bot is not in. */
  readonly respond?: RespondFn;
}

/**
 * Says something to one person: through the interaction's own way, else as an ephemeral message, else directly.
 * @param text mrkdwn: what came from elsewhere must have been escaped
 */
export async function answer(world: SlackWorld, to: Listener, text: string): Promise<void> {
  const said = cutText(text, LIMITS.messageText);
  for (const [way, say] of ways(world, to, said)) {
    try {
      await say();
      return;
    } catch (error) {
      world.log.warn({ way, user: to.user, err: error }, "an answer did not get through this way");
    }
  }
}

type Way = readonly [string, () => Promise<unknown>];

function ways(world: SlackWorld, to: Listener, text: string): Way[] {
  const { client } = world;
  const { channel, user, threadTs, respond } = to;
  const all: Way[] = [];
  if (respond !== undefined) {
    all.push(["respond", () => respond({ response_type: "ephemeral", replace_original: false, text })]);
  }
  if (channel !== undefined) {
    const thread = threadTs === undefined ? {} : { thread_ts: threadTs };
    all.push(["ephemeral", () => client.chat.postEphemeral({ channel, user, text, ...thread })]);
  }
  all.push(["direct", () => client.chat.postMessage({ channel: user, text })]);
  return all;
}

/** What went wrong, for a person, when a Slack call failed. */
export function troubleText(error: unknown): string {
  try {
    return readTrouble(error).sentence;
  } catch {
    return "Something inside the bot failed; its log says what.";
  }
}
