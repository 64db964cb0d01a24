import { dirname, extname, join } from "node:path";
import { errorLine, YamlSource } from "../playbook/yaml-source.ts";
import type { Variable, Variables } from "./ansible-groups.ts";
import { asText, isEncrypted, isMap, valueOf } from "./ansible-values.ts";
import type { Surroundings } from "./files.ts";

/** Gives the variables that files beside an inventory hold for a group or a host. */
export type VariablesBeside = (kind: "group_vars" | "host_vars", name: string) => Variables;

/** The endings that Ansible tries, in its order. */
const ENDINGS = ["", ".yml", ".yaml", ".json"];
const MAX_DEPTH = 16;

/**
 * Reads group_vars/ and host_vars/ beside an inventory file, as Ansible finds them: NAME, NAME.yml, NAME.yaml,
 * NAME.json or a folder of that name; in a folder the later file wins.
 * @param problems - gets each file that is encrypted
 * @returns a function that throws Error with file and line where a file is broken, as Ansible refuses it
 */
export function variablesBeside(file: string, around: Surroundings, problems: string[]): VariablesBeside {
  const listed = new Map<string, ReadonlySet<string>>();
  const read = new Map<string, Variables>();
  const listOf = (directory: string): ReadonlySet<string> => {
    const known = listed.get(directory) ?? new Set(around.list(directory));
    listed.set(directory, known);
    return known;
  };
  const inside = (directory: string, depth: number): string[] =>
    [...listOf(directory)].flatMap((name) => {
      if (name.startsWith(".") || name.endsWith("~") || !ENDINGS.includes(extname(name))) return [];
      const path = join(directory, name);
      if (!around.isFolder(path)) return [path];
      return extname(name) === "" && depth < MAX_DEPTH ? inside(path, depth + 1) : [];
    });
  return (kind, name) => {
    const directory = join(dirname(file), kind);
    const found = ENDINGS.map((ending) => `${name}${ending}`).find((n) => listOf(directory).has(n));
    if (found === undefined) return new Map();
    const path = join(directory, found);
    const known = read.get(path);
    if (known !== undefined) return known;
    const files = around.isFolder(path) ? inside(path, 0) : [path];
    const all: Variables = new Map(files.flatMap((each) => readVariables(each, around, problems)));
    read.set(path, all);
    return all;
  };
}

function readVariables(path: string, around: Surroundings, problems: string[]): [string, Variable][] {
  const text = around.read(path);
  if (text === undefined) throw new Error(`${path} cannot be read: it may say how hosts are reached.`);
  if (isEncrypted(text)) {
    problems.push(`${path}:1 is encrypted with ansible-vault: what it says of hosts is not known here.`);
    return [];
  }
  const source = new YamlSource(path, text);
  const [broken] = source.syntaxErrors("foreign");
  if (broken !== undefined) throw new Error(errorLine(broken));
  const value = valueOf(source);
  if (value === null || value === undefined) return [];
  if (!isMap(value)) throw new Error(`${path}:1: these are no variables: NAME: VALUE is expected`);
  return Object.entries(value).map(([name, own]) => {
    const where = (): string => `${path}:${source.errorAtKey([], name, "", "").line}`;
    return [name, { text: asText(own), where }];
  });
}
