import { createElement as h, Fragment } from "react";
import type { ReactNode } from "react";
import { elementState } from "../workspace/interactions/values.ts";
import { at, isJson, record, records, str } from "../workspace/json.ts";
import type { Json } from "../workspace/json.ts";
import { renderControl } from "./controls.ts";
import { libraryBlocks } from "./library.ts";
import { textOf } from "./view-context.ts";
import type { PageContext } from "./view-context.ts";

/** Where blocks are drawn: its entries so far, the messages at its fields, and a prefix for ids. */
export interface Drawing {
  ctx: PageContext;
  prefix: string;
  values: Json;
  errors: Record<string, string>;
}

function stateOf(drawing: Drawing, block: Json, element: Json): Json {
  const kept = at(drawing.values, str(block["block_id"]), str(element["action_id"]));
  return isJson(kept) ? kept : (elementState(element, undefined) ?? {});
}

function idOf(drawing: Drawing, block: Json, element: Json): string {
  return `${drawing.prefix}-${str(block["block_id"])}-${str(element["action_id"])}`;
}

function control(
  drawing: Drawing,
  block: Json,
  element: Json,
  sends: boolean,
  extra: { labelled?: boolean; describedBy?: string; invalid?: boolean } = {},
): ReactNode {
  const id = idOf(drawing, block, element);
  const state = stateOf(drawing, block, element);
  return h(
    Fragment,
    { key: id },
    renderControl({ ctx: drawing.ctx, block, element, state, sends, id, labelled: false, ...extra }),
  );
}

function actions(drawing: Drawing, block: Json): ReactNode {
  const elements = records(block["elements"]).map((element) => control(drawing, block, element, true));
  return h("div", { className: "sk-actions" }, elements);
}

function section(drawing: Drawing, block: Json): ReactNode {
  const { accessory, ...rest } = block;
  if (!isJson(accessory) || accessory["type"] === "image") return libraryBlocks(drawing.ctx, [block]);
  return h(
    "div",
    { className: "sk-section" },
    h("div", { className: "sk-section-text" }, libraryBlocks(drawing.ctx, [rest])),
    h("div", { className: "sk-accessory" }, control(drawing, block, accessory, true)),
  );
}

function input(drawing: Drawing, block: Json): ReactNode {
  const element = record(block["element"]);
  const id = idOf(drawing, block, element);
  const error = drawing.errors[str(block["block_id"])];
  const hint = textOf(block["hint"]);
  const noteId = `${id}-note`;
  const extra = {
    labelled: true,
    ...(error === undefined && hint === "" ? {} : { describedBy: noteId }),
    invalid: error !== undefined,
  };
  const optional = block["optional"] === true ? h("span", { className: "sk-optional" }, " (optional)") : null;
  return h(
    "div",
    { className: `sk-field${error === undefined ? "" : " sk-field-bad"}`, "data-field": block["block_id"] },
    h("label", { htmlFor: id, id: `${id}-label` }, textOf(block["label"]), optional),
    control(drawing, block, element, block["dispatch_action"] === true, extra),
    error === undefined ? null : h("p", { className: "sk-error", id: noteId, role: "alert" }, `⚠ ${error}`),
    error !== undefined || hint === "" ? null : h("p", { className: "sk-hint", id: noteId }, hint),
  );
}

/** What Slack reads as plain text is no markup here either: the library would make mentions and bold of it. */
function context(drawing: Drawing, block: Json): ReactNode {
  const elements = records(block["elements"]);
  if (elements.every((element) => element["type"] !== "plain_text"))
    return libraryBlocks(drawing.ctx, [block]);
  const drawn = elements.map((element, index) =>
    element["type"] === "plain_text"
      ? h("span", { key: index }, element["emoji"] === false ? str(element["text"]) : textOf(element))
      : h("span", { key: index }, libraryBlocks(drawing.ctx, [{ ...block, elements: [element] }])),
  );
  return h("div", { className: "sk-context" }, drawn);
}

/** A table of raw text and rich text; the first row is its head, as in Slack. */
function table(drawing: Drawing, block: Json): ReactNode {
  const rows = Array.isArray(block["rows"]) ? block["rows"] : [];
  const cells = (row: unknown, tag: "th" | "td"): ReactNode =>
    records(row).map((cell, index) =>
      h(
        tag,
        { key: index },
        cell["type"] === "rich_text" ? libraryBlocks(drawing.ctx, [cell]) : str(cell["text"]),
      ),
    );
  const [head, ...body] = rows;
  const shown = body.map((row: unknown, index) => h("tr", { key: index }, cells(row, "td")));
  return h(
    "div",
    { className: "sk-scroll" },
    h(
      "table",
      { className: "sk-table" },
      h("thead", null, h("tr", null, cells(head, "th"))),
      h("tbody", null, shown),
    ),
  );
}

function dataTable(block: Json): ReactNode {
  const rows = Array.isArray(block["rows"]) ? block["rows"] : [];
  const cells = (row: unknown, tag: "th" | "td"): ReactNode =>
    records(row).map((cell, index) => h(tag, { key: index }, str(cell["text"])));
  const [head, ...body] = rows;
  return h(
    "table",
    { className: "sk-table" },
    h("caption", null, str(block["caption"])),
    h("thead", null, h("tr", null, cells(head, "th"))),
    h(
      "tbody",
      null,
      body.map((row: unknown, index) => h("tr", { key: index }, cells(row, "td"))),
    ),
  );
}

function container(drawing: Drawing, block: Json): ReactNode {
  const body = renderBlocks(drawing, records(block["child_blocks"]));
  const title = textOf(block["title"]);
  if (block["is_collapsible"] !== true)
    return h("div", { className: "sk-container" }, h("strong", null, title), body);
  const open = block["default_collapsed"] !== true;
  return h("details", { className: "sk-container", open }, h("summary", null, title), body);
}

function card(drawing: Drawing, block: Json): ReactNode {
  const { actions: buttons, ...rest } = block;
  const pressed = records(buttons).map((element) => control(drawing, block, element, true));
  return h("div", null, libraryBlocks(drawing.ctx, [rest]), h("div", { className: "sk-actions" }, pressed));
}

function one(drawing: Drawing, block: Json): ReactNode {
  switch (block["type"]) {
    case "actions":
    case "context_actions":
      return actions(drawing, block);
    case "section":
      return section(drawing, block);
    case "input":
      return input(drawing, block);
    case "context":
      return context(drawing, block);
    case "table":
      return table(drawing, block);
    case "data_table":
      return dataTable(block);
    case "container":
      return container(drawing, block);
    case "card":
      return card(drawing, block);
    default:
      return libraryBlocks(drawing.ctx, [block]);
  }
}

/** Draws blocks: what can be pressed or filled in as native controls, everything else by the library. */
export function renderBlocks(drawing: Drawing, blocks: Json[]): ReactNode {
  return blocks.map((block, index) =>
    h(
      "div",
      { className: "sk-block", key: str(block["block_id"]) || index, "data-block": block["type"] },
      one(drawing, block),
    ),
  );
}
