import { parse } from "yaml";

/** One group of an Ansible inventory; variables as text. */
export interface AnsibleGroup {
  readonly hosts: Map<string, Map<string, string>>;
  readonly children: Set<string>;
  readonly variables: Map<string, string>;
}
export type Groups = Map<string, AnsibleGroup>;

/** The group of a name, made when it is new. */
export function groupIn(groups: Groups, name: string): AnsibleGroup {
  const known = groups.get(name);
  if (known !== undefined) return known;
  const made: AnsibleGroup = { hosts: new Map(), children: new Set(), variables: new Map() };
  groups.set(name, made);
  return made;
}

/** Reads Ansible's YAML form: groups with hosts, children and vars. Throws Error when it is none. */
export function parseAnsibleYaml(text: string, file: string): Groups {
  const value: unknown = parse(text, { logLevel: "silent", maxAliasCount: 100 });
  if (!isMap(value)) throw new Error(`${file} is no Ansible inventory: it holds no groups.`);
  const groups: Groups = new Map();
  for (const [name, body] of Object.entries(value)) readGroup(groups, name, body, 0);
  return groups;
}

function readGroup(groups: Groups, name: string, body: unknown, depth: number): void {
  const group = groupIn(groups, name);
  if (!isMap(body) || depth > 50) return;
  for (const [key, value] of Object.entries(asMap(body["vars"]))) group.variables.set(key, asText(value));
  for (const [pattern, variables] of Object.entries(asMap(body["hosts"]))) {
    for (const host of expandRange(pattern)) {
      const known = group.hosts.get(host) ?? new Map<string, string>();
      for (const [key, value] of Object.entries(asMap(variables))) known.set(key, asText(value));
      group.hosts.set(host, known);
    }
  }
  for (const [child, inner] of Object.entries(asMap(body["children"]))) {
    group.children.add(child);
    readGroup(groups, child, inner, depth + 1);
  }
}

/** The most hosts that one range may name. */
const MAX_RANGE = 10_000;

/** web-[01:03] → web-01, web-02, web-03; letters and a step work, too; anything else stays as it is. */
export function expandRange(pattern: string): string[] {
  const match = /^(.*?)\[(\w+):(\w+)(?::(\d+))?\](.*)$/.exec(pattern);
  if (match === null) return [pattern];
  const [, before = "", from = "", to = "", step = "1", after = ""] = match;
  const numeric = /^\d+$/.test(from) && /^\d+$/.test(to);
  if (!numeric && !(from.length === 1 && to.length === 1)) return [pattern];
  const first = numeric ? Number(from) : from.charCodeAt(0);
  const last = numeric ? Number(to) : to.charCodeAt(0);
  const by = Math.max(1, Number(step));
  if ((last - first) / by > MAX_RANGE) return [pattern];
  const names: string[] = [];
  for (let at = first; at <= last; at += by) {
    names.push(
      `${before}${numeric ? String(at).padStart(from.length, "0") : String.fromCharCode(at)}${after}`,
    );
  }
  return names.flatMap(expandRange);
}

function isMap(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function asMap(value: unknown): Record<string, unknown> {
  return isMap(value) ? value : {};
}

function asText(value: unknown): string {
  return typeof value === "string" ? value : (JSON.stringify(value) ?? "");
}
