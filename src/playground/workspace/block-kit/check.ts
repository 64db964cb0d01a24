import { isJson, records } from "../json.ts";
import type { Json } from "../json.ts";
import { block } from "./blocks.ts";
import { plain } from "./composition.ts";
import { LIMITS } from "./limits.ts";
import { anything, characters, flag, listOf, object, oneOf, Problems, text } from "./shape.ts";
import type { Surface } from "./shape.ts";
import { countLimits, oneFocus, uniqueIds } from "./uniqueness.ts";

export type { Surface } from "./shape.ts";

/**
 * Checks blocks for a surface. Gives the problems in Slack's wording with JSON pointers below `pointer`;
 * none means Slack would take them (images are not fetched).
 */
export function checkBlocks(blocks: unknown[], surface: Surface, pointer: string): string[] {
  const problems = new Problems(surface);
  listOf(block, LIMITS.blocks[surface], 0)(blocks, pointer, problems);
  uniqueIds(blocks, pointer, problems);
  if (surface === "message") countLimits(records(blocks), pointer, problems);
  else oneFocus(records(blocks), pointer, problems);
  return problems.list;
}

const common = {
  type: oneOf("modal", "home"),
  callback_id: text(LIMITS.id, 0),
  external_id: text(LIMITS.id, 0),
  private_metadata: text(LIMITS.privateMetadata, 0),
};
const modal = object(
  { type: anything, title: plain(LIMITS.viewTitle), blocks: anything },
  {
    ...common,
    submit: plain(LIMITS.viewButton),
    close: plain(LIMITS.viewButton),
    clear_on_close: flag,
    notify_on_close: flag,
    submit_disabled: flag,
  },
);
const home = object({ type: anything, blocks: anything }, { ...common });

/**
 * Checks a view (modal or home) with its blocks. Problems as checkBlocks gives them, below /view.
 */
export function checkView(view: Json): string[] {
  const surface = view["type"] === "home" ? "home" : "modal";
  const problems = new Problems(surface);
  (surface === "home" ? home : modal)(view, "/view", problems);
  const { blocks } = view;
  if (Array.isArray(blocks)) {
    problems.list.push(...checkBlocks(blocks, surface, "/view/blocks"));
    const input = blocks.findIndex((each) => isJson(each) && each["type"] === "input");
    if (surface === "modal" && input >= 0 && view["submit"] === undefined) {
      problems.add(
        "must define `submit` to use an `input` block in modals",
        `/view/blocks/${String(input)}/input`,
      );
    }
  } else if (blocks !== undefined) problems.add("must provide an array", "/view/blocks");
  return problems.list.length === 0
    ? []
    : ["failed to match all allowed schemas [json-pointer:/view]", ...problems.list];
}

/** Keys that hold what a reader sees. */
const SHOWN = new Set(["text", "alt_text", "title", "label", "caption", "name", "description"]);

function shownCharacters(value: unknown, key: string): number {
  if (typeof value === "string") return SHOWN.has(key) ? characters(value) : 0;
  if (Array.isArray(value)) {
    let sum = 0;
    for (const each of value) sum += shownCharacters(each, key);
    return sum;
  }
  if (!isJson(value)) return 0;
  let sum = 0;
  for (const [name, each] of Object.entries(value)) sum += shownCharacters(each, name);
  return sum;
}

/** The characters a message's blocks show, over all of them: Slack takes about 13,000. */
export function totalCharacters(blocks: Json[]): number {
  return shownCharacters(blocks, "");
}
