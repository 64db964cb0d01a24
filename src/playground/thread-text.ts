import type { Message } from "./workspace/state/messages.ts";
import { isJson, type Json, records } from "./workspace/json.ts";

/** A message as a terminal shows it: the words of its blocks, buttons in brackets. @param nameOf the name of a user id */
export function messageText(message: Message, nameOf: (id: string) => string): string {
  const blocks = message.blocks.map(blockText).filter((t) => t.trim() !== "");
  return plainWords(blocks.length === 0 ? message.text : blocks.join("\n"), nameOf);
}

/** Slack's markup as one would say it: names for ids, the fallback for a time. */
export function plainWords(text: string, nameOf: (id: string) => string): string {
  return text
    .replaceAll(/<@(\w+)>/g, (_, id: string) => `@${nameOf(id)}`)
    .replaceAll(/<!date\^[^|>]*\|([^>]*)>/g, "$1")
    .replaceAll(/<[^<>|]+\|([^<>]*)>/g, "$1")
    .replaceAll(/<(https?:[^<>|]*)>/g, "$1")
    .replaceAll("&lt;", "<")
    .replaceAll("&gt;", ">")
    .replaceAll("&amp;", "&");
}

function blockText(block: Json): string {
  switch (block["type"]) {
    case "rich_text":
      return records(block["elements"]).map(richText).join("\n");
    case "actions":
      return records(block["elements"])
        .map((e) => `[ ${textOf(e["text"])} ]`)
        .join("  ");
    case "context":
      return records(block["elements"])
        .map((e) => textOf(e))
        .join("\n");
    default:
      return textOf(block["text"]);
  }
}

function richText(part: Json): string {
  const inner = records(part["elements"]);
  switch (part["type"]) {
    case "rich_text_list":
      return inner.map((e) => `  • ${richText(e)}`).join("\n");
    case "rich_text_preformatted":
      return inner
        .map(inline)
        .join("")
        .split("\n")
        .map((l) => `  | ${l}`)
        .join("\n");
    default:
      return inner.map(inline).join("");
  }
}

function inline(element: Json): string {
  switch (element["type"]) {
    case "user":
      return `<@${String(element["user_id"])}>`;
    case "emoji":
      return `:${String(element["name"])}:`;
    case "date":
      return words(element["fallback"]);
    default:
      return words(element["text"]);
  }
}

function words(value: unknown): string {
  return typeof value === "string" ? value : "";
}

function textOf(value: unknown): string {
  if (typeof value === "string") return value;
  return isJson(value) ? words(value["text"]) : "";
}
