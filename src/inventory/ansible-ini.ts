import { addHost, type Groups, groupIn, type Variables } from "./ansible-groups.ts";

/** Reads Ansible's INI form: [group], [group:children], [group:vars]. Throws Error with file and line. */
export function parseAnsibleIni(text: string, file: string): Groups {
  const groups: Groups = new Map();
  const declared = new Set(["all", "ungrouped"]);
  const children: { readonly name: string; readonly index: number }[] = [];
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
      if (part !== "vars") declared.add(name);
      return;
    }
    const group = groupIn(groups, name);
    const where = (): string => `${file}:${index + 1}`;
    const found = words(line);
    if (/^\[[^\]]*$/.test(line)) throw invalid(file, index, line);
    if (part === "vars") {
      const pair = /^([^=\s]+)\s*=\s*(.*)$/.exec(line);
      if (pair === null) throw invalid(file, index, line);
      const [, key = "", value = ""] = pair;
      group.variables.set(key, { text: words(value)?.join(" ") ?? value, where });
      return;
    }
    if (found === undefined) throw invalid(file, index, line);
    if (part === "children") {
      const [child = line, ...more] = found;
      if (more.length > 0) throw invalid(file, index, line);
      group.children.add(child);
      children.push({ name: child, index });
    } else {
      const [pattern, ...pairs] = found;
      if (pattern === undefined || pattern.includes("=") || !pairs.every((p) => /^[^=]+=/.test(p)))
        throw invalid(file, index, line);
      addHost(group, pattern, variablesOf(pairs, where), where);
    }
  });
  for (const { name: child, index } of children)
    if (!declared.has(child)) throw new Error(`${file}:${index + 1}: there is no group ${child}`);
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

/** Splits a line at blanks as a shell would, quotes taken off, up to a comment; undefined: a quote is left open. */
function words(line: string): string[] | undefined {
  const found: string[] = [];
  let end = 0;
  for (const { 0: text, index } of line.matchAll(/(?:[^\s"']|"[^"]*"|'[^']*')+/g)) {
    if (/\S/.test(line.slice(end, index))) return undefined;
    if (/^[#;]/.test(text)) return found;
    end = index + text.length;
    found.push(
      text.replaceAll(
        /"([^"]*)"|'([^']*)'/g,
        (_, double?: string, single?: string) => double ?? single ?? "",
      ),
    );
  }
  return /\S/.test(line.slice(end)) ? undefined : found;
}

function invalid(file: string, index: number, line: string): Error {
  return new Error(`${file}:${index + 1}: not a line of an Ansible inventory: ${line.slice(0, 80)}`);
}
