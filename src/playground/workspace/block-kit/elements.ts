import { isJson, records } from "../json.ts";
import type { Json } from "../json.ts";
import * as part from "./composition.ts";
import { LIMITS } from "./limits.ts";
import { richText } from "./rich-text.ts";
import { anything, flag, listOf, number, object, text } from "./shape.ts";
import type { Shape } from "./shape.ts";

const base = { type: anything };
const action = { action_id: part.id };
const confirm = { confirm: part.confirm };
const focus = { focus_on_load: flag };
const placeholder = { placeholder: part.plain(LIMITS.placeholder) };
const several = { max_selected_items: number(1, 1_000_000) };
const dispatch = { dispatch_action_config: part.dispatchConfig };
const label = { accessibility_label: text(LIMITS.accessibilityLabel) };

const sameOption = (one: Json, other: Json): boolean =>
  one["value"] === other["value"] && JSON.stringify(one["text"]) === JSON.stringify(other["text"]);

/** options xor option_groups where groups exist, and initial options taken from among them. */
const optionsFit: Shape = (value, pointer, problems) => {
  if (!isJson(value)) return;
  const isSelect = value["type"] === "static_select" || value["type"] === "multi_static_select";
  const both = ["options", "option_groups"].filter((key) => value[key] !== undefined);
  if (isSelect && both.length !== 1) problems.add("must define either `options` or `option_groups`", pointer);
  const groups = records(value["option_groups"]).flatMap((group) => records(group["options"]));
  const all = [...records(value["options"]), ...groups];
  const initial = isJson(value["initial_option"])
    ? [value["initial_option"]]
    : records(value["initial_options"]);
  const strange = initial.find((each) => !all.some((option) => sameOption(option, each)));
  if (strange === undefined) return;
  const field = isJson(value["initial_option"]) ? "initial_option" : "initial_options";
  problems.add("initial option was not found in options", `${pointer}/${field}`);
};

const staticOptions = {
  options: listOf(part.option, LIMITS.selectOptions),
  option_groups: listOf(part.optionGroup, LIMITS.optionGroups),
};
const choices = { options: listOf(part.choice, LIMITS.choices) };
const select = { ...action, ...confirm, ...focus, ...placeholder };
const multi = { ...select, ...several };
const query = { min_query_length: number(0, 1_000_000) };
const current = { default_to_current_conversation: flag, filter: part.conversationFilter };
const respond = { response_url_enabled: flag };
const ids = (shape: Shape): Shape => listOf(shape, 100, 0);

const lengthsFit: Shape = (value, pointer, problems) => {
  if (!isJson(value)) return;
  const [least, most] = [value["min_length"], value["max_length"]];
  if (typeof least === "number" && typeof most === "number" && least > most) {
    problems.add("must be less than or equal to max_length", `${pointer}/min_length`);
  }
};

const decimalText = (value: unknown, pointer: string, problems: Parameters<Shape>[2]): void => {
  if (typeof value !== "string" || value === "" || Number.isNaN(Number(value))) {
    problems.add("must be a valid number", pointer);
  }
};

const feedback = object(
  { text: part.plain(LIMITS.buttonText), value: text(LIMITS.buttonValue) },
  { accessibility_label: text(LIMITS.accessibilityLabel) },
);

/** Every element of Block Kit by its type. */
export const ELEMENTS: Record<string, Shape> = {
  button: object(
    { ...base, text: part.plain(LIMITS.buttonText) },
    {
      ...action,
      ...confirm,
      ...label,
      value: text(LIMITS.buttonValue, 0),
      url: part.webUrl,
      style: part.style,
    },
  ),
  workflow_button: object(
    {
      ...base,
      text: part.plain(LIMITS.buttonText),
      workflow: object(
        {
          trigger: object({ url: part.webUrl }, { customizable_input_parameters: listOf(anything, 100, 0) }),
        },
        {},
      ),
    },
    { ...action, ...confirm, ...label, style: part.style },
  ),
  checkboxes: object(
    { ...base, ...choices },
    { ...action, ...confirm, ...focus, initial_options: listOf(part.choice, LIMITS.choices) },
    optionsFit,
  ),
  radio_buttons: object(
    { ...base, ...choices },
    { ...action, ...confirm, ...focus, initial_option: part.choice },
    optionsFit,
  ),
  overflow: object(
    { ...base, options: listOf(part.overflowOption, LIMITS.overflowOptions) },
    { ...action, ...confirm },
  ),
  datepicker: object({ ...base }, { ...select, initial_date: part.date }),
  timepicker: object({ ...base }, { ...select, initial_time: part.time, timezone: text(100) }),
  datetimepicker: object(
    { ...base },
    { ...action, ...confirm, ...focus, initial_date_time: number(1_000_000_000, 9_999_999_999) },
  ),
  static_select: object(
    { ...base },
    { ...select, ...staticOptions, initial_option: part.option },
    optionsFit,
  ),
  external_select: object({ ...base }, { ...select, ...query, initial_option: part.option }),
  users_select: object({ ...base }, { ...select, initial_user: part.userId }),
  channels_select: object({ ...base }, { ...select, ...respond, initial_channel: part.channelId }),
  conversations_select: object(
    { ...base },
    { ...select, ...respond, ...current, initial_conversation: part.conversationId },
  ),
  multi_static_select: object(
    { ...base },
    { ...multi, ...staticOptions, initial_options: listOf(part.option, LIMITS.selectOptions) },
    optionsFit,
  ),
  multi_external_select: object(
    { ...base },
    { ...multi, ...query, initial_options: listOf(part.option, LIMITS.selectOptions) },
  ),
  multi_users_select: object({ ...base }, { ...multi, initial_users: ids(part.userId) }),
  multi_channels_select: object({ ...base }, { ...multi, initial_channels: ids(part.channelId) }),
  multi_conversations_select: object(
    { ...base },
    { ...multi, ...current, initial_conversations: ids(part.conversationId) },
  ),
  plain_text_input: object(
    { ...base },
    {
      ...action,
      ...focus,
      ...placeholder,
      ...dispatch,
      initial_value: text(LIMITS.inputValue, 0),
      multiline: flag,
      min_length: number(0, LIMITS.inputValue),
      max_length: number(1, LIMITS.inputValue),
    },
    lengthsFit,
  ),
  email_text_input: object(
    { ...base },
    { ...action, ...focus, ...placeholder, ...dispatch, initial_value: text(LIMITS.inputValue, 0) },
  ),
  url_text_input: object(
    { ...base },
    { ...action, ...focus, ...placeholder, ...dispatch, initial_value: text(LIMITS.inputValue, 0) },
  ),
  number_input: object(
    { ...base, is_decimal_allowed: flag },
    {
      ...action,
      ...focus,
      ...placeholder,
      ...dispatch,
      initial_value: decimalText,
      min_value: decimalText,
      max_value: decimalText,
    },
  ),
  rich_text_input: object(
    { ...base },
    {
      ...action,
      ...focus,
      ...placeholder,
      ...dispatch,
      initial_value: richText,
      min_lines: number(1, 100),
      max_lines: number(1, 100),
    },
  ),
  file_input: object({ ...base }, { ...action, filetypes: listOf(text(100), 100), max_files: number(1, 10) }),
  image: object(
    { ...base, alt_text: text(LIMITS.imageAlt) },
    { image_url: part.webUrl, slack_file: part.slackFile },
    part.imageSource,
  ),
  feedback_buttons: object({ ...base, positive_button: feedback, negative_button: feedback }, { ...action }),
  icon_button: object(
    { ...base, icon: text(100), text: part.plain(LIMITS.buttonText) },
    {
      ...action,
      ...confirm,
      ...label,
      value: text(LIMITS.buttonValue, 0),
      visible_to_user_ids: listOf(part.userId, 100),
    },
  ),
};

const SELECTS = [
  "static_select",
  "external_select",
  "users_select",
  "channels_select",
  "conversations_select",
];
const PICKERS = [
  ...SELECTS,
  ...SELECTS.map((each) => `multi_${each}`),
  "datepicker",
  "timepicker",
  "checkboxes",
  "radio_buttons",
];

/** Which elements each place takes. */
export const PLACES = {
  actions: [...PICKERS, "button", "workflow_button", "overflow", "datetimepicker", "rich_text_input"],
  accessory: [...PICKERS, "button", "workflow_button", "overflow", "image"],
  input: [
    ...PICKERS,
    "datetimepicker",
    "plain_text_input",
    "email_text_input",
    "url_text_input",
    "number_input",
    "rich_text_input",
    "file_input",
  ],
  contextActions: ["feedback_buttons", "icon_button"],
} as const;

/** The part of the element table that a place takes. */
export function elementsFor(place: keyof typeof PLACES): Record<string, Shape> {
  return Object.fromEntries(
    Object.entries(ELEMENTS).filter(([type]) => (PLACES[place] as readonly string[]).includes(type)),
  );
}
