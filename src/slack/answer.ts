// chat.postMessage is Slack's method, not a window's:
/* oxlint-disable unicorn/require-post-message-target-origin */
import type { RespondFn } from "@slack/bolt";
import { mayPass, slackTrouble } from "./api-errors.ts";
import { actions, type Block, type ButtonLook, type Drawn } from "./draw/blocks.ts";
import { asSentence } from "./draw/text.ts";
import { cutLines, cutText, LIMITS } from "./limits.ts";
import type { SlackWorld } from "./world.ts";

/** Where a person is answered so that only this person sees it. */
export interface Listener {
  readonly user: string;
  readonly channel?: string;
  /** The thread this person is in: one that has replies. Slack shows nothing ephemeral in a thread before its first. */
  readonly threadTs?: string;
  /** The interaction's own way back; works in channels the bot is not in. */
  readonly respond?: RespondFn;
}

/**
 * Says something to one person: through the interaction's own way, else as an ephemeral message, else directly.
 * @param text mrkdwn: what came from elsewhere must have been escaped
 * @param buttons what may be done about it
 */
export async function answer(
  world: SlackWorld,
  to: Listener,
  text: string,
  buttons: readonly ButtonLook[] = [],
): Promise<void> {
  // After a whole line: half of a `<!date^…>` would be read as words.
  const said = cutLines(text, Number.POSITIVE_INFINITY, LIMITS.messageText);
  for (const [way, say] of ways(world, to, drawAnswer(said, buttons))) {
    try {
      await say();
      return;
    } catch (error) {
      world.log.warn({ way, user: to.user, err: error }, "an answer did not get through this way");
    }
  }
}

type Way = readonly [string, () => Promise<unknown>];

/** Without a button the text is all there is. */
export function drawAnswer(text: string, buttons: readonly ButtonLook[]): Partial<Drawn> & { text: string } {
  if (buttons.length === 0) return { text };
  const section: Block = {
    type: "section",
    text: { type: "mrkdwn", text: cutText(text, LIMITS.sectionText) },
  };
  return { text, blocks: [section, ...actions("answer", buttons)] };
}

function ways(world: SlackWorld, to: Listener, said: ReturnType<typeof drawAnswer>): Way[] {
  const { client } = world;
  const { channel, user, threadTs, respond } = to;
  const all: Way[] = [];
  if (respond !== undefined) {
    all.push(["respond", () => respond({ response_type: "ephemeral", replace_original: false, ...said })]);
  }
  if (channel !== undefined) {
    const thread = threadTs === undefined ? {} : { thread_ts: threadTs };
    all.push(["ephemeral", () => client.chat.postEphemeral({ channel, user, ...said, ...thread })]);
  }
  all.push(["direct", () => client.chat.postMessage({ channel: user, ...said })]);
  return all;
}

/** To whom something went wrong for; where Slack only has trouble, the same works again later. */
export function sayFailed(error: unknown): string {
  const again = mayPass(slackTrouble(error)) ? " Try again in a minute." : "";
  return `That did not work. ${troubleText(error)}${again}`;
}

/** What went wrong, for a person, when a Slack call failed. */
export function troubleText(error: unknown): string {
  const trouble = slackTrouble(error);
  return trouble === undefined
    ? "Something inside the bot failed: tell whoever runs it; its log says what."
    : asSentence(trouble.sentence);
}
