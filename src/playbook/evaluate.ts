import { evaluateBool, evaluateValue, type CelEnvironment, type Context, type Truth } from "./cel.ts";
import { compileTemplate } from "./template.ts";
import { compileWord, renderWords } from "./words.ts";

/** Facts by variable name, as plain values; a variable that is absent is unknown as a whole. */
export type Facts = Readonly<Record<string, unknown>>;

/** Evaluates the rules, templates and commands of loaded playbooks over plain facts. */
export interface RuleEvaluator {
  /** Kleene's three values, and the first fact that was missing when unknown. */
  bool(rule: string, facts: Facts): Truth;
  /** The value of a rule giving int, e.g. a cause's status; undefined when it is not known. */
  int(rule: string, facts: Facts): number | undefined;
  /** A template filled in; what is not known reads "unknown". */
  text(template: string, facts: Facts): string;
  /** An argument vector filled in; undefined when a value is not known or would add a word or an option. */
  argv(words: readonly string[], facts: Facts): readonly string[] | undefined;
}

/** @throws (its methods) RuleError for what no loaded playbook holds */
export function ruleEvaluator(environment: CelEnvironment): RuleEvaluator {
  const contexts = new WeakMap<Facts, Context>();
  const templates = new Map<string, (context: Context) => string>();
  const contextOf = (facts: Facts): Context => {
    let context = contexts.get(facts);
    if (!context) contexts.set(facts, (context = environment.context(facts)));
    return context;
  };
  return {
    bool: (rule, facts) => evaluateBool(environment.compile(rule, ["bool"]), contextOf(facts)),
    int(rule, facts) {
      const result = evaluateValue(environment.compile(rule, ["int"]), contextOf(facts));
      return result.known ? Number(result.value) : undefined;
    },
    text(template, facts) {
      let fill = templates.get(template);
      if (!fill) templates.set(template, (fill = compileTemplate(environment, template)));
      return fill(contextOf(facts));
    },
    argv(words, facts) {
      const compiled = words.map((word) => compileWord(environment, word));
      const rendered = renderWords(compiled, contextOf(facts));
      return rendered.ok ? rendered.argv : undefined;
    },
  };
}
