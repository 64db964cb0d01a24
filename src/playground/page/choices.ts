import { optionsOf } from "../workspace/interactions/values.ts";
import { isJson, record, records, str, strings } from "../workspace/json.ts";
import type { Json } from "../workspace/json.ts";
import type { Channel } from "../workspace/state/channels.ts";
import { textOf } from "./view-context.ts";
import type { PageContext } from "./view-context.ts";

/** One thing that can be chosen. */
export interface Choice {
  value: string;
  label: string;
  description: string;
}

/** What an element offers: its own options, or the people or channels of the workspace. */
export function choicesOf(ctx: PageContext, element: Json): Choice[] {
  const kind = str(element["type"]);
  const { people, channels } = ctx.state;
  const plain = (value: string, label: string): Choice => ({ value, label, description: "" });
  if (kind.endsWith("users_select")) {
    return [...people.users.values()]
      .filter((user) => !user.isBot)
      .map((user) => plain(user.id, user.realName));
  }
  if (kind.endsWith("channels_select") || kind.endsWith("conversations_select")) {
    const include = strings(record(element["filter"])["include"]);
    const seen = (each: Channel): boolean =>
      each.kind !== "im" &&
      !each.archived &&
      (each.kind === "public" || each.members.has(ctx.looking.user.id)) &&
      (include.length === 0 || include.includes(each.kind));
    return channels
      .all()
      .filter(seen)
      .map((each) => plain(each.id, `#${each.name}`));
  }
  return optionsOf(element).map((option) => ({
    value: str(option["value"]),
    label: textOf(option["text"]),
    description: textOf(option["description"]),
  }));
}

/** What is chosen now, as values; whatever the element's type calls it. */
export function chosenOf(state: Json): string[] {
  const value = Object.entries(state).find(([key]) => key !== "type")?.[1];
  if (typeof value === "string") return [value];
  if (isJson(value)) return [str(value["value"])];
  return [...strings(value), ...records(value).map((each) => str(each["value"]))];
}
