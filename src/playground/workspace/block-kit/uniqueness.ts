import { fillIds } from "./fill.ts";
import { elementsOf } from "../interactions/values.ts";
import { isJson, records, str } from "../json.ts";
import type { Json } from "../json.ts";
import { LIMITS } from "./limits.ts";
import type { Problems } from "./shape.ts";

/** block_id once among all blocks, action_id once within its block. */
export function uniqueIds(blocks: unknown[], pointer: string, problems: Problems): void {
  const seenBlocks = new Set<string>();
  blocks.forEach((block, index) => {
    if (!isJson(block)) return;
    const here = `${pointer}/${String(index)}`;
    const id = str(block["block_id"]);
    if (id !== "" && seenBlocks.has(id))
      problems.add(`\`block_id\` "${id}" already exists`, `${here}/block_id`);
    seenBlocks.add(id);
    const seenActions = new Set<string>();
    const own = block["type"] === "carousel" ? [] : records(block["elements"]);
    own.forEach((element, place) => {
      const action = str(element["action_id"]);
      if (action !== "" && seenActions.has(action)) {
        const where = `${here}/elements/${String(place)}/action_id`;
        problems.add(`\`action_id\` "${action}" already exists`, where);
      }
      seenActions.add(action);
    });
    if (block["type"] === "container") {
      uniqueIds(records(block["child_blocks"]), `${here}/child_blocks`, problems);
    }
  });
}

/** In a view an action_id may stand in several blocks, but only one element takes the focus. */
export function oneFocus(blocks: Json[], pointer: string, problems: Problems): void {
  // Ids are filled in first: elementsOf knows an interactive element by its action_id.
  const focused = elementsOf(fillIds(blocks)).filter(({ element }) => element["focus_on_load"] === true);
  if (focused.length > 1) problems.add("only one element can have `focus_on_load` set to true", pointer);
}

/** How many blocks of some types a message may hold. */
export function countLimits(blocks: Json[], pointer: string, problems: Problems): void {
  const count = (type: string): number => blocks.filter((block) => block["type"] === type).length;
  if (count("data_visualization") > LIMITS.chartsPerMessage) {
    problems.add(
      `no more than ${String(LIMITS.chartsPerMessage)} data_visualization blocks allowed`,
      pointer,
    );
  }
  let markdown = 0;
  for (const block of blocks) if (block["type"] === "markdown") markdown += str(block["text"]).length;
  const each = blocks.every((block) => str(block["text"]).length <= LIMITS.markdown);
  if (each && markdown > LIMITS.markdown) {
    problems.add(
      `must be less than ${String(LIMITS.markdown + 1)} characters in all markdown blocks`,
      pointer,
    );
  }
}

/** Tables of a message; Slack answers more than one with only_one_table_allowed. */
export function tables(blocks: Json[]): number {
  const inside = blocks.flatMap((block) => records(block["child_blocks"]));
  return [...blocks, ...inside].filter((each) => each["type"] === "table" || each["type"] === "data_table")
    .length;
}
