import { Environment, EvaluationError, type ASTNode } from "@marcbachmann/cel-js";
import type { z } from "zod";
import { nodes, parseOwn, registerOwn, saysAbsent } from "./cel-macros.ts";
import { FactTypes, aboutOf, toCel, type FactType } from "./cel-types.ts";
import { compilePattern } from "./regex.ts";
import { RuleError, ruleError } from "./rule-error.ts";

/** The values a rule is evaluated on: CEL values by variable; an absent variable is unknown as a whole. */
export type Context = Readonly<Record<string, unknown>>;

/** A type-checked rule. Evaluated by evaluateBool and evaluateValue. */
export interface Program {
  readonly text: string;
  /** CEL type of its value: bool, int, string, list<Peer>, … */
  readonly type: string;
  readonly ast: ASTNode;
  readonly run: (context: Context) => unknown;
}

export interface Variable {
  readonly type: string;
  readonly about: string;
}

/** A type made for one variable. */
export interface NewType {
  readonly name: string;
  readonly fields: Readonly<Record<string, string>>;
  readonly ctor: new () => object;
}

/** CEL over the facts of a model: compiles rules against their types, and makes the values they run on. */
export class CelEnvironment {
  readonly variables = new Map<string, Variable>();
  readonly types: ReadonlyMap<string, FactType>;
  readonly #schemas: Readonly<Record<string, z.ZodType>>;
  readonly #environment: Environment;
  readonly #programs = new Map<string, Program>();
  readonly #children = new Map<string, CelEnvironment>();
  #mixed: CelEnvironment | undefined;

  constructor(
    schemas: Readonly<Record<string, z.ZodType>>,
    inherited?: { readonly environment: Environment; readonly types: ReadonlyMap<string, FactType> },
  ) {
    this.#schemas = schemas;
    this.#environment = inherited?.environment ?? new Environment({ unlistedVariablesAreDyn: false });
    if (!inherited) registerOwn(this.#environment);
    const types = new FactTypes(this.#environment);
    for (const [name, schema] of Object.entries(schemas)) {
      const type = types.typeOf(schema, name);
      this.#environment.registerVariable(name, type);
      this.variables.set(name, { type, about: aboutOf(schema) });
    }
    this.types = inherited?.types ?? types.types;
  }

  /**
   * Parses and type-checks a rule; the same text is compiled once.
   * @param expect - the types its value may have; any when absent
   * @throws RuleError with the place in the text and a suggestion
   */
  compile(text: string, expect?: readonly string[]): Program {
    const program = this.#programs.get(text) ?? this.#compile(text);
    if (expect && !expect.includes(program.type))
      throw new RuleError(
        `must give ${expect.join(" or ")}, gives ${program.type}`,
        0,
        expect.includes("bool")
          ? "compare it with something, or ask has(…) whether it is known"
          : "convert it, e.g. string(x)",
      );
    this.#programs.set(text, program);
    return program;
  }

  #compile(text: string): Program {
    try {
      const run = parseOwn(this.#environment, text);
      const checked = run.check();
      if (checked.error) throw checked.error;
      checkPatterns(run.ast);
      return { text, type: checked.type ?? "dyn", ast: run.ast, run };
    } catch (error) {
      if (error instanceof RuleError) throw error;
      const functions = new Set(this.#environment.getDefinitions().functions.map((f) => f.name));
      functions.delete("Has");
      functions.delete("Matches");
      throw ruleError(error, text, { variables: this.variables.keys(), types: this.types, functions });
    }
  }

  /**
   * The same environment with one more variable (the `each` of a for-each).
   * @param type - a CEL type known here, or the fields of a new one with the class of its values
   */
  withVariable(name: string, type: string | NewType): CelEnvironment {
    const key = JSON.stringify([name, type]);
    const known = typeof type === "string" ? this.#children.get(key) : undefined;
    if (known) return known;
    const environment = this.#environment.clone();
    const types = new Map(this.types);
    if (typeof type !== "string") {
      const fields = Object.entries(type.fields).map(
        ([field, t]) => [field, { type: t, about: "" }] as const,
      );
      types.set(type.name, { name: type.name, fields: new Map(fields) });
      environment.registerType(type.name, { ctor: type.ctor, fields: { ...type.fields } });
    }
    const typeName = typeof type === "string" ? type : type.name;
    environment.registerVariable(name, typeName);
    const child = new CelEnvironment({}, { environment, types });
    for (const [other, variable] of this.variables) child.variables.set(other, variable);
    child.variables.set(name, { type: typeName, about: "" });
    if (typeof type === "string") this.#children.set(key, child);
    return child;
  }

  /** The same environment in which the values of a map written out may differ in type. */
  mixed(): CelEnvironment {
    if (this.#mixed) return this.#mixed;
    const environment = this.#environment.clone({ homogeneousAggregateLiterals: false });
    const child = new CelEnvironment({}, { environment, types: this.types });
    for (const [name, variable] of this.variables) child.variables.set(name, variable);
    this.#mixed = child;
    return child;
  }

  /** Makes the context of plain values; variables that are absent or undefined are unknown to the rules. */
  context(values: Readonly<Record<string, unknown>>): Context {
    const context: Record<string, unknown> = {};
    for (const [name, schema] of Object.entries(this.#schemas)) {
      const value = toCel(schema, values[name]);
      if (value !== undefined) context[name] = value;
    }
    return context;
  }
}

/** @throws Error when a schema has no counterpart in CEL */
export function celEnvironment(variables: Readonly<Record<string, z.ZodType>>): CelEnvironment {
  return new CelEnvironment(variables);
}

/** A pattern written out in the rule is tried at once, so that a wrong one is found at load. */
function checkPatterns(ast: ASTNode): void {
  for (const node of nodes(ast)) {
    if (node.op !== "rcall" || node.args[0] !== "Matches") continue;
    const pattern = node.args[2][0];
    if (pattern?.op !== "value" || typeof pattern.args !== "string") continue;
    try {
      compilePattern(pattern.args);
    } catch (error) {
      throw new RuleError(
        `wrong pattern: ${error instanceof Error ? error.message : String(error)}`,
        pattern.start,
        "patterns are RE2: no look-around and no back-references",
        { cause: error },
      );
    }
  }
}

/** `missing` is the path of the fact that was not known; `problem` says a wrong calculation in words. */
export type Unknown = { readonly known: false; readonly missing?: string; readonly problem?: string };
export type Evaluated = { readonly known: true; readonly value: unknown } | Unknown;

/** The value of a rule, or why it is not known. Never throws. */
export function evaluateValue(program: Program, context: Context): Evaluated {
  try {
    return { known: true, value: program.run(context) };
  } catch (error) {
    if (saysAbsent(error) && error.node) return { known: false, missing: pathOf(error.node, program.ast) };
    return { known: false, problem: error instanceof EvaluationError ? error.summary : String(error) };
  }
}

export interface Truth {
  readonly value: true | false | "unknown";
  readonly missing?: string;
  readonly problem?: string;
}

/** Kleene's three-valued logic: what an unknown fact decides is unknown, the rest is true or false. */
export function evaluateBool(program: Program, context: Context): Truth {
  const result = evaluateValue(program, context);
  if (result.known && typeof result.value === "boolean") return { value: result.value };
  if (result.known) return { value: "unknown", problem: `gives ${program.type}, not bool` };
  const { known: _, ...why } = result;
  return { value: "unknown", ...why };
}

/** "p.port" inside `peers.exists(p, …)` → "peers[].port". */
function pathOf(node: ASTNode, whole: ASTNode): string {
  let path = node.input.slice(node.start, node.end);
  for (const macro of [...nodes(whole)].toReversed()) {
    if (macro.op !== "rcall" || macro.start > node.start || macro.end < node.end) continue;
    const [, receiver, [variable]] = macro.args;
    if (variable?.op !== "id" || variable.start === node.start || receiver.end > node.start) continue;
    const own = new RegExp(String.raw`^${variable.args}(?=[.[]|$)`);
    path = path.replace(own, () => `${receiver.input.slice(receiver.start, receiver.end)}[]`);
  }
  return path;
}
