import { errorLine, type Path, YamlSource } from "../playbook/yaml-source.ts";
import { asText, isMap, madeReadable, valueOf } from "./ansible-values.ts";
import { addHost, type AnsibleGroup, type Groups, groupIn, type Variables } from "./ansible-groups.ts";

/** The deepest that groups lie in groups: aliases may nest without end. */
const MAX_DEPTH = 50;
const SECTIONS = ["hosts", "children", "vars"];

/**
 * Reads Ansible's YAML form (groups with hosts, children and vars), and the JSON that inventory scripts and
 * `ansible-inventory --list` print. @param problems - gets what Ansible skips with a warning
 * @throws Error with file and line: a file that is broken is not read in part
 */
export function parseAnsibleYaml(text: string, file: string, problems: string[]): Groups {
  const source = new YamlSource(file, text);
  const [broken] = source.syntaxErrors("foreign");
  if (broken !== undefined) throw new Error(errorLine(broken));
  problems.push(...source.repeatedKeys().map((e) => `${errorLine(e)}: the last one counts`));
  const value = valueOf(source);
  if (!isMap(value)) throw new Error(`${file} is no Ansible inventory: it holds no groups.`);
  if (typeof value["plugin"] === "string") throw madeReadable(file, `the settings of a plugin`);
  const groups: Groups = new Map();
  const reader = new Reader(source, groups, problems);
  for (const [name, body] of Object.entries(value)) {
    if (name === "_meta") reader.hostVars(body);
    else reader.group(name, body, [name]);
  }
  return groups;
}

class Reader {
  readonly #source: YamlSource;
  readonly #groups: Groups;
  readonly #problems: string[];

  constructor(source: YamlSource, groups: Groups, problems: string[]) {
    this.#source = source;
    this.#groups = groups;
    this.#problems = problems;
  }

  group(name: string, body: unknown, path: Path): void {
    const group = groupIn(this.#groups, name);
    if (path.length > 2 * MAX_DEPTH) throw this.#error(path, `${name} lies too deep in other groups`);
    // As inventory scripts may print a group.
    if (Array.isArray(body)) return this.#hosts(group, body, path);
    if (body === null) return;
    if (!isMap(body)) return this.#skip(path, `${name} is left out: it is no group`);
    for (const key of Object.keys(body))
      if (!SECTIONS.includes(key))
        this.#skip([...path, key], `${key} is left out: in a group stand hosts, children and vars only`);
    this.#variables(group.variables, body["vars"], [...path, "vars"]);
    this.#hosts(group, body["hosts"], [...path, "hosts"]);
    for (const [child, inner] of this.#entries(body["children"], [...path, "children"])) {
      group.children.add(child);
      this.group(child, inner, [...path, "children", child]);
    }
  }

  /** What an inventory script says of its hosts apart from the groups. */
  hostVars(meta: unknown): void {
    const path = ["_meta", "hostvars"];
    const all = groupIn(this.#groups, "all");
    const hostVars = isMap(meta) ? meta["hostvars"] : undefined;
    for (const [name, variables] of this.#entries(hostVars, path)) {
      const host = all.hosts.get(name) ?? new Map();
      this.#variables(host, variables, [...path, name]);
      all.hosts.set(name, host);
    }
  }

  #hosts(group: AnsibleGroup, body: unknown, path: Path): void {
    for (const [pattern, variables] of this.#entries(body, path)) {
      if (/^ansible_\w+$/.test(pattern))
        throw this.#error(
          [...path, pattern],
          `${pattern} stands where a host belongs: indent it under its host`,
        );
      const own: Variables = new Map();
      this.#variables(own, variables, [...path, pattern]);
      addHost(group, pattern, own, this.#where([...path, pattern]));
    }
  }

  #variables(into: Variables, body: unknown, path: Path): void {
    if (Array.isArray(body) || typeof body === "string")
      throw this.#error(path, `${String(path.at(-1))} holds no variables: NAME: VALUE is expected`);
    for (const [key, value] of this.#entries(body, path))
      into.set(key, { text: asText(value), where: this.#where([...path, key]) });
  }

  /** Names with what stands under them; a list and a single name stand for themselves, as in Ansible. */
  #entries(body: unknown, path: Path): (readonly [string, unknown])[] {
    if (body === undefined || body === null) return [];
    if (isMap(body)) return Object.entries(body);
    const names: unknown[] = Array.isArray(body) ? body : [body];
    return names.map((name) => {
      if (typeof name === "string") return [name, null] as const;
      throw this.#error(path, `${String(path.at(-1))} must hold names, each with a colon behind it`);
    });
  }

  #skip(path: Path, message: string): void {
    this.#problems.push(`${this.#where(path)()}: ${message}`);
  }

  #error(path: Path, message: string): Error {
    return new Error(`${this.#where(path)()}: ${message}`);
  }

  /** Asked for only where something is to be said: finding a place takes as long as reading a line. */
  #where(path: Path): () => string {
    return () => {
      const place = this.#source.errorAtKey(path.slice(0, -1), String(path.at(-1)), "", "");
      return `${place.file}:${place.line}`;
    };
  }
}
