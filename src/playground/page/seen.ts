import type { Message } from "../workspace/state/messages.ts";
import type { PageContext } from "./view-context.ts";

const SHOWN_MESSAGES = 200;

function visible(ctx: PageContext, message: Message): boolean {
  return message.ephemeralFor === undefined || message.ephemeralFor === ctx.looking.user.id;
}

/** The messages of the channel the user looks at: no replies, own ephemeral ones among them. */
export function channelMessages(ctx: PageContext): Message[] {
  return inChannel(ctx, ctx.looking.channel).slice(-SHOWN_MESSAGES);
}

function inChannel(ctx: PageContext, channel: string): Message[] {
  return ctx.state.messages
    .all(channel)
    .filter(
      (message) =>
        visible(ctx, message) &&
        (message.threadTs === undefined || message.threadTs === message.ts || message.broadcast),
    );
}

/** How many messages of others stand in a channel that the user has not had on the screen. */
export function unreadIn(ctx: PageContext, channel: string): number {
  const { user } = ctx.looking;
  const upTo = ctx.state.reads.upTo(user.id, channel);
  return inChannel(ctx, channel).filter((message) => message.ts > upTo && message.user !== user.id).length;
}

/** What the page shows is read. */
export function markRead(ctx: PageContext): void {
  const { user, channel, home } = ctx.looking;
  const last = home === "home" ? undefined : inChannel(ctx, channel).at(-1);
  if (last !== undefined) ctx.state.reads.mark(user.id, channel, last.ts);
}

/** The parent of the open thread, its replies, and ephemeral messages in it. */
export function threadMessages(ctx: PageContext): Message[] {
  const { thread, channel } = ctx.looking;
  if (thread === undefined) return [];
  const all = ctx.state.messages.all(channel).filter((message) => visible(ctx, message));
  return all.filter((message) => message.ts === thread || message.threadTs === thread);
}
