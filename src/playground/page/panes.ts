import { createElement as h } from "react";
import type { ReactNode } from "react";
import { records } from "../workspace/json.ts";
import type { Message } from "../workspace/state/messages.ts";
import { renderBlocks } from "./blocks.ts";
import { messageHtml } from "./message-html.ts";
import { channelMessages, threadMessages, unreadIn } from "./seen.ts";
import { hrefOf } from "./view-context.ts";
import type { PageContext } from "./view-context.ts";

/** Channels, direct messages and the app, as far as the user sees them. */
export function sidebar(ctx: PageContext): ReactNode {
  const { state, looking } = ctx;
  const mine = state.channels.all().filter((channel) => channel.members.has(looking.user.id));
  const link = (href: string, mark: string, name: string, current: boolean, unread: number): ReactNode =>
    h(
      "li",
      { key: href },
      h(
        "a",
        {
          href,
          "aria-current": current ? "page" : undefined,
          ...(unread === 0 || current
            ? {}
            : { "data-unread": String(unread), "aria-label": `${name}, ${String(unread)} unread` }),
        },
        h("span", { "aria-hidden": true }, mark),
        name,
      ),
    );
  const channels = mine
    .filter((channel) => channel.kind !== "im")
    .map((channel) => {
      const mark = channel.archived ? "🗄" : channel.kind === "private" ? "🔒" : "#";
      const current = looking.home === undefined && channel.id === looking.channel;
      return link(
        hrefOf(looking, { channel: channel.name }),
        mark,
        channel.name,
        current,
        unreadIn(ctx, channel.id),
      );
    });
  const im = state.channels.im(looking.user.id);
  const waiting = im === undefined ? 0 : unreadIn(ctx, im.id);
  const app = hrefOf(looking, { home: waiting > 0 && looking.home !== "messages" ? "messages" : "home" });
  return h(
    "div",
    null,
    h("h2", null, "Channels"),
    h("ul", null, channels),
    h("h2", null, "Apps"),
    h(
      "ul",
      null,
      link(
        app,
        "🤖",
        state.app.name,
        looking.home === "messages" || (looking.home === "home" && waiting === 0),
        waiting,
      ),
    ),
  );
}

/** The modal on top of the user's stack, or nothing. */
export function modal(ctx: PageContext): ReactNode {
  const view = ctx.state.views.top(ctx.looking.user.id);
  if (view === undefined) return null;
  const { payload } = view;
  const drawing = { ctx, prefix: view.id, values: view.values, errors: view.errors };
  const text = (value: unknown, fallback: string): string => {
    const [only] = [value].map((each) =>
      typeof each === "object" && each !== null && "text" in each ? each.text : undefined,
    );
    return typeof only === "string" ? only : fallback;
  };
  const submit =
    payload["submit"] === undefined
      ? null
      : h(
          "button",
          { type: "submit", className: "sk-button sk-button-primary" },
          text(payload["submit"], "Submit"),
        );
  const deep = view.previousId !== undefined;
  const close = h(
    "button",
    { type: "button", className: "sk-button", "data-close": "one" },
    text(payload["close"], deep ? "Back" : "Close"),
  );
  const dialog = {
    className: "sk-dialog",
    role: "dialog",
    "aria-modal": "true",
    "aria-labelledby": "modal-title",
  };
  const form = h(
    "form",
    {
      className: "sk-modal",
      "data-surface": "view",
      "data-view": view.id,
      "data-hash": view.hash,
      noValidate: true,
    },
    h(
      "header",
      null,
      h("h1", { id: "modal-title" }, text(payload["title"], "")),
      h("button", { type: "button", className: "sk-x", "data-close": "all", "aria-label": "Close" }, "✕"),
    ),
    view.trouble === undefined ? null : h("p", { className: "sk-trouble", role: "alert" }, view.trouble),
    h("div", { className: "sk-modal-body", tabIndex: -1 }, renderBlocks(drawing, records(payload["blocks"]))),
    h("footer", null, close, submit),
  );
  return h("div", { className: "sk-overlay" }, h("div", dialog, form));
}

/** The app's Home tab as it was published for the user. */
export function home(ctx: PageContext): ReactNode {
  const view = ctx.state.views.home(ctx.looking.user.id);
  if (view === undefined) {
    return h("p", { className: "sk-empty" }, `${ctx.state.app.name} has not shown anything here yet.`);
  }
  const drawing = { ctx, prefix: view.id, values: view.values, errors: {} };
  const attributes = { className: "sk-home", "data-surface": "view", "data-view": view.id };
  return h("div", attributes, renderBlocks(drawing, records(view.payload["blocks"])));
}

function item(ctx: PageContext, message: Message, place: "channel" | "thread"): ReactNode {
  const html = { __html: messageHtml(ctx, message, place) };
  return h("div", {
    key: message.ts,
    "data-key": message.ts,
    role: "listitem",
    dangerouslySetInnerHTML: html,
  });
}

/** The messages of the channel, oldest first. */
export function messageList(ctx: PageContext): ReactNode {
  const all = channelMessages(ctx);
  if (all.length > 0) return all.map((message) => item(ctx, message, "channel"));
  return h(
    "p",
    { className: "sk-empty", "data-key": "empty", role: "listitem" },
    "Nothing here yet. Type /502 help to begin.",
  );
}

/** The open thread: its parent and the replies. */
export function threadList(ctx: PageContext): ReactNode {
  return threadMessages(ctx).map((message) => item(ctx, message, "thread"));
}
