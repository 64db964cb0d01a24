import { addHost, type Groups, groupIn, type Variables } from "./ansible-groups.ts";

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
    const where = (): string => `${file}:${index + 1}`;
    if (part === "children") group.children.add(words(line)[0] ?? line);
    else if (part === "vars") {
      const pair = /^([^=\s]+)\s*=\s*(.*)$/.exec(line);
      if (pair === null) throw invalid(file, index, line);
      group.variables.set(pair[1] ?? "", { text: unquote(pair[2] ?? ""), where });
    } else {
      const [pattern, ...pairs] = words(line);
      if (pattern === undefined || pattern.includes("=")) throw invalid(file, index, line);
      addHost(group, pattern, variablesOf(pairs, where), where);
    }
  });
  return groups;
}

function variablesOf(pairs: readonly string[], where: () => string): Variables {
  const variables: Variables = new Map();
  for (const pair of pairs) {
    const at = pair.indexOf("=");
    if (at > 0) variables.set(pair.slice(0, at), { text: pair.slice(at + 1), where });
  }
  return variables;
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
