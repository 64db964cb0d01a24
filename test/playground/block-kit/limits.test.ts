import { describe, expect, test } from "vitest";
import {
  checkBlocks,
  checkView,
  totalCharacters,
} from "../../../src/playground/workspace/block-kit/check.ts";
import type { Surface } from "../../../src/playground/workspace/block-kit/check.ts";
import type { Json } from "../../../src/playground/workspace/json.ts";

const x = (length: number): string => "x".repeat(length);
const plain = (length: number): Json => ({ type: "plain_text", text: x(length) });
const mrkdwn = (length: number): Json => ({ type: "mrkdwn", text: x(length) });
const times = <T>(count: number, make: (index: number) => T): T[] =>
  Array.from({ length: count }, (_, i) => make(i));
const button = (extra: Json, index = 0): Json => ({
  type: "button",
  action_id: `a${String(index)}`,
  text: plain(1),
  ...extra,
});
const actions = (...elements: Json[]): Json => ({ type: "actions", elements });
const option = (index: number, extra: Json = {}): Json => ({
  text: plain(1),
  value: `v${String(index)}`,
  ...extra,
});
const select = (extra: Json): Json => actions({ type: "static_select", action_id: "s", ...extra });
const oneSelect = (one: Json): Json => select({ options: [option(0, one)] });
const input = (element: Json, extra: Json = {}): Json => ({
  type: "input",
  label: plain(1),
  element,
  ...extra,
});
const modal = (extra: Json, blocks: Json[] = [{ type: "divider" }]): Json => ({
  type: "modal",
  title: plain(1),
  submit: plain(1),
  blocks,
  ...extra,
});
const chart = (extra: Json, points = 1, name = 1): Json => {
  const categories = times(points, (i) => `c${String(i)}`);
  const series = [{ name: x(name), data: categories.map((label) => ({ label, value: 1 })) }];
  return {
    type: "data_visualization",
    title: "t",
    chart: { type: "line", series, axis_config: { categories } },
    ...extra,
  };
};

/** what, the limit, a payload of that size, the pointer Slack names, its words for one too many */
type Row = [
  what: string,
  limit: number,
  make: (size: number) => Json[],
  pointer: string,
  words: string,
  surface?: Surface,
];
const less = (limit: number): string => `must be less than ${String(limit + 1)} characters`;
const most = (limit: number): string => `no more than ${String(limit)} items allowed`;

const ROWS: Row[] = [
  ["blocks of a message", 50, (n) => times(n, () => ({ type: "divider" })), "/blocks", most(50)],
  ["blocks of a modal", 100, (n) => times(n, () => ({ type: "divider" })), "/blocks", most(100), "modal"],
  ["blocks of a Home", 100, (n) => times(n, () => ({ type: "divider" })), "/blocks", most(100), "home"],
  ["section text", 3000, (n) => [{ type: "section", text: mrkdwn(n) }], "/blocks/0/text/text", less(3000)],
  [
    "section fields",
    10,
    (n) => [{ type: "section", fields: times(n, () => plain(1)) }],
    "/blocks/0/fields",
    most(10),
  ],
  [
    "section field",
    2000,
    (n) => [{ type: "section", fields: [plain(n)] }],
    "/blocks/0/fields/0/text",
    less(2000),
  ],
  ["header", 150, (n) => [{ type: "header", text: plain(n) }], "/blocks/0/text/text", less(150)],
  [
    "actions elements",
    25,
    (n) => [actions(...times(n, (i) => button({}, i)))],
    "/blocks/0/elements",
    most(25),
  ],
  [
    "context elements",
    10,
    (n) => [{ type: "context", elements: times(n, () => mrkdwn(1)) }],
    "/blocks/0/elements",
    most(10),
  ],
  [
    "button text",
    75,
    (n) => [actions(button({ text: plain(n) }))],
    "/blocks/0/elements/0/text/text",
    less(75),
  ],
  ["button value", 2000, (n) => [actions(button({ value: x(n) }))], "/blocks/0/elements/0/value", less(2000)],
  [
    "button url",
    3000,
    (n) => [actions(button({ url: `https://e.test/${x(n - 15)}` }))],
    "/blocks/0/elements/0/url",
    less(3000),
  ],
  [
    "accessibility label",
    75,
    (n) => [actions(button({ accessibility_label: x(n) }))],
    "/blocks/0/elements/0/accessibility_label",
    less(75),
  ],
  [
    "action_id",
    255,
    (n) => [actions(button({ action_id: x(n) }))],
    "/blocks/0/elements/0/action_id",
    less(255),
  ],
  ["block_id", 255, (n) => [{ type: "divider", block_id: x(n) }], "/blocks/0/block_id", less(255)],
  [
    "select options",
    100,
    (n) => [select({ options: times(n, (i) => option(i)) })],
    "/blocks/0/elements/0/options",
    most(100),
  ],
  [
    "option groups",
    100,
    (n) => [select({ option_groups: times(n, (i) => ({ label: plain(1), options: [option(i)] })) })],
    "/blocks/0/elements/0/option_groups",
    most(100),
  ],
  [
    "group label",
    75,
    (n) => [select({ option_groups: [{ label: plain(n), options: [option(0)] }] })],
    "/blocks/0/elements/0/option_groups/0/label/text",
    less(75),
  ],
  [
    "option text",
    75,
    (n) => [oneSelect({ text: plain(n) })],
    "/blocks/0/elements/0/options/0/text/text",
    less(75),
  ],
  [
    "option value",
    150,
    (n) => [oneSelect({ value: x(n) })],
    "/blocks/0/elements/0/options/0/value",
    less(150),
  ],
  [
    "option description",
    75,
    (n) => [oneSelect({ description: plain(n) })],
    "/blocks/0/elements/0/options/0/description/text",
    less(75),
  ],
  [
    "placeholder",
    150,
    (n) => [select({ options: [option(0)], placeholder: plain(n) })],
    "/blocks/0/elements/0/placeholder/text",
    less(150),
  ],
  [
    "overflow",
    5,
    (n) => [actions({ type: "overflow", options: times(n, (i) => option(i)) })],
    "/blocks/0/elements/0/options",
    most(5),
  ],
  [
    "radio buttons",
    10,
    (n) => [actions({ type: "radio_buttons", options: times(n, (i) => option(i)) })],
    "/blocks/0/elements/0/options",
    most(10),
  ],
  [
    "checkboxes",
    10,
    (n) => [actions({ type: "checkboxes", options: times(n, (i) => option(i)) })],
    "/blocks/0/elements/0/options",
    most(10),
  ],
  [
    "confirm title",
    100,
    (n) => [actions(button({ confirm: { title: plain(n), text: plain(1) } }))],
    "/blocks/0/elements/0/confirm/title/text",
    less(100),
  ],
  [
    "confirm text",
    300,
    (n) => [actions(button({ confirm: { text: mrkdwn(n) } }))],
    "/blocks/0/elements/0/confirm/text/text",
    less(300),
  ],
  [
    "confirm button",
    30,
    (n) => [actions(button({ confirm: { text: plain(1), confirm: plain(n) } }))],
    "/blocks/0/elements/0/confirm/confirm/text",
    less(30),
  ],
  [
    "deny button",
    30,
    (n) => [actions(button({ confirm: { text: plain(1), deny: plain(n) } }))],
    "/blocks/0/elements/0/confirm/deny/text",
    less(30),
  ],
  [
    "image alt",
    2000,
    (n) => [{ type: "image", image_url: "https://e.test/i.png", alt_text: x(n) }],
    "/blocks/0/alt_text",
    less(2000),
  ],
  [
    "image url",
    3000,
    (n) => [{ type: "image", image_url: `https://e.test/${x(n - 15)}`, alt_text: "a" }],
    "/blocks/0/image_url",
    less(3000),
  ],
  [
    "image title",
    2000,
    (n) => [{ type: "image", image_url: "https://e.test/i.png", alt_text: "a", title: plain(n) }],
    "/blocks/0/title/text",
    less(2000),
  ],
  ["markdown", 12_000, (n) => [{ type: "markdown", text: x(n) }], "/blocks/0/text", less(12_000)],
  [
    "table rows",
    100,
    (n) => [{ type: "table", rows: times(n, () => [{ type: "raw_text", text: "a" }]) }],
    "/blocks/0/rows",
    most(100),
  ],
  [
    "table cells",
    20,
    (n) => [{ type: "table", rows: [times(n, () => ({ type: "raw_text", text: "a" }))] }],
    "/blocks/0/rows/0",
    most(20),
  ],
  ["chart title", 50, (n) => [chart({ title: x(n) })], "/blocks/0/title", less(50)],
  ["chart categories", 20, (n) => [chart({}, n)], "/blocks/0/chart/axis_config/categories", most(20)],
  ["chart series name", 20, (n) => [chart({}, 1, n)], "/blocks/0/chart/series/0/name", less(20)],
  [
    "charts of a message",
    2,
    (n) => times(n, () => chart({})),
    "/blocks",
    "no more than 2 data_visualization blocks allowed",
  ],
  [
    "input label",
    2000,
    (n) => [input({ type: "plain_text_input" }, { label: plain(n) })],
    "/blocks/0/label/text",
    less(2000),
    "modal",
  ],
  [
    "input hint",
    2000,
    (n) => [input({ type: "plain_text_input" }, { hint: plain(n) })],
    "/blocks/0/hint/text",
    less(2000),
    "modal",
  ],
  [
    "input value",
    3000,
    (n) => [input({ type: "plain_text_input", initial_value: x(n) })],
    "/blocks/0/element/initial_value",
    less(3000),
    "modal",
  ],
  ["alert", 200, (n) => [{ type: "alert", text: plain(n) }], "/blocks/0/text/text", less(200), "modal"],
];

describe("each limit is taken as it is, and refused with one more", () => {
  test.each(ROWS)("%s", (_what, limit, make, pointer, words, surface = "message") => {
    expect(checkBlocks(make(limit), surface, "/blocks")).toEqual([]);
    expect(checkBlocks(make(limit + 1), surface, "/blocks")).toContain(`${words} [json-pointer:${pointer}]`);
  });

  test("the reading order of problems is Slack's: the whole first, then the part", () => {
    expect(checkBlocks([{ type: "section", text: mrkdwn(3001) }], "message", "/blocks")).toEqual([
      "failed to match all allowed schemas [json-pointer:/blocks/0/text]",
      "must be less than 3001 characters [json-pointer:/blocks/0/text/text]",
    ]);
  });
});

type ViewRow = [what: string, limit: number, make: (size: number) => Json, pointer: string];
const VIEW_ROWS: ViewRow[] = [
  ["title", 24, (n) => modal({ title: plain(n) }), "/view/title/text"],
  ["submit", 24, (n) => modal({ submit: plain(n) }), "/view/submit/text"],
  ["close", 24, (n) => modal({ close: plain(n) }), "/view/close/text"],
  ["private_metadata", 3000, (n) => modal({ private_metadata: x(n) }), "/view/private_metadata"],
  ["callback_id", 255, (n) => modal({ callback_id: x(n) }), "/view/callback_id"],
  ["external_id", 255, (n) => modal({ external_id: x(n) }), "/view/external_id"],
];

describe("views", () => {
  test.each(VIEW_ROWS)("%s", (_what, limit, make, pointer) => {
    expect(checkView(make(limit))).toEqual([]);
    const [first, ...rest] = checkView(make(limit + 1));
    expect(first).toBe("failed to match all allowed schemas [json-pointer:/view]");
    expect(rest).toContain(`${less(limit)} [json-pointer:${pointer}]`);
  });

  test("an input needs a submit button in a modal, and none in a Home", () => {
    const blocks = [{ type: "divider" }, input({ type: "plain_text_input" })];
    const { submit: _submit, ...without } = modal({}, blocks);
    expect(checkView(without)).toContain(
      "must define `submit` to use an `input` block in modals [json-pointer:/view/blocks/1/input]",
    );
    expect(checkView({ type: "home", blocks })).toEqual([]);
  });
});

test("all characters that are shown count towards the total, ids and values do not", () => {
  expect(
    totalCharacters([
      { type: "section", text: plain(10) },
      { type: "markdown", text: x(5) },
    ]),
  ).toBe(15);
  expect(totalCharacters([actions(button({ text: plain(4), value: x(100) }))])).toBe(4);
  expect(totalCharacters([oneSelect({ text: plain(3), value: x(100), description: plain(2) })])).toBe(5);
});
