import type { CommandResult } from "../domain/command.ts";

/** One check's parsed output, with the result it came from. */
export interface Fact {
  readonly id: string;
  readonly check: string;
  readonly argv: readonly string[];
  readonly value: unknown;
}

/** Parsed results of the waves run so far. What could not be looked at is not in it. */
export interface FactSet {
  /** The first instance's value; undefined: not looked at. */
  one<T>(check: string): T | undefined;
  all<T>(...checks: string[]): readonly (Fact & { readonly value: T })[];
  /** The raw result, also of what failed. */
  result(id: string): CommandResult | undefined;
  results(check: string): readonly CommandResult[];
}

export type Parse = (output: Pick<CommandResult, "stdout" | "stderr" | "exitCode" | "end">) => unknown;

/** @param parserOf the parser of a check's id, undefined for a check without one */
export function factSet(
  results: readonly CommandResult[],
  parserOf: (check: string) => Parse | undefined,
): FactSet {
  const facts: Fact[] = [];
  for (const r of results) {
    const check = baseOf(r.id);
    const value = parserOf(check)?.(r);
    if (value !== undefined) facts.push({ id: r.id, check, argv: r.argv, value });
  }
  return {
    one: <T>(check: string) => facts.find((f) => f.check === check)?.value as T | undefined,
    all: <T>(...checks: string[]) => facts.filter((f) => checks.includes(f.check)) as (Fact & { value: T })[],
    result: (id) => results.find((r) => r.id === id),
    results: (check) => results.filter((r) => baseOf(r.id) === check),
  };
}

/** The check of a result's id: "front#2" is an instance of "front". */
export function baseOf(id: string): string {
  const at = id.indexOf("#");
  return at < 0 ? id : id.slice(0, at);
}

/** The same object without the keys whose value is undefined: an absent fact is unknown. */
export function known<T extends object>(value: { [K in keyof T]?: T[K] | undefined }): T {
  return Object.fromEntries(Object.entries(value).filter(([, v]) => v !== undefined)) as T;
}
