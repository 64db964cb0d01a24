import type { ASTNode } from "@marcbachmann/cel-js";
import { evaluateValue, type CelEnvironment, type Context, type Program, type Unknown } from "./cel.ts";
import { checkedType } from "./cel-macros.ts";
import { factClass } from "./cel-types.ts";
import { RuleError } from "./rule-error.ts";

/** A compiled `forEach`: what is listed, and the environment in which `each` is one of it. */
export interface ForEach {
  readonly program: Program;
  readonly environment: CelEnvironment;
  /** The contexts of the instances, in order; or why the list is not known. */
  readonly contexts: (
    context: Context,
  ) => { readonly known: true; readonly list: readonly Context[] } | Unknown;
}

/**
 * Compiles a `forEach` rule. Its value is a list of objects of the model, of strings or integers, or of maps
 * written out in `.map(x, {"port": x.port})`, whose keys and types then are the facts of `each`.
 * @throws RuleError
 */
export function compileForEach(environment: CelEnvironment, text: string): ForEach {
  const program = environment.mixed().compile(text);
  const element = /^list<(.+)>$/.exec(program.type)?.[1];
  if (element === undefined)
    throw new RuleError(
      `forEach must give a list, gives ${program.type}`,
      0,
      "e.g. host.units.filter(u, u.failed)",
    );
  const fields = writtenOut(program.ast);
  if (!fields) {
    if (/\bdyn\b/.test(element))
      throw new RuleError(
        "the items of forEach have no common type",
        0,
        'write them out in .map(x, {"key": …})',
      );
    return made(program, environment.withVariable("each", element), (item) => item);
  }
  const Each = factClass();
  const child = environment.withVariable("each", { name: "Each", fields, ctor: Each });
  return made(program, child, (item) => Object.assign(new Each(), item));
}

const compiled = new WeakMap<CelEnvironment, Map<string, ForEach>>();

/** compileForEach, once for each environment and text. */
export function forEachOf(environment: CelEnvironment, text: string): ForEach {
  let known = compiled.get(environment);
  if (!known) compiled.set(environment, (known = new Map()));
  let made = known.get(text);
  if (!made) known.set(text, (made = compileForEach(environment, text)));
  return made;
}

function made(program: Program, environment: CelEnvironment, bind: (item: unknown) => unknown): ForEach {
  return {
    program,
    environment,
    contexts(context) {
      const result = evaluateValue(program, context);
      if (!result.known) return result;
      if (!Array.isArray(result.value)) return { known: false, problem: "forEach gave no list" };
      return { known: true, list: result.value.map((item: unknown) => ({ ...context, each: bind(item) })) };
    },
  };
}

/** The types of a map written out as the last step of a list: `.map(x, {…})`, perhaps filtered again. */
function writtenOut(ast: ASTNode): Record<string, string> | undefined {
  if (ast.op !== "rcall") return undefined;
  const [name, receiver, args] = ast.args;
  if (name === "filter") return writtenOut(receiver);
  const literal = args.at(-1);
  if (name !== "map" || literal?.op !== "map") return undefined;
  const fields: Record<string, string> = {};
  for (const [key, value] of literal.args) {
    if (key.op !== "value" || typeof key.args !== "string") return undefined;
    const type = checkedType(value);
    if (type === undefined) return undefined;
    fields[key.args] = type;
  }
  return fields;
}
