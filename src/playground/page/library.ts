import { createElement } from "react";
import type { ReactNode } from "react";
import { Message } from "slack-blocks-to-jsx";
import type { MessageProps } from "slack-blocks-to-jsx";
import { isJson, str } from "../workspace/json.ts";
import type { Json } from "../workspace/json.ts";
import type { PageContext } from "./view-context.ts";

/** A time as the reader's own clock shows it: the browser's script fills it in, the fallback stands until then. */
function dateElement(data: {
  timestamp: string;
  format: string;
  link: string | null;
  fallback: string;
}): ReactNode {
  const time = createElement(
    "time",
    { className: "sk-date", "data-ts": data.timestamp, "data-format": data.format },
    data.fallback,
  );
  return data.link === null
    ? time
    : linkElement({ href: data.link, children: time, className: "slack_link" });
}

/** A link, if it leads to a web page or a mail; anything else ("javascript:") is shown as the text it is. */
function linkElement(data: { href: string; children: ReactNode; className: string }): ReactNode {
  if (!/^(https?:|mailto:|\/)/i.test(data.href)) return createElement("span", null, data.children);
  const attributes = { href: data.href, className: data.className, rel: "noreferrer", target: "_blank" };
  return createElement("a", attributes, data.children);
}

/** A picture that lies in the workspace itself is addressed by its id. */
function ownPictures(block: Json): Json {
  const { slack_file: file, ...rest } = block;
  if (block["type"] !== "image" || !isJson(file)) return block;
  return { ...rest, image_url: file["id"] === undefined ? str(file["url"]) : `/files/${str(file["id"])}` };
}

/** The page's own headings are of the first level, so what stands below is of the second: the library says third. */
function underThePage(block: Json): Json {
  return block["type"] === "header" ? { level: 2, ...block } : block;
}

/** Keeps two characters apart and is not seen. */
const APART = "\u2060";

/**
 * The library does not know labels inside mentions ("<!subteam^S1|@oncall>"); the name is looked up anyway. And it
 * reads what was escaped as markup all the same: it is shown as the text it is.
 */
function asSlackReads(mrkdwn: string): string {
  return mrkdwn
    .replaceAll(/<((?:!subteam\^|#|@)[A-Z0-9]+)\|[^>]*>/g, "<$1>")
    .replaceAll("&lt;", `<${APART}`)
    .replaceAll("&gt;", ">")
    .replaceAll("&amp;", `&${APART}`);
}

function withoutLabels(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutLabels);
  if (!isJson(value)) return value;
  if (value["type"] === "mrkdwn") return { ...value, text: asSlackReads(str(value["text"])) };
  const isVerbatim =
    value["type"] === "text" || value["type"] === "plain_text" || value["type"] === "markdown";
  if (isVerbatim) return value;
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, withoutLabels(each)]));
}

/** Draws blocks that nobody can press, by the Block Kit library, with the names of this workspace. */
export function libraryBlocks(ctx: PageContext, blocks: Json[]): ReactNode {
  const { people, channels } = ctx.state;
  const props = {
    blocks: blocks.map(ownPictures).map(underThePage).map(withoutLabels),
    name: "",
    logo: "",
    withoutWrapper: true,
    data: {
      users: [...people.users.values()].map((user) => ({ id: user.id, name: user.name })),
      channels: channels.all().map((channel) => ({ id: channel.id, name: channel.name })),
      user_groups: [...people.groups.values()].map((group) => ({ id: group.id, name: group.handle })),
    },
    hooks: { date: dateElement, link: linkElement },
  };
  // The blocks were checked against Slack's rules when they came in; the library's own types are narrower.
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion
  const element = createElement(Message, props as unknown as MessageProps);
  return createElement("div", { className: "slack_blocks_to_jsx styles_enabled sk-lib" }, element);
}
