import { renderToStaticMarkup } from "react-dom/server";
import type { Message } from "../workspace/state/messages.ts";
import { renderMessage } from "./message.ts";
import type { PageContext } from "./view-context.ts";

interface Drawn {
  revision: string;
  html: string;
}

const drawn = new WeakMap<Message, Map<string, Drawn>>();

/** Everything that can change about a message after it was posted; its content changes only with an edit. */
function revisionOf(ctx: PageContext, message: Message): string {
  const replies = ctx.state.messages.replies(message);
  const reactions = [...message.reactions].map(([name, users]) => `${name}${String(users.length)}`);
  return [message.editedTs, replies.length, replies.at(-1)?.ts, ...reactions].join(" ");
}

/**
 * The HTML of a message for this reader and place, drawn once per revision: drawing takes over a millisecond,
 * and every change of a channel asks for all of its messages.
 */
export function messageHtml(ctx: PageContext, message: Message, place: "channel" | "thread"): string {
  const reader = `${ctx.looking.user.name} ${place}`;
  const known = drawn.get(message) ?? new Map<string, Drawn>();
  drawn.set(message, known);
  const revision = revisionOf(ctx, message);
  const before = known.get(reader);
  if (before?.revision === revision) return before.html;
  const html = renderToStaticMarkup(renderMessage(ctx, message, place));
  known.set(reader, { revision, html });
  return html;
}
