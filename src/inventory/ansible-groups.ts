/** A variable as text. */
export interface Variable {
  readonly text: string;
  /** File and line. */
  readonly where: () => string;
}
export type Variables = Map<string, Variable>;

/** One group of an Ansible inventory. */
export interface AnsibleGroup {
  readonly hosts: Map<string, Variables>;
  readonly children: Set<string>;
  readonly variables: Variables;
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

/** Adds the hosts of a pattern, which may hold ranges and end in a port. */
export function addHost(
  group: AnsibleGroup,
  pattern: string,
  variables: Variables,
  where: () => string,
): void {
  for (const written of expandRange(pattern)) {
    const [, host = written, port] = /^([^:[\]]+):(\d+)$/.exec(written) ?? [];
    const known = group.hosts.get(host) ?? new Map();
    if (port !== undefined) known.set("ansible_port", { text: port, where });
    for (const [name, variable] of variables) known.set(name, variable);
    group.hosts.set(host, known);
  }
}

/** The most hosts that one range may name. */
const MAX_RANGE = 10_000;

/** web-[01:03] → web-01, web-02, web-03; letters and a step work, too; anything else stays as it is. */
function expandRange(pattern: string): string[] {
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
