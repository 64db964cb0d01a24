import { str } from "../workspace/json.ts";
import type { Json } from "../workspace/json.ts";
import { textOf } from "./view-context.ts";
import type { PageContext } from "./view-context.ts";

/** One control: its element, the block it stands in, its state so far, and whether a change is sent at once. */
export interface Control {
  ctx: PageContext;
  block: Json;
  element: Json;
  state: Json;
  /** changes and presses are sent to the app as they happen */
  sends: boolean;
  /** the id the label points to; without a label the control names itself */
  id: string;
  labelled: boolean;
  describedBy?: string;
  invalid?: boolean;
}

/** The attributes by which a control is found and sent. */
export function common(control: Control): Record<string, unknown> {
  const { block, element, sends } = control;
  return {
    name: `${str(block["block_id"])}/${str(element["action_id"])}`,
    "data-block-id": block["block_id"],
    "data-action-id": element["action_id"],
    ...(sends ? { "data-sends": element["type"] } : {}),
    ...(control.describedBy === undefined ? {} : { "aria-describedby": control.describedBy }),
    ...(control.invalid === true ? { "aria-invalid": "true" } : {}),
    ...(element["focus_on_load"] === true ? { "data-focus": "true" } : {}),
  };
}

/** As common, for a field: outside an input block there is no label, so the placeholder names it. */
export function field(control: Control): Record<string, unknown> {
  const name = textOf(control.element["placeholder"]) || "Value";
  return { ...common(control), ...(control.labelled ? {} : { "aria-label": name }) };
}
