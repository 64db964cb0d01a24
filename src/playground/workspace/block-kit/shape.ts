import { isJson } from "../json.ts";

/** Where blocks are shown; not every block may stand everywhere. */
export type Surface = "message" | "modal" | "home";

/** Problems are collected here in Slack's wording, each with its JSON pointer. */
export class Problems {
  readonly list: string[] = [];
  readonly surface: Surface;

  constructor(surface: Surface) {
    this.surface = surface;
  }

  add(what: string, pointer: string): void {
    this.list.push(`${what} [json-pointer:${pointer}]`);
  }
}

/** Looks at one value at its pointer, and adds what is wrong with it. */
export type Shape = (value: unknown, pointer: string, problems: Problems) => void;

/** Characters as Slack counts them: code points. */
export function characters(text: string): number {
  let count = 0;
  for (const _ of text) count += 1;
  return count;
}

/** Text between `min` and `max` characters. */
export function text(max: number, min = 1): Shape {
  return (value, pointer, problems) => {
    if (typeof value !== "string") return problems.add("must provide a string", pointer);
    const length = characters(value);
    if (length < min) problems.add(`must be more than ${String(min - 1)} characters`, pointer);
    if (length > max) problems.add(`must be less than ${String(max + 1)} characters`, pointer);
  };
}

export const flag: Shape = (value, pointer, problems) => {
  if (typeof value !== "boolean") problems.add("must provide a boolean", pointer);
};

/** A number between the bounds, whole unless `decimals`. */
export function number(low: number, high: number, decimals = false): Shape {
  return (value, pointer, problems) => {
    if (typeof value !== "number" || (!decimals && !Number.isInteger(value))) {
      return problems.add(decimals ? "must provide a number" : "must provide an integer", pointer);
    }
    if (value < low) problems.add(`must be greater than or equal to ${String(low)}`, pointer);
    if (value > high) problems.add(`must be less than or equal to ${String(high)}`, pointer);
  };
}

export function oneOf(...allowed: string[]): Shape {
  return (value, pointer, problems) => {
    if (typeof value !== "string" || !allowed.includes(value)) {
      problems.add("must be a valid enum value", pointer);
    }
  };
}

/** Text that matches, or "failed to match" with the pattern's name. */
export function matching(pattern: RegExp, what: string): Shape {
  return (value, pointer, problems) => {
    if (typeof value !== "string") return problems.add("must provide a string", pointer);
    if (!pattern.test(value)) problems.add(`must be a valid ${what}`, pointer);
  };
}

/** A list of `min` to `max` items of one shape. */
export function listOf(item: Shape, max: number, min = 1): Shape {
  return (value, pointer, problems) => {
    if (!Array.isArray(value)) return problems.add("must provide an array", pointer);
    if (value.length < min) problems.add(`no less than ${String(min)} items allowed`, pointer);
    if (value.length > max) return problems.add(`no more than ${String(max)} items allowed`, pointer);
    value.forEach((each, index) => item(each, `${pointer}/${String(index)}`, problems));
  };
}

/** An object with these fields and no others; `also` looks at how they fit together. */
export function object(
  required: Record<string, Shape>,
  optional: Record<string, Shape>,
  also?: Shape,
): Shape {
  const known = { ...required, ...optional };
  return (value, pointer, problems) => {
    if (!isJson(value)) return problems.add("must provide an object", pointer);
    for (const name of Object.keys(required)) {
      if (value[name] === undefined) problems.add(`missing required field: ${name}`, pointer);
    }
    for (const [name, field] of Object.entries(value)) {
      const shape = known[name];
      if (shape === undefined) problems.add(`invalid additional property: ${name}`, pointer);
      else if (field !== undefined) shape(field, `${pointer}/${name}`, problems);
    }
    also?.(value, pointer, problems);
  };
}

/** An object told apart by its type; a type outside the table, or not for this surface, is "unsupported type". */
export function byType(
  table: Record<string, Shape>,
  allowed?: (type: string, surface: Surface) => boolean,
): Shape {
  return (value, pointer, problems) => {
    if (!isJson(value)) return problems.add("must provide an object", pointer);
    const { type } = value;
    if (typeof type !== "string") return problems.add("missing required field: type", pointer);
    const shape = Object.hasOwn(table, type) ? table[type] : undefined;
    if (shape === undefined || allowed?.(type, problems.surface) === false) {
      return problems.add(`unsupported type: ${type}`, `${pointer}/type`);
    }
    shape(value, pointer, problems);
  };
}

/** Any value: for the discriminating `type` that byType has seen already. */
export const anything: Shape = () => undefined;
