/** The facts one rule sees, by variable name. */
export type Scope = Readonly<Record<string, unknown>>;

/** Kleene's three values, and the first fact that was missing when unknown. */
export interface Truth {
  readonly value: true | false | "unknown";
  readonly missing?: string;
}

/** Evaluates the CEL of a loaded playbook; every expression was type-checked at load. */
export interface Evaluator {
  bool(expression: string, scope: Scope): Truth;
  text(template: string, scope: Scope): string;
  /** True when every fact that the template names is known: it reads without an "unknown". */
  complete(template: string, scope: Scope): boolean;
}
