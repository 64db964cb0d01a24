import { createElement as h } from "react";
import type { ReactNode } from "react";
import { allBlocks } from "../workspace/messaging.ts";
import { records, str } from "../workspace/json.ts";
import { mediaType } from "../workspace/state/files.ts";
import type { StoredFile } from "../workspace/state/files.ts";
import type { Message } from "../workspace/state/messages.ts";
import { renderBlocks } from "./blocks.ts";
import { plainWords } from "../thread-text.ts";
import { withEmoji } from "./emoji.ts";
import { libraryBlocks } from "./library.ts";
import { clockTime, hrefOf } from "./view-context.ts";
import type { PageContext } from "./view-context.ts";

const PREVIEW_BYTES = 4_000;

interface Author {
  name: string;
  color: string;
  initials: string;
  badge: string;
}

function authorOf(ctx: PageContext, message: Message): Author {
  if (message.user === "USLACKBOT") return { name: "Slackbot", color: "#611f69", initials: "S", badge: "" };
  const user = ctx.state.people.users.get(message.user);
  const name = message.username ?? user?.realName ?? message.user;
  const foreign =
    user !== undefined && ctx.state.people.isForeign(user)
      ? "EXTERNAL"
      : user?.isRestricted === true
        ? "GUEST"
        : "";
  const badge = user?.isBot === true ? "APP" : foreign;
  return {
    name,
    color: user?.color ?? "#555555",
    initials: user?.isBot === true ? "502" : name.slice(0, 1),
    badge,
  };
}

function timeOf(ts: string): ReactNode {
  return h(
    "time",
    { className: "sk-time", "data-ts": ts.split(".")[0], "data-format": "{time}" },
    clockTime(ts),
  );
}

/** A square with initials, where Slack shows a picture. */
function avatar(author: { color: string; initials: string }): ReactNode {
  const style = { background: author.color };
  return h(
    "div",
    {
      className: `sk-avatar${author.initials.length > 1 ? " sk-avatar-bot" : ""}`,
      style,
      "aria-hidden": true,
    },
    author.initials,
  );
}

function fileCard(file: StoredFile): ReactNode {
  const type = mediaType(file);
  const address = `/files/${file.id}`;
  const size = file.data?.length ?? 0;
  const head = h(
    "div",
    { className: "sk-file-head", key: "head" },
    h("span", { "aria-hidden": true }, "📄"),
    h("a", { href: address, target: "_blank", rel: "noreferrer" }, file.title),
    h(
      "span",
      { className: "sk-dim" },
      `${type}, ${size < 1024 ? `${String(size)} B` : `${String(Math.round(size / 1024))} KB`}`,
    ),
    h(
      "a",
      { href: `${address}?download=1`, className: "sk-download", "aria-label": `Download ${file.name}` },
      "Download",
    ),
  );
  const isImage = type.startsWith("image/");
  const picture = isImage ? h("img", { src: address, alt: file.altText || file.title, key: "body" }) : null;
  const isText = type.startsWith("text/") || type === "application/json";
  const text = isText ? (file.data?.subarray(0, PREVIEW_BYTES).toString("utf8") ?? "") : "";
  const preview = isText
    ? h("pre", { key: "text", tabIndex: 0 }, size > PREVIEW_BYTES ? `${text}\n…` : text)
    : null;
  return h("figure", { className: "sk-file", key: file.id }, head, picture, preview);
}

function reactions(message: Message): ReactNode {
  if (message.reactions.size === 0) return null;
  const items = [...message.reactions].map(([name, users]) =>
    h(
      "span",
      { className: "sk-reaction", key: name, title: `:${name}:` },
      `${withEmoji(`:${name}:`)} ${String(users.length)}`,
    ),
  );
  return h("div", { className: "sk-reactions" }, items);
}

function repliesLink(ctx: PageContext, message: Message): ReactNode {
  const replies = ctx.state.messages.replies(message);
  const last = replies.at(-1);
  if (last === undefined) return null;
  const count = `${String(replies.length)} ${replies.length === 1 ? "reply" : "replies"}`;
  const href = hrefOf(ctx.looking, { channel: message.channel, thread: message.ts });
  const faces = [...new Set(replies.map((reply) => reply.user))].slice(0, 3);
  return h(
    "a",
    { className: "sk-replies", href },
    faces.map((user) => h("span", { key: user }, avatar(authorOf(ctx, { ...last, user })))),
    h("b", null, count),
    h("span", { className: "sk-dim" }, "Last reply ", timeOf(last.ts)),
  );
}

function toolbar(ctx: PageContext, message: Message): ReactNode {
  const shortcuts = ctx.state.app.shortcuts.filter((each) => each.type === "message");
  const items = shortcuts.map((each) =>
    h(
      "button",
      { type: "button", role: "menuitem", key: each.callbackId, "data-shortcut": each.callbackId },
      each.name,
    ),
  );
  const thread = hrefOf(ctx.looking, { channel: message.channel, thread: message.threadTs ?? message.ts });
  const more = h(
    "details",
    { className: "sk-more" },
    h("summary", { "aria-label": "More actions", "aria-haspopup": "menu" }, "⋮"),
    h("div", { role: "menu" }, items),
  );
  return h(
    "div",
    { className: "sk-toolbar" },
    h("a", { href: thread, "aria-label": "Reply in thread" }, "💬"),
    more,
  );
}

function body(ctx: PageContext, message: Message): ReactNode {
  const drawing = { ctx, prefix: `m${message.ts.replace(".", "")}`, values: {}, errors: {} };
  const blocks = message.blocks.length > 0 ? renderBlocks(drawing, message.blocks) : null;
  const shown = blocks === null && message.text !== "" ? textOnly(ctx, message.text) : blocks;
  const attachments = message.attachments.map((attachment, index) => {
    const inner = records(attachment["blocks"]);
    const content =
      inner.length > 0
        ? renderBlocks(drawing, inner)
        : textOnly(ctx, str(attachment["text"] ?? attachment["fallback"]));
    const color = str(attachment["color"]) || "#dddddd";
    return h(
      "div",
      {
        className: "sk-attachment",
        key: index,
        style: { borderLeftColor: color.startsWith("#") ? color : `#${color}` },
      },
      content,
    );
  });
  return h("div", { className: "sk-content" }, shown, attachments);
}

function textOnly(ctx: PageContext, text: string): ReactNode {
  return libraryBlocks(ctx, [{ type: "section", text: { type: "mrkdwn", text } }]);
}

/** One message: author, content, files, reactions, replies, and what can be done with it. */
export function renderMessage(ctx: PageContext, message: Message, place: "channel" | "thread"): ReactNode {
  const author = authorOf(ctx, message);
  const ephemeral = message.ephemeralFor !== undefined;
  const files = message.files.map((id) => ctx.state.files.find(id)).filter((file) => file !== undefined);
  const interactive = allBlocks(message).length > 0;
  const said = plainWords(message.text, (id) => ctx.state.people.find(id)?.name ?? id);
  return h(
    "article",
    {
      className: `sk-message${ephemeral ? " sk-ephemeral" : ""}`,
      "data-key": message.ts,
      "data-ts": message.ts,
      "data-channel": message.channel,
      // The arrow keys go from message to message.
      tabIndex: -1,
      "aria-label": `${author.name}, ${clockTime(message.ts)}: ${said.slice(0, 200)}`,
      ...(interactive ? { "data-surface": "message" } : {}),
    },
    avatar(author),
    h(
      "div",
      { className: "sk-body" },
      ephemeral ? h("div", { className: "sk-only-you" }, "👁 Only visible to you") : null,
      h(
        "div",
        { className: "sk-head" },
        h("span", { className: "sk-name" }, author.name),
        author.badge === "" ? null : h("span", { className: "sk-badge" }, author.badge),
        timeOf(message.ts),
      ),
      body(ctx, message),
      message.editedTs === undefined ? null : h("span", { className: "sk-edited" }, "(edited)"),
      files.map(fileCard),
      reactions(message),
      place === "channel" ? repliesLink(ctx, message) : null,
    ),
    ephemeral ? null : toolbar(ctx, message),
  );
}
