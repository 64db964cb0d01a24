import { expandRange, groupIn, type Groups } from "./ansible-yaml.ts";

/** Reads Ansible's INI form: [group], [group:children], [group:vars]. Throws Error with file and line. */
export function parseAnsibleIni(text: string, file: string): Groups {
  const groups: Groups = new Map();
  let name = "ungrouped";
  let part = "hosts";
  text.split(/\r?\n/).forEach((raw, index) => {
    const line = raw.trim();
    if (line === "" || /^[#;]/.test(line)) return;
    const section = /^\[([^\]:]+)(?::(\w+))?\]\s*(?:[#;].*)?$/.exec(line);
    if (section !== null) {
      name = section[1] ?? name;
      part = section[2] ?? "hosts";
      if (!["hosts", "children", "vars"].includes(part)) throw invalid(file, index, line);
      groupIn(groups, name);
      return;
    }
    const group = groupIn(groups, name);
    if (part === "children") group.children.add(words(line)[0] ?? line);
    else if (part === "vars") {
      const pair = /^([^=\s]+)\s*=\s*(.*)$/.exec(line);
      if (pair === null) throw invalid(file, index, line);
      group.variables.set(pair[1] ?? "", unquote(pair[2] ?? ""));
    } else {
      const [pattern, ...pairs] = words(line);
      if (pattern === undefined || pattern.includes("=")) throw invalid(file, index, line);
      for (const host of expandRange(pattern)) addHost(group.hosts, host, pairs);
    }
  });
  return groups;
}

function addHost(hosts: Map<string, Map<string, string>>, written: string, pairs: readonly string[]): void {
  const [, host = written, port] = /^([^:[\]]+):(\d+)$/.exec(written) ?? [];
  const variables = hosts.get(host) ?? new Map<string, string>();
  if (port !== undefined) variables.set("ansible_port", port);
  for (const pair of pairs) {
    const at = pair.indexOf("=");
    if (at > 0) variables.set(pair.slice(0, at), pair.slice(at + 1));
  }
  hosts.set(host, variables);
}

/** Splits a line at blanks as a shell would, quotes taken off, up to a comment. */
function words(line: string): string[] {
  const found: string[] = [];
  for (const [, text = ""] of line.matchAll(/((?:[^\s"']|"[^"]*"|'[^']*')+)/g)) {
    if (text.startsWith("#")) break;
    found.push(
      text.replaceAll(
        /"([^"]*)"|'([^']*)'/g,
        (_, double?: string, single?: string) => double ?? single ?? "",
      ),
    );
  }
  return found;
}

function unquote(text: string): string {
  return words(text).join(" ");
}

function invalid(file: string, index: number, line: string): Error {
  return new Error(`${file}:${index + 1}: not a line of an Ansible inventory: ${line.slice(0, 80)}`);
}
