import { createElement as h } from "react";
import type { ReactNode } from "react";
import { isJson, record, records, str } from "../workspace/json.ts";
import type { Json } from "../workspace/json.ts";
import { choicesOf, chosenOf } from "./choices.ts";
import type { Choice } from "./choices.ts";
import { common, field } from "./control.ts";
import type { Control } from "./control.ts";
import { external } from "./external.ts";
import { textOf } from "./view-context.ts";

function button(control: Control): ReactNode {
  const { element } = control;
  const style = str(element["style"]);
  const confirm = element["confirm"];
  const attributes = {
    type: "button",
    className: `sk-button${style === "" ? "" : ` sk-button-${style}`}`,
    ...common(control),
    "data-sends": "button",
    "aria-label": str(element["accessibility_label"]) || undefined,
    "data-confirm": isJson(confirm) ? confirmData(confirm) : undefined,
    "data-url": str(element["url"]) || undefined,
  };
  return h("button", attributes, textOf(element["text"]));
}

/** A confirmation as the browser's script needs it, emoji replaced. */
function confirmData(confirm: Json): string {
  return JSON.stringify({
    title: textOf(confirm["title"]) || "Are you sure?",
    text: textOf(confirm["text"]),
    confirm: textOf(confirm["confirm"]) || "Yes",
    deny: textOf(confirm["deny"]) || "Cancel",
    style: str(confirm["style"]),
  });
}

function select(control: Control): ReactNode {
  const [chosen = ""] = chosenOf(control.state);
  const placeholder = textOf(control.element["placeholder"]) || "Choose an option";
  const empty = h("option", { value: "", key: "" }, placeholder);
  const option = (each: Choice): ReactNode => h("option", { value: each.value, key: each.value }, each.label);
  const groups = records(control.element["option_groups"]);
  const grouped = groups.map((group) => {
    const values = records(group["options"]).map((each) => str(each["value"]));
    const members = choicesOf(control.ctx, control.element).filter((each) => values.includes(each.value));
    return h("optgroup", { label: textOf(group["label"]), key: textOf(group["label"]) }, members.map(option));
  });
  const items = groups.length > 0 ? grouped : choicesOf(control.ctx, control.element).map(option);
  return h(
    "select",
    { id: control.id, className: "sk-select", defaultValue: chosen, ...field(control) },
    empty,
    items,
  );
}

function boxes(control: Control, type: "radio" | "checkbox"): ReactNode {
  const chosen = chosenOf(control.state);
  const items = choicesOf(control.ctx, control.element).map((each) =>
    h(
      "label",
      { className: "sk-choice", key: each.value },
      h("input", {
        type,
        value: each.value,
        defaultChecked: chosen.includes(each.value),
        ...common(control),
      }),
      h("span", null, each.label, each.description === "" ? null : h("small", null, each.description)),
    ),
  );
  const role = type === "radio" ? "radiogroup" : "group";
  return h(
    "div",
    { className: "sk-choices", role, id: control.id, "aria-labelledby": `${control.id}-label` },
    items,
  );
}

function entry(control: Control, type: string): ReactNode {
  const { element } = control;
  const [value = ""] = chosenOf(control.state);
  const attributes = {
    id: control.id,
    className: "sk-input",
    placeholder: textOf(element["placeholder"]) || undefined,
    defaultValue: value,
    autoComplete: "off",
    maxLength: typeof element["max_length"] === "number" ? element["max_length"] : undefined,
    ...field(control),
  };
  const long = element["multiline"] === true || element["type"] === "rich_text_input";
  return long ? h("textarea", { ...attributes, rows: 4 }) : h("input", { ...attributes, type });
}

function moment(control: Control): ReactNode {
  const { state } = control;
  const at = state["selected_date_time"];
  const data = { "data-unix": typeof at === "number" ? String(at) : "" };
  return h("input", {
    id: control.id,
    type: "datetime-local",
    className: "sk-input",
    ...data,
    ...field(control),
  });
}

function overflow(control: Control): ReactNode {
  const items = choicesOf(control.ctx, control.element).map((each) =>
    h(
      "button",
      {
        type: "button",
        role: "menuitem",
        key: each.value,
        ...common(control),
        "data-sends": "overflow",
        "data-value": each.value,
      },
      each.label,
    ),
  );
  return h(
    "details",
    { className: "sk-overflow" },
    h("summary", { "aria-label": "More options", "aria-haspopup": "menu" }, "⋯"),
    h("div", { role: "menu" }, items),
  );
}

function feedback(control: Control): ReactNode {
  const one = (key: "positive_button" | "negative_button", sign: string): ReactNode => {
    const data = record(control.element[key]);
    const attributes = {
      type: "button",
      className: "sk-button",
      key,
      ...common(control),
      "data-sends": "button",
      "data-value": data["value"],
    };
    return h("button", attributes, `${sign} ${textOf(data["text"])}`);
  };
  return h("span", null, one("positive_button", "👍"), one("negative_button", "👎"));
}

/** Draws an interactive element as a native control. */
export function renderControl(control: Control): ReactNode {
  const type = str(control.element["type"]);
  if (type === "button" || type === "workflow_button" || type === "icon_button") return button(control);
  if (type === "radio_buttons") return boxes(control, "radio");
  if (type === "checkboxes") return boxes(control, "checkbox");
  if (type === "external_select" || type === "multi_external_select") return external(control);
  if (type.startsWith("multi_")) return boxes(control, "checkbox");
  if (type.endsWith("_select")) return select(control);
  if (type === "datepicker") return entry(control, "date");
  if (type === "timepicker") return entry(control, "time");
  if (type === "datetimepicker") return moment(control);
  if (type === "overflow") return overflow(control);
  if (type === "feedback_buttons") return feedback(control);
  return entry(control, type === "email_text_input" ? "email" : "text");
}
