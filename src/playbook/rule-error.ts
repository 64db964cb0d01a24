import { EvaluationError, ParseError, TypeError, type ASTNode } from "@marcbachmann/cel-js";
import { checkedType, isNode } from "./cel-macros.ts";
import type { FactType } from "./cel-types.ts";
import { nearest, suggest } from "../domain/nearest.ts";

/** A rule that is wrong before any host is looked at, with its place in the rule's own text. */
export class RuleError extends Error {
  /** Offsets into the text of the rule. */
  readonly start: number;
  readonly hint: string;

  constructor(message: string, start: number, hint: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "RuleError";
    this.start = start;
    this.hint = hint;
  }
}

/** What can be named in a rule, for suggestions. */
export interface Names {
  readonly variables: Iterable<string>;
  readonly types: ReadonlyMap<string, FactType>;
  readonly functions: Iterable<string>;
}

/** Turns an error of the CEL library into a sentence with a suggestion. */
export function ruleError(error: unknown, text: string, names: Names): RuleError {
  if (!(error instanceof ParseError || error instanceof TypeError || error instanceof EvaluationError))
    return new RuleError(String(error), 0, "see playbooks/README.md for the rule language");
  const start = error.range?.start ?? 0;
  const say = (message: string, hint: string): RuleError =>
    new RuleError(message, start, hint, { cause: error });
  const node = error.node;
  switch (error.code) {
    case "unknown_variable":
      return say(`unknown fact "${String(node?.args)}"`, suggest(String(node?.args), names.variables));
    case "no_such_key":
      if (isNode(node) && node.op === ".") return unknownField(say, text, node, names);
      break;
    case "no_matching_overload":
      return unknownFunction(say, error.summary, names);
    case "no_such_overload":
      return say(
        error.summary.replace("no such overload:", "these types do not go together:"),
        "both sides must be of one type: string(x), int(x) and double(x) convert",
      );
  }
  if (error instanceof ParseError)
    return say(`not a CEL expression: ${error.summary}`, "see playbooks/README.md for the rule language");
  return say(error.summary, "see playbooks/README.md for the rule language");
}

function unknownField(
  say: (message: string, hint: string) => RuleError,
  text: string,
  node: ASTNode & { readonly op: "." },
  names: Names,
): RuleError {
  const [left, field] = node.args;
  const type = checkedType(left) ?? "";
  const fields = names.types.get(type)?.fields.keys() ?? [];
  const path = text.slice(node.start, node.end);
  return say(`unknown fact "${path}"`, `${suggest(field, fields)} (facts of ${type || "it"})`);
}

function unknownFunction(
  say: (message: string, hint: string) => RuleError,
  summary: string,
  names: Names,
): RuleError {
  const call = /'(?:(.*)\.)?(\w+)\((.*)\)'/.exec(summary);
  const name = (call?.[2] ?? "").replace(/^Has$/, "has").replace(/^Matches$/, "matches");
  const [on, args] = [call?.[1], call?.[3] ?? ""];
  const shown = on === undefined ? `${name}(${args})` : `${on}.${name}(${args})`;
  const known = new Set(names.functions);
  if (!known.has(name)) {
    const like = nearest(name, known);
    return say(
      `there is no function "${name}"`,
      like === undefined ? "see playbooks/README.md for the functions" : `did you mean "${like}"?`,
    );
  }
  return say(`${name} cannot be used like this: ${shown}`, "see playbooks/README.md for what it takes");
}
