import type { CelEnvironment, Context, Program } from "./cel.ts";
import { evaluateValue } from "./cel.ts";
import { RuleError } from "./rule-error.ts";

/** Literal text, or a rule between `${` and `}`; `spread` when it was written `${rule...}`. */
export type Piece =
  | { readonly text: string }
  | { readonly rule: string; readonly start: number; readonly spread: boolean };

/**
 * Splits "Unit ${unit.id} is ${unit.state}" into its pieces. `$${` is a literal `${`.
 * @throws RuleError when a placeholder is empty or not closed
 */
export function split(template: string): readonly Piece[] {
  const pieces: Piece[] = [];
  let text = "";
  let at = 0;
  while (at < template.length) {
    if (template.startsWith("$${", at)) {
      text += "${";
      at += 3;
    } else if (template.startsWith("${", at)) {
      const end = closing(template, at);
      if (text !== "") pieces.push({ text });
      text = "";
      const written = template.slice(at + 2, end);
      const spread = written.trimEnd().endsWith("...");
      const rule = spread ? written.trimEnd().slice(0, -3) : written;
      if (rule.trim() === "") throw new RuleError("an empty placeholder", at, "write ${fact}");
      pieces.push({ rule, start: at + 2, spread });
      at = end + 1;
    } else text += template[at++];
  }
  if (text !== "") pieces.push({ text });
  return pieces;
}

/** The offset of the brace that closes the placeholder at `start`; braces in strings do not count. */
function closing(template: string, start: number): number {
  let depth = 0;
  let quote = "";
  for (let at = start + 1; at < template.length; at++) {
    const c = template[at] ?? "";
    if (quote !== "") {
      if (c === "\\") at++;
      else if (c === quote) quote = "";
    } else if (c === '"' || c === "'") quote = c;
    else if (c === "{") depth++;
    else if (c === "}" && --depth === 0) return at;
  }
  throw new RuleError(
    "a placeholder that is not closed",
    start,
    "close it with }, or write $${ for a literal ${",
  );
}

const SHOWN = ["string", "int", "double", "bool", "list<string>", "list<int>"];

/** A compiled piece of a template. */
export type Part = string | { readonly program: Program; readonly spread: boolean };

/**
 * Compiles a template's placeholders against the facts.
 * @param expect - the CEL types a placeholder may have
 * @throws RuleError with the place in the template
 */
export function compileParts(
  environment: CelEnvironment,
  template: string,
  expect: readonly string[],
): readonly Part[] {
  return split(template).map((piece) => {
    if ("text" in piece) return piece.text;
    try {
      const allowed = piece.spread ? ["list<string>"] : expect;
      return { program: environment.compile(piece.rule, allowed), spread: piece.spread };
    } catch (error) {
      if (!(error instanceof RuleError)) throw error;
      throw new RuleError(error.message, piece.start + error.start, error.hint, { cause: error });
    }
  });
}

/**
 * Compiles a text for people.
 * @returns a function that fills it in; what is not known reads "unknown"
 * @throws RuleError
 */
export function compileTemplate(environment: CelEnvironment, template: string): (context: Context) => string {
  const parts = compileParts(environment, template, SHOWN);
  for (const part of parts)
    if (typeof part !== "string" && part.spread)
      throw new RuleError("... spreads words of a command, not text", 0, "leave the three dots out");
  return (context) =>
    parts.map((part) => (typeof part === "string" ? part : shown(part.program, context))).join("");
}

function shown(program: Program, context: Context): string {
  const result = evaluateValue(program, context);
  if (!result.known) return "unknown";
  if (!Array.isArray(result.value)) return String(result.value);
  return result.value.length === 0 ? "none" : result.value.map(String).join(", ");
}
