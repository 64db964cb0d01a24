import { createElement as h } from "react";
import type { ReactNode } from "react";
import { record, records, str } from "../workspace/json.ts";
import { common } from "./control.ts";
import type { Control } from "./control.ts";
import { textOf } from "./view-context.ts";

/** A searched field: what is typed is asked of the app; what is chosen travels as the app gave it. */
export function external(control: Control): ReactNode {
  const several = control.element["type"] === "multi_external_select";
  const selected = several ? {} : record(control.state["selected_option"]);
  const listId = `${control.id}-options`;
  const least = control.element["min_query_length"];
  const search = {
    id: control.id,
    className: "sk-input",
    list: listId,
    placeholder: textOf(control.element["placeholder"]) || "Type to search",
    defaultValue: textOf(selected["text"]),
    autoComplete: "off",
    "data-search": typeof least === "number" ? String(least) : "3",
    "data-several": several ? "true" : undefined,
    "aria-describedby": control.describedBy,
    "aria-invalid": control.invalid === true ? "true" : undefined,
    "data-focus": control.element["focus_on_load"] === true ? "true" : undefined,
  };
  const value = selected["value"] === undefined ? "" : JSON.stringify(selected);
  return h(
    "span",
    { className: "sk-external" },
    h("input", search),
    h("datalist", { id: listId }),
    h("small", { className: "sk-found", role: "status" }),
    several
      ? h("span", { className: "sk-chosen", "data-name": str(common(control)["name"]) }, chosenBoxes(control))
      : null,
    h("input", {
      type: "hidden",
      defaultValue: value,
      ...common(control),
      ...(several ? { name: undefined } : {}),
    }),
  );
}

/** What was chosen of several, each as a box that can be unticked. */
function chosenBoxes(control: Control): ReactNode[] {
  return records(control.state["selected_options"]).map((option) => {
    const value = JSON.stringify(option);
    const { name } = common(control);
    return h(
      "label",
      { className: "sk-choice", key: value },
      h("input", { type: "checkbox", value, defaultChecked: true, name }),
      h("span", null, textOf(option["text"])),
    );
  });
}
