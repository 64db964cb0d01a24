import { isJson, records } from "../json.ts";
import { chartBlock } from "./charts.ts";
import * as part from "./composition.ts";
import { ELEMENTS, elementsFor } from "./elements.ts";
import { LIMITS } from "./limits.ts";
import { richText } from "./rich-text.ts";
import { anything, byType, flag, listOf, number, object, oneOf, text } from "./shape.ts";
import type { Shape, Surface } from "./shape.ts";

const base = { type: anything };
const blockId = { block_id: part.id };
const image = ELEMENTS["image"] ?? anything;
const imageElement = byType({ image });
const button = byType({ button: ELEMENTS["button"] ?? anything });

const textOrFields: Shape = (value, pointer, problems) => {
  if (isJson(value) && value["text"] === undefined && value["fields"] === undefined) {
    problems.add("must define either `text` or `fields`", `${pointer}/type`);
  }
};

const contextText = { type: anything, text: text(LIMITS.sectionText) };
const contextElement = byType({
  image,
  plain_text: object(contextText, { emoji: flag }),
  mrkdwn: object(contextText, { verbatim: flag }),
});

const cell = byType({
  raw_text: object({ ...base, text: text(LIMITS.sectionText, 0) }, {}),
  raw_number: object(
    { ...base, value: number(-Number.MAX_VALUE, Number.MAX_VALUE, true), text: text(LIMITS.sectionText, 0) },
    {},
  ),
  rich_text: richText,
});
const column: Shape = (value, pointer, problems) => {
  // null keeps the column's default
  if (value !== null)
    object({}, { align: oneOf("left", "center", "right"), is_wrapped: flag })(value, pointer, problems);
};

const task = object(
  {
    ...base,
    task_id: text(LIMITS.id),
    title: text(LIMITS.sectionText),
    status: oneOf("pending", "in_progress", "complete", "error"),
  },
  {
    ...blockId,
    details: richText,
    output: richText,
    sources: listOf(object({ ...base, url: part.webUrl, text: text(LIMITS.sectionText) }, {}), 10),
  },
);

const card: Shape = object(
  { ...base },
  {
    ...blockId,
    hero_image: imageElement,
    icon: imageElement,
    slack_icon: object({ ...base, name: text(100) }, {}),
    title: part.anyText(LIMITS.cardTitle),
    subtitle: part.anyText(LIMITS.cardTitle),
    body: part.anyText(LIMITS.cardBody),
    actions: listOf(button, LIMITS.cardActions),
  },
);

/** A data table's rows are of one length, and its header is no rich text. */
const evenRows: Shape = (value, pointer, problems) => {
  if (!isJson(value) || !Array.isArray(value["rows"])) return;
  const rows = value["rows"].filter((row) => Array.isArray(row));
  const [header = []] = rows;
  rows.forEach((row, index) => {
    if (row.length !== header.length)
      problems.add("all rows must have the same number of cells", `${pointer}/rows/${String(index)}`);
  });
  records(header).forEach((each, index) => {
    if (each["type"] === "rich_text")
      problems.add("unsupported type: rich_text", `${pointer}/rows/0/${String(index)}/type`);
  });
};

/** Every block of Block Kit by its type, save the container, which holds some of these. */
const simple: Record<string, Shape> = {
  section: object(
    { ...base },
    {
      ...blockId,
      text: part.anyText(LIMITS.sectionText),
      fields: listOf(part.anyText(LIMITS.sectionField), LIMITS.sectionFields),
      accessory: byType(elementsFor("accessory")),
      expand: flag,
    },
    textOrFields,
  ),
  header: object({ ...base, text: part.plain(LIMITS.header) }, { ...blockId, level: number(1, 4) }),
  divider: object({ ...base }, { ...blockId }),
  context: object({ ...base, elements: listOf(contextElement, LIMITS.contextElements) }, { ...blockId }),
  context_actions: object(
    { ...base, elements: listOf(byType(elementsFor("contextActions")), LIMITS.contextActionsElements) },
    { ...blockId },
  ),
  actions: object(
    { ...base, elements: listOf(byType(elementsFor("actions")), LIMITS.actionsElements) },
    { ...blockId },
  ),
  input: object(
    { ...base, label: part.plain(LIMITS.inputLabel), element: byType(elementsFor("input")) },
    { ...blockId, hint: part.plain(LIMITS.inputHint), optional: flag, dispatch_action: flag },
  ),
  image: object(
    { ...base, alt_text: text(LIMITS.imageAlt) },
    { ...blockId, title: part.plain(LIMITS.imageTitle), image_url: part.webUrl, slack_file: part.slackFile },
    part.imageSource,
  ),
  rich_text: richText,
  markdown: object({ ...base, text: text(LIMITS.markdown) }, { ...blockId }),
  table: object(
    { ...base, rows: listOf(listOf(cell, LIMITS.tableCells), LIMITS.tableRows) },
    { ...blockId, column_settings: listOf(column, LIMITS.tableCells, 0) },
  ),
  data_table: object(
    {
      ...base,
      caption: text(LIMITS.sectionText),
      rows: listOf(listOf(cell, LIMITS.tableCells), LIMITS.dataTableRows, 2),
    },
    { ...blockId, page_size: number(1, 100), row_header_column_index: number(0, LIMITS.tableCells - 1) },
    evenRows,
  ),
  data_visualization: chartBlock,
  file: object({ ...base, source: oneOf("remote"), external_id: text(LIMITS.id) }, { ...blockId }),
  video: object(
    {
      ...base,
      video_url: part.webUrl,
      thumbnail_url: part.webUrl,
      alt_text: text(LIMITS.imageAlt),
      title: part.plain(LIMITS.videoTitle),
    },
    {
      ...blockId,
      title_url: part.webUrl,
      author_name: text(LIMITS.videoAuthor),
      provider_name: text(LIMITS.videoAuthor),
      provider_icon_url: part.webUrl,
      description: part.plain(LIMITS.videoDescription),
    },
  ),
  alert: object(
    { ...base, text: part.anyText(LIMITS.alertText) },
    { ...blockId, level: oneOf("default", "info", "warning", "error", "success") },
  ),
  card,
  carousel: object({ ...base, elements: listOf(byType({ card }), LIMITS.carouselCards) }, { ...blockId }),
  task_card: task,
  plan: object(
    { ...base, title: text(LIMITS.sectionText) },
    { ...blockId, tasks: listOf(byType({ task_card: task }), LIMITS.blocks.message, 0) },
  ),
};

const INSIDE_CONTAINER = [
  "actions",
  "context",
  "divider",
  "header",
  "image",
  "input",
  "rich_text",
  "section",
  "table",
  "video",
];
const inside = Object.fromEntries(Object.entries(simple).filter(([type]) => INSIDE_CONTAINER.includes(type)));

const container = object(
  { ...base, child_blocks: listOf(byType(inside), LIMITS.containerChildren) },
  {
    ...blockId,
    title: part.plain(LIMITS.containerTitle),
    rich_text_title: richText,
    subtitle: part.anyText(LIMITS.containerTitle),
    width: oneOf("narrow", "standard", "wide", "full"),
    icon: imageElement,
    is_collapsible: flag,
    default_collapsed: flag,
    has_header_divider: flag,
  },
);

/** Every block of Block Kit by its type. */
export const BLOCKS: Record<string, Shape> = { ...simple, container };

/** Blocks that do not stand everywhere. */
const ONLY: Record<string, Surface[]> = {
  markdown: ["message"],
  table: ["message"],
  data_table: ["message"],
  data_visualization: ["message"],
  context_actions: ["message"],
  card: ["message"],
  carousel: ["message"],
  task_card: ["message"],
  plan: ["message"],
  // Slack puts it into messages that hold a remote file; nobody posts it.
  file: [],
  alert: ["modal"],
};

/** One block where it may stand. */
export const block: Shape = byType(BLOCKS, (type, surface) => ONLY[type]?.includes(surface) ?? true);
