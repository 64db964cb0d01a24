import { at, isJson, records, str } from "../json.ts";
import type { Json } from "../json.ts";
import { stateValue } from "./values.ts";

const isEmpty = (value: unknown): boolean =>
  value === null || value === undefined || value === "" || (Array.isArray(value) && value.length === 0);

function lengthProblem(element: Json, text: string): string | undefined {
  const [least, most] = [element["min_length"], element["max_length"]];
  const limit = typeof most === "number" ? most : 3000;
  if (typeof least === "number" && text.length < least)
    return `Must be at least ${String(least)} characters.`;
  if (text.length > limit) return `Must be at most ${String(limit)} characters.`;
  return undefined;
}

function numberProblem(element: Json, text: string): string | undefined {
  const number = Number(text);
  if (Number.isNaN(number)) return "Please enter a number.";
  if (element["is_decimal_allowed"] !== true && !Number.isInteger(number))
    return "Please enter a whole number.";
  const [least, most] = [str(element["min_value"]), str(element["max_value"])];
  if (least !== "" && number < Number(least)) return `Must be ${least} or more.`;
  if (most !== "" && number > Number(most)) return `Must be ${most} or less.`;
  return undefined;
}

function problem(element: Json, value: unknown): string | undefined {
  const most = element["max_selected_items"];
  if (Array.isArray(value) && typeof most === "number" && value.length > most) {
    return `Choose at most ${String(most)}.`;
  }
  if (typeof value !== "string") return undefined;
  if (element["type"] === "plain_text_input") return lengthProblem(element, value);
  if (element["type"] === "number_input") return numberProblem(element, value);
  if (element["type"] === "email_text_input" && !/^\S+@\S+\.\S+$/.test(value)) {
    return "Please enter a valid email address.";
  }
  if (element["type"] === "url_text_input" && !URL.canParse(value)) return "Please enter a valid URL.";
  return undefined;
}

/** What Slack's own client refuses before the app is asked: block_id → sentence, for inputs of a view. */
export function fieldErrors(blocks: Json[], values: Json): Record<string, string> {
  const errors: Record<string, string> = {};
  for (const block of records(blocks)) {
    const { element } = block;
    if (block["type"] !== "input" || !isJson(element)) continue;
    const blockId = str(block["block_id"]);
    const state = at(values, blockId, str(element["action_id"]));
    const value = isJson(state) ? stateValue(state) : null;
    if (isEmpty(value)) {
      if (block["optional"] !== true) errors[blockId] = "Please complete this required field.";
      continue;
    }
    const found = problem(element, value);
    if (found !== undefined) errors[blockId] = found;
  }
  return errors;
}
