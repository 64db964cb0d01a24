import type { App } from "@slack/bolt";
import { answer, type Listener, sayFailed } from "./answer.ts";
import { carryOut, readCommand } from "./command.ts";
import type { InHand } from "./in-hand.ts";
import { firstTime } from "./once.ts";
import type { People } from "./people.ts";
import type { SlackWorld } from "./world.ts";

/** What was said to the bot in words: the same grammar as the command. */
interface Said {
  readonly text: string;
  readonly user: string | undefined;
  readonly channel: string;
  /** The thread it was said in. */
  readonly threadTs?: string;
  /** The verdict goes under this message; in a direct message it stands by itself. */
  readonly under?: string;
}

/** Answers "@fiveohtwo web-1" in a channel, in the thread of the mention, and "web-1" in a direct message. */
export function onEvents(app: App, world: SlackWorld, people: People, inHand: InHand): void {
  app.event("app_mention", ({ event, body }) => {
    const { text, user, channel, ts, thread_ts: root } = event;
    const thread = root === undefined ? {} : { threadTs: root };
    const heard = { text, user, channel, under: root ?? ts, ...thread };
    return hold(inHand, heard, () => said(world, people, body.event_id, heard));
  });
  app.event("message", async ({ event, body }) => {
    // Others' edits and joins are no requests; in channels only a mention is.
    if (event.channel_type !== "im") return;
    if (event.subtype !== undefined && event.subtype !== "file_share") return;
    if ("bot_id" in event && event.bot_id !== undefined) return;
    const { text = "", user, channel } = event;
    await hold(inHand, { text, user, channel }, () =>
      said(world, people, body.event_id, { text, user, channel }),
    );
  });
}

function hold(inHand: InHand, { user, channel, threadTs }: Said, work: () => Promise<void>): Promise<void> {
  const thread = threadTs === undefined ? {} : { threadTs };
  return inHand.hold(
    work,
    user === undefined ? undefined : { said: "what you said to me", to: { user, channel, ...thread } },
  );
}

async function said(world: SlackWorld, people: People, eventId: string, s: Said): Promise<void> {
  if (s.user === undefined) return;
  const { user, channel, threadTs, under } = s;
  const to: Listener = { user, channel, ...(threadTs === undefined ? {} : { threadTs }) };
  const read = readCommand(s.text.replaceAll(/<@[UW][A-Z0-9]+>/g, " "));
  try {
    if (!(await firstTime(world.store, eventId))) return;
    if ("refused" in read) await answer(world, to, read.refused);
    else {
      const destination = { channel, ...(under === undefined ? {} : { threadTs: under }) };
      await carryOut(world, people, to, read.request, destination);
    }
  } catch (error) {
    world.log.error({ err: error, user }, "what was said to the bot failed");
    await answer(world, to, sayFailed(error));
  }
}
