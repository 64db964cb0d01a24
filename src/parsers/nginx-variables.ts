import type { NginxDirective } from "./nginx-directives.ts";
import { nearest } from "./nginx-scope.ts";
import type { NginxLevel, NginxScope } from "./nginx-scope.ts";

/** How a value with variables became literal: every step down this list is a weaker statement. */
export type NginxResolution = "literal" | "set" | "map-default" | "runtime";

export interface NginxExpansion {
  /** Variables that are known are replaced; the others stay. */
  readonly text: string;
  readonly resolution: NginxResolution;
  /** What else the value may be (other entries of a map, a `set` within `if`), expanded likewise. */
  readonly alternatives: readonly string[];
}

const VARIABLE = /\$(?:\{(\w+)\}|(\w+))/g;
const MAX_DEPTH = 8;
/** More values than these are not looked at. */
export const MAX_ALTERNATIVES = 32;

/** Names of the variables in a value, each once. */
export function variablesIn(text: string): string[] {
  return [...new Set([...text.matchAll(VARIABLE)].map((match) => match[1] ?? match[2] ?? ""))];
}

/** What nginx's own variables may be at a place, by what the server listens on; by the variable's name. */
export type NginxGiven = ReadonlyMap<string, readonly string[]>;

/**
 * Replaces variables that the configuration itself gives a value: `set` in the blocks around, `map`, `geo`
 * and `split_clients` (their default, the other entries as alternatives), and those that follow from the listen by
 * which a request came. Other request variables stay as they are.
 */
export function expandNginxVariables(
  text: string,
  scope: NginxScope,
  given: NginxGiven = new Map(),
  depth = 0,
): NginxExpansion {
  let resolution: NginxResolution = "literal";
  const others = new Set<string>();
  let expanded = text;
  for (const name of depth < MAX_DEPTH ? variablesIn(text) : []) {
    const { value, from, alternatives } = lookup(name, scope, given);
    for (const other of alternatives) {
      if (others.size >= MAX_ALTERNATIVES) break;
      others.add(expandNginxVariables(substitute(text, name, other), scope, given, depth + 1).text);
    }
    if (value === undefined) {
      resolution = "runtime";
      continue;
    }
    const inner = expandNginxVariables(value, scope, given, depth + 1);
    for (const other of inner.alternatives) {
      if (others.size < MAX_ALTERNATIVES) others.add(substitute(text, name, other));
    }
    expanded = substitute(expanded, name, inner.text);
    resolution = weaker(resolution, weaker(from, inner.resolution));
  }
  others.delete(expanded);
  return { text: expanded, resolution, alternatives: [...others] };
}

const ORDER: readonly NginxResolution[] = ["literal", "set", "map-default", "runtime"];
const weaker = (a: NginxResolution, b: NginxResolution) => (ORDER.indexOf(a) > ORDER.indexOf(b) ? a : b);

function substitute(text: string, name: string, value: string): string {
  return text.replace(VARIABLE, (whole: string, braced?: string, bare?: string) =>
    (braced ?? bare) === name ? value : whole,
  );
}

function lookup(
  name: string,
  scope: NginxScope,
  given: NginxGiven,
): { value?: string; from: NginxResolution; alternatives: string[] } {
  const [only, ...more] = given.get(name) ?? [];
  if (only !== undefined)
    return more.length === 0
      ? { value: only, from: "set", alternatives: [] }
      : { from: "runtime", alternatives: [only, ...more] };
  const alternatives: string[] = [];
  for (const level of scope) {
    const plain = setsIn(level.get("set") ?? [], name);
    alternatives.push(...conditionalSets(level, name));
    const value = plain.pop();
    if (value !== undefined) return { value, from: "set", alternatives };
  }
  for (const kind of ["map", "geo", "split_clients"]) {
    const block = nearest(scope, kind).find(({ args }) => args.at(-1) === `$${name}`)?.block;
    if (block === undefined) continue;
    let fallback: string | undefined;
    for (const entry of block) {
      const value = entry.args[0];
      if (value === undefined || MAP_OPTIONS.has(entry.name)) continue;
      if (entry.name === (kind === "split_clients" ? "*" : "default")) fallback = value;
      else alternatives.push(value);
    }
    return fallback === undefined
      ? { from: "runtime", alternatives }
      : { value: fallback, from: "map-default", alternatives };
  }
  return { from: "runtime", alternatives };
}

const MAP_OPTIONS = new Set(["include", "ranges", "proxy", "proxy_recursive", "delete"]);

function setsIn(directives: readonly NginxDirective[], name: string): string[] {
  return directives.filter(({ args }) => args[0] === `$${name}`).map(({ args }) => args[1] ?? "");
}

function conditionalSets(level: NginxLevel, name: string): string[] {
  const blocks = (level.get("if") ?? []).flatMap(({ block }) => block ?? []);
  return setsIn(
    blocks.filter((directive) => directive.name === "set"),
    name,
  );
}
