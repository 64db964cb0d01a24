import { at, isJson, record, records, str } from "../json.ts";
import type { Json } from "../json.ts";

/** What somebody entered: "block_id/action_id" or "action_id" → text, chosen values, or an id. */
export type Inputs = Record<string, string | string[]>;

/** The interactive elements of blocks with the block each stands in. */
export function elementsOf(blocks: Json[]): { block: Json; element: Json }[] {
  return blocks.flatMap((block) => {
    const children = [...records(block["elements"]), ...records(block["actions"])];
    for (const key of ["accessory", "element"]) if (isJson(block[key])) children.push(record(block[key]));
    const nested = [
      ...records(block["child_blocks"]),
      ...(block["type"] === "carousel" ? records(block["elements"]) : []),
    ];
    return [
      ...children
        .filter((each) => typeof each["action_id"] === "string")
        .map((element) => ({ block, element })),
      ...elementsOf(nested),
    ];
  });
}

/** All options of a select, radio, checkbox or overflow element, groups flattened. */
export function optionsOf(element: Json): Json[] {
  const groups = records(element["option_groups"]).flatMap((group) => records(group["options"]));
  return [...records(element["options"]), ...groups];
}

const many = (raw: string | string[]): string[] => (Array.isArray(raw) ? raw : raw === "" ? [] : [raw]);
const one = (raw: string | string[]): string | null => many(raw)[0] ?? null;

function chosen(element: Json, raw: string | string[]): Json[] {
  const wanted = many(raw);
  const options = optionsOf(element).filter((option) => wanted.includes(str(option["value"])));
  // Options of an external select came from the app, so they travel as JSON text.
  return element["type"] === "external_select" || element["type"] === "multi_external_select"
    ? wanted.map((each) => record(JSON.parse(each)))
    : options;
}

const dateTime = (raw: string | string[]): number | null => {
  const text = one(raw);
  return text === null ? null : Number(text);
};

/** Element type → the key of its value in state, and how an entry becomes that value. */
const SHAPES: Record<
  string,
  { key: string; initial: string; read: (element: Json, raw: string | string[]) => unknown }
> = {
  plain_text_input: { key: "value", initial: "initial_value", read: (_, raw) => one(raw) },
  email_text_input: { key: "value", initial: "initial_value", read: (_, raw) => one(raw) },
  url_text_input: { key: "value", initial: "initial_value", read: (_, raw) => one(raw) },
  number_input: { key: "value", initial: "initial_value", read: (_, raw) => one(raw) },
  datepicker: { key: "selected_date", initial: "initial_date", read: (_, raw) => one(raw) },
  timepicker: { key: "selected_time", initial: "initial_time", read: (_, raw) => one(raw) },
  datetimepicker: {
    key: "selected_date_time",
    initial: "initial_date_time",
    read: (_, raw) => dateTime(raw),
  },
  static_select: {
    key: "selected_option",
    initial: "initial_option",
    read: (el, raw) => chosen(el, raw)[0] ?? null,
  },
  external_select: {
    key: "selected_option",
    initial: "initial_option",
    read: (el, raw) => chosen(el, raw)[0] ?? null,
  },
  radio_buttons: {
    key: "selected_option",
    initial: "initial_option",
    read: (el, raw) => chosen(el, raw)[0] ?? null,
  },
  overflow: { key: "selected_option", initial: "", read: (el, raw) => chosen(el, raw)[0] ?? null },
  checkboxes: { key: "selected_options", initial: "initial_options", read: chosen },
  multi_static_select: { key: "selected_options", initial: "initial_options", read: chosen },
  multi_external_select: { key: "selected_options", initial: "initial_options", read: chosen },
  users_select: { key: "selected_user", initial: "initial_user", read: (_, raw) => one(raw) },
  channels_select: { key: "selected_channel", initial: "initial_channel", read: (_, raw) => one(raw) },
  conversations_select: {
    key: "selected_conversation",
    initial: "initial_conversation",
    read: (_, raw) => one(raw),
  },
  multi_users_select: { key: "selected_users", initial: "initial_users", read: (_, raw) => many(raw) },
  multi_channels_select: {
    key: "selected_channels",
    initial: "initial_channels",
    read: (_, raw) => many(raw),
  },
  multi_conversations_select: {
    key: "selected_conversations",
    initial: "initial_conversations",
    read: (_, raw) => many(raw),
  },
  rich_text_input: { key: "rich_text_value", initial: "initial_value", read: (_, raw) => richText(one(raw)) },
};

function richText(text: string | null): Json | null {
  if (text === null) return null;
  const section = { type: "rich_text_section", elements: [{ type: "text", text }] };
  return { type: "rich_text", elements: [section] };
}

/** The state of one element after an entry; without an entry its initial value. Undefined for a button. */
export function elementState(element: Json, raw: string | string[] | undefined): Json | undefined {
  const type = str(element["type"]);
  const shape = SHAPES[type];
  if (shape === undefined) return undefined;
  const empty = shape.key.endsWith("s") && shape.key !== "selected_user" ? [] : null;
  const value = raw === undefined ? (element[shape.initial] ?? empty) : shape.read(element, raw);
  return { type, [shape.key]: value };
}

/** The value inside an element's state, whatever its type calls it. */
export function stateValue(state: Json): unknown {
  return state[SHAPES[str(state["type"])]?.key ?? ""] ?? null;
}

/**
 * `state.values` of a message or view: block_id → action_id → state. Entries win over what was entered before,
 * and that over initial values; both only where the element still has the same place and type.
 */
export function stateValues(blocks: Json[], inputs: Inputs, before: Json = {}): Json {
  const values: Json = {};
  for (const { block, element } of elementsOf(blocks)) {
    const [blockId, actionId] = [str(block["block_id"]), str(element["action_id"])];
    const raw = inputs[`${blockId}/${actionId}`] ?? inputs[actionId];
    const kept = at(before, blockId, actionId);
    const sameType = isJson(kept) && kept["type"] === element["type"];
    const state = raw === undefined && sameType ? kept : elementState(element, raw);
    if (state !== undefined) values[blockId] = { ...record(values[blockId]), [actionId]: state };
  }
  return values;
}
