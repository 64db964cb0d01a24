import { type CelEnvironment, type Context, evaluateBool, evaluateValue } from "../playbook/cel.ts";
import { compileTemplate, split } from "../playbook/template.ts";
import type { Evaluator, Scope, Truth } from "./evaluator.ts";

/** Evaluates the rules of loaded playbooks; a scope's values are converted once. */
export function celEvaluator(environment: CelEnvironment): Evaluator {
  const contexts = new WeakMap<Scope, Context>();
  const texts = new Map<string, (context: Context) => string>();
  const contextOf = (scope: Scope): Context => {
    const known = contexts.get(scope) ?? environment.context(scope);
    contexts.set(scope, known);
    return known;
  };
  return {
    bool: (expression, scope): Truth =>
      evaluateBool(environment.compile(expression, ["bool"]), contextOf(scope)),
    text: (template, scope) => {
      const fill = texts.get(template) ?? compileTemplate(environment, template);
      texts.set(template, fill);
      return fill(contextOf(scope));
    },
    complete: (template, scope) =>
      split(template).every(
        (piece) => "text" in piece || evaluateValue(environment.compile(piece.rule), contextOf(scope)).known,
      ),
  };
}
