import * as fc from "fast-check";
import { expect, test } from "vitest";
import { BLOCKS } from "../../../src/playground/workspace/block-kit/blocks.ts";
import { checkBlocks, checkView } from "../../../src/playground/workspace/block-kit/check.ts";
import { ELEMENTS, PLACES } from "../../../src/playground/workspace/block-kit/elements.ts";
import type { Json } from "../../../src/playground/workspace/json.ts";

const text = (value = "x"): Json => ({ type: "plain_text", text: value });
const problems = (...blocks: unknown[]): string[] => checkBlocks(blocks, "message", "/blocks");

const option = { text: text("One"), value: "1" };
const rich = {
  type: "rich_text",
  elements: [{ type: "rich_text_section", elements: [{ type: "text", text: "hi" }] }],
};

/** one valid example of each element */
const EXAMPLES: Record<string, Json> = {
  button: { text: text(), style: "danger", value: "v" },
  workflow_button: { text: text(), workflow: { trigger: { url: "https://slack.test/shortcuts/1" } } },
  checkboxes: { options: [option], initial_options: [option] },
  radio_buttons: { options: [option], initial_option: option },
  overflow: { options: [{ ...option, url: "https://e.test" }] },
  datepicker: { initial_date: "2026-02-28" },
  timepicker: { initial_time: "23:59", timezone: "Europe/Berlin" },
  datetimepicker: { initial_date_time: 1_790_000_000 },
  static_select: { option_groups: [{ label: text(), options: [option] }], initial_option: option },
  external_select: { min_query_length: 1 },
  users_select: { initial_user: "U0ADA00001" },
  channels_select: { initial_channel: "C0OPS00001" },
  conversations_select: { default_to_current_conversation: true, filter: { include: ["public"] } },
  multi_static_select: { options: [option], max_selected_items: 1 },
  multi_external_select: {},
  multi_users_select: { initial_users: ["U0ADA00001"] },
  multi_channels_select: {},
  multi_conversations_select: {},
  plain_text_input: {
    multiline: true,
    min_length: 1,
    max_length: 10,
    dispatch_action_config: { trigger_actions_on: ["on_enter_pressed"] },
  },
  email_text_input: {},
  url_text_input: {},
  number_input: { is_decimal_allowed: false, min_value: "1" },
  rich_text_input: { initial_value: rich },
  file_input: { filetypes: ["png"], max_files: 1 },
  image: { image_url: "https://e.test/i.png", alt_text: "i" },
  feedback_buttons: {
    positive_button: { text: text(), value: "+" },
    negative_button: { text: text(), value: "-" },
  },
  icon_button: { icon: "trash", text: text() },
};

test("every element type has an example here", () => {
  expect(Object.keys(EXAMPLES).sort()).toEqual(Object.keys(ELEMENTS).sort());
});

test.each(Object.entries(EXAMPLES))(
  "%s is taken where it may stand, and refused elsewhere",
  (type, example) => {
    const element = { type, ...example };
    const place: Record<keyof typeof PLACES, Json> = {
      actions: { type: "actions", elements: [element] },
      accessory: { type: "section", text: text(), accessory: element },
      input: { type: "input", label: text(), element },
      contextActions: { type: "context_actions", elements: [element] },
    };
    const names = ["actions", "accessory", "input", "contextActions"] as const;
    const taken = names.filter((name) => problems(place[name]).length === 0);
    expect(taken).toEqual(names.filter((name) => (PLACES[name] as readonly string[]).includes(type)));
    const refused = names.filter((name) => !taken.includes(name)).map((name) => problems(place[name])[0]);
    expect(
      refused.filter((first) => first?.startsWith(`unsupported type: ${type} [json-pointer:`) !== true),
    ).toEqual([]);
  },
);

test.each<[string, unknown, string]>([
  ["no type", {}, "missing required field: type [json-pointer:/blocks/0]"],
  ["an unknown type", { type: "banner" }, "unsupported type: banner [json-pointer:/blocks/0/type]"],
  [
    "a type that every object has",
    { type: "constructor" },
    "unsupported type: constructor [json-pointer:/blocks/0/type]",
  ],
  ["no object", "divider", "must provide an object [json-pointer:/blocks/0]"],
  [
    "a field that does not exist",
    { type: "divider", color: 1 },
    "invalid additional property: color [json-pointer:/blocks/0]",
  ],
  [
    "an empty section",
    { type: "section" },
    "must define either `text` or `fields` [json-pointer:/blocks/0/type]",
  ],
  [
    "empty text",
    { type: "header", text: text("") },
    "must be more than 0 characters [json-pointer:/blocks/0/text/text]",
  ],
  [
    "mrkdwn in a header",
    { type: "header", text: { type: "mrkdwn", text: "a" } },
    "unsupported type: mrkdwn [json-pointer:/blocks/0/text/type]",
  ],
  [
    "no elements",
    { type: "actions", elements: [] },
    "no less than 1 items allowed [json-pointer:/blocks/0/elements]",
  ],
  [
    "a style that is none",
    { type: "actions", elements: [{ type: "button", text: text(), style: "default" }] },
    "must be a valid enum value [json-pointer:/blocks/0/elements/0/style]",
  ],
  [
    "an initial option from elsewhere",
    {
      type: "actions",
      elements: [{ type: "static_select", options: [option], initial_option: { ...option, value: "2" } }],
    },
    "initial option was not found in options [json-pointer:/blocks/0/elements/0/initial_option]",
  ],
  [
    "options twice",
    {
      type: "actions",
      elements: [
        { type: "static_select", options: [option], option_groups: [{ label: text(), options: [option] }] },
      ],
    },
    "must define either `options` or `option_groups` [json-pointer:/blocks/0/elements/0]",
  ],
  [
    "a null option",
    { type: "actions", elements: [{ type: "static_select", options: [option], initial_option: null }] },
    "must provide an object [json-pointer:/blocks/0/elements/0/initial_option]",
  ],
  [
    "a URL that is none",
    { type: "actions", elements: [{ type: "button", text: text(), url: "javascript:1" }] },
    "must be a valid URL [json-pointer:/blocks/0/elements/0/url]",
  ],
  [
    "an image from nowhere",
    { type: "image", alt_text: "a" },
    "must define either `image_url` or `slack_file` [json-pointer:/blocks/0]",
  ],
  [
    "a link in no form",
    {
      type: "rich_text",
      elements: [{ type: "rich_text_preformatted", elements: [{ type: "user", user_id: "U1" }] }],
    },
    "unsupported type: user [json-pointer:/blocks/0/elements/0/elements/0/type]",
  ],
  [
    "empty text in rich text",
    {
      type: "rich_text",
      elements: [{ type: "rich_text_preformatted", elements: [{ type: "text", text: "" }] }],
    },
    "must be more than 0 characters [json-pointer:/blocks/0/elements/0/elements/0/text]",
  ],
  [
    "a date that is none",
    { type: "actions", elements: [{ type: "datepicker", initial_date: "2026-13-01" }] },
    "must be a valid date (YYYY-MM-DD) [json-pointer:/blocks/0/elements/0/initial_date]",
  ],
  [
    "minimum above maximum",
    { type: "input", label: text(), element: { type: "plain_text_input", min_length: 5, max_length: 4 } },
    "must be less than or equal to max_length [json-pointer:/blocks/0/element/min_length]",
  ],
])("%s", (_what, block, expected) => {
  expect(problems(block)).toContain(expected);
});

test("ids are unique: block_id in the message, action_id in its block", () => {
  const button = (id: string): Json => ({ type: "button", action_id: id, text: text() });
  expect(problems({ type: "divider", block_id: "a" }, { type: "divider", block_id: "a" })).toEqual([
    '`block_id` "a" already exists [json-pointer:/blocks/1/block_id]',
  ]);
  expect(problems({ type: "actions", elements: [button("a"), button("a")] })).toEqual([
    '`action_id` "a" already exists [json-pointer:/blocks/0/elements/1/action_id]',
  ]);
  const apart = [
    { type: "actions", elements: [button("a")] },
    { type: "actions", elements: [button("a")] },
  ];
  expect(problems(...apart)).toEqual([]);
});

test("data tables: 1 to 100 rows below a header of plain cells, all of one length", () => {
  const cells = (count: number): Json[] =>
    Array.from({ length: count }, () => ({ type: "raw_text", text: "a" }));
  const table = (rows: unknown[]): Json => ({ type: "data_table", caption: "Hosts", rows });
  const rows = (count: number): unknown[] => Array.from({ length: count }, () => cells(2));
  expect(problems(table(rows(2)))).toEqual([]);
  expect(problems(table(rows(101)))).toEqual([]);
  expect(problems(table(rows(1)))).toEqual(["no less than 2 items allowed [json-pointer:/blocks/0/rows]"]);
  expect(problems(table(rows(102)))).toEqual([
    "no more than 101 items allowed [json-pointer:/blocks/0/rows]",
  ]);
  expect(problems(table([cells(2), cells(3)]))).toEqual([
    "all rows must have the same number of cells [json-pointer:/blocks/0/rows/1]",
  ]);
  const rich = { type: "rich_text", elements: [{ type: "rich_text_section", elements: [] }] };
  expect(problems(table([[rich], cells(1)])).join()).toContain("unsupported type: rich_text");
});

test("a file's block is Slack's own: nobody posts one", () => {
  expect(problems({ type: "file", source: "remote", external_id: "a" }).join()).toContain("unsupported type");
});

test("charts: series fit their categories", () => {
  const chart = (labels: string[]): Json => ({
    type: "data_visualization",
    title: "502s",
    chart: {
      type: "bar",
      series: [{ name: "502", data: labels.map((label) => ({ label, value: 1 })) }],
      axis_config: { categories: ["a", "b"], y_label: "per minute" },
    },
  });
  expect(problems(chart(["a", "b"]))).toEqual([]);
  expect(problems(chart(["b", "a"]))).toEqual([
    "data labels must match axis_config.categories [json-pointer:/blocks/0/chart/series/0/data]",
  ]);
});

test("only one element of a view takes the focus", () => {
  const input = { type: "input", label: text(), element: { type: "plain_text_input", focus_on_load: true } };
  const view = { type: "modal", title: text(), submit: text(), blocks: [input, input] };
  expect(checkView(view)).toContain(
    "only one element can have `focus_on_load` set to true [json-pointer:/view/blocks]",
  );
});

test("any JSON at all is judged, never thrown at", () => {
  const types = [...Object.keys(BLOCKS), ...Object.keys(ELEMENTS)];
  const names = [
    "type",
    "text",
    "elements",
    "element",
    "blocks",
    "options",
    "accessory",
    "rows",
    "chart",
    "title",
    "child_blocks",
  ];
  const json = fc.letrec((tie) => ({
    value: fc.oneof(
      { depthSize: "small" },
      fc.constantFrom<unknown>(...types, "", "x", 1, null, true),
      tie("object"),
      fc.array(tie("value"), { maxLength: 3 }),
    ),
    object: fc.dictionary(fc.constantFrom(...names), tie("value"), { maxKeys: 5 }),
  }));
  fc.assert(
    fc.property(
      fc.array(json.value, { maxLength: 5 }),
      fc.constantFrom("message" as const, "modal" as const, "home" as const),
      (blocks, surface) => {
        const found = checkBlocks(blocks, surface, "/blocks");
        for (const each of found) expect(each).toMatch(/ \[json-pointer:\/blocks[^\]]*\]$/);
      },
    ),
    { numRuns: 500 },
  );
});
