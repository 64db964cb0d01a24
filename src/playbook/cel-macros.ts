import { EvaluationError, type ASTNode, type Environment } from "@marcbachmann/cel-js";
import { matches } from "./regex.ts";

/** What the type checker and the evaluator hand to a macro. */
interface MacroChecker<Type> {
  check(node: ASTNode, context: unknown): Type;
  getType(name: string): Type;
}
interface MacroEvaluator {
  run(node: ASTNode, context: unknown): unknown;
}

/** Errors that say "this is not known", in contrast to a wrong calculation. */
const ABSENT = new Set(["no_such_key", "unknown_variable"]);

/** @returns true when the error says that a fact is absent */
export function saysAbsent(error: unknown): error is EvaluationError {
  return error instanceof EvaluationError && ABSENT.has(error.code);
}

/**
 * Our own `has` and `matches`, under names of the same length because the library's cannot be replaced:
 * `has(x.y)` is "x.y is known" and its path is type-checked; `matches` is RE2 on bounded input.
 */
export function registerOwn(environment: Environment): void {
  environment.registerFunction("string.Matches(string): bool", matches, { async: false });
  environment.registerFunction("Has(ast): bool", ({ args }: { args: readonly ASTNode[] }) => ({
    async: false,
    typeCheck<Type>(checker: MacroChecker<Type>, _: unknown, context: unknown): Type {
      for (const arg of args) checker.check(arg, context);
      return checker.getType("bool");
    },
    evaluate(evaluator: MacroEvaluator, _: unknown, context: unknown): boolean {
      try {
        return args.every((arg) => evaluator.run(arg, context) !== undefined);
      } catch (error) {
        if (saysAbsent(error)) return false;
        throw error;
      }
    },
  }));
}

/** The CEL type that the checker has left on a node it understood. */
export function checkedType(node: ASTNode): string | undefined {
  const type: unknown = Reflect.get(node, "checkedType");
  return typeof type === "object" && type && "name" in type && typeof type.name === "string"
    ? type.name
    : undefined;
}

/** The names that `exists(p, …)`, `map(p, …)` and the like bind. */
export function boundNames(ast: ASTNode): ReadonlySet<string> {
  const names = new Set<string>();
  for (const node of nodes(ast)) {
    if (node.op !== "rcall") continue;
    const [, , [variable, ...rest]] = node.args;
    if (variable?.op === "id" && rest.length > 0) names.add(variable.args);
  }
  return names;
}

/** Every node of an expression as it was written, outermost first. */
export function* nodes(node: ASTNode): Generator<ASTNode> {
  yield node;
  yield* within(node.args);
}

function* within(value: unknown): Generator<ASTNode> {
  if (Array.isArray(value)) for (const item of value as readonly unknown[]) yield* within(item);
  else if (isNode(value)) yield* nodes(value);
}

export function isNode(value: unknown): value is ASTNode {
  return typeof value === "object" && value !== null && "op" in value && "args" in value;
}

/**
 * Parses CEL with our own `has` and `matches` in place of the library's.
 * @throws ParseError
 */
export function parseOwn(environment: Environment, text: string): ReturnType<Environment["parse"]> {
  const first = environment.parse(text);
  let own = text;
  for (const node of nodes(first.ast))
    if (node.op === "call" && node.args[0] === "has")
      own = `${own.slice(0, node.start)}Has${own.slice(node.start + "has".length)}`;
  const parsed = own === text ? first : environment.parse(own);
  for (const node of nodes(parsed.ast))
    if (node.op === "rcall" && node.args[0] === "matches") node.args[0] = "Matches";
  return parsed;
}
