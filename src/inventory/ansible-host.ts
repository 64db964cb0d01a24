import { z } from "zod";
import type { Groups, Variables } from "./ansible-groups.ts";
import { fillIn, isEncrypted, isTemplate } from "./ansible-values.ts";
import type { VariablesBeside } from "./ansible-vars.ts";
import { HostEntry, HostName } from "./hosts.ts";

/** The groups above a host, the outermost first, so that the nearer one's variables win, as in Ansible. */
function groupsOf(name: string, groups: Groups): string[] {
  const depth = new Map<string, number>();
  const climb = (group: string, path: readonly string[]): number => {
    const known = depth.get(group);
    if (known !== undefined) return known;
    if (path.includes(group)) return 0;
    const parents = [...groups].filter(([, other]) => other.children.has(group)).map(([parent]) => parent);
    const level =
      group === "all" ? 0 : 1 + Math.max(0, ...parents.map((parent) => climb(parent, [...path, group])));
    depth.set(group, level);
    return level;
  };
  const found = new Set<string>(["all"]);
  const visit = (group: string): void => {
    if (found.has(group) && group !== "all") return;
    found.add(group);
    for (const [parent, other] of groups) if (other.children.has(group)) visit(parent);
  };
  for (const [group, { hosts }] of groups) if (hosts.has(name)) visit(group);
  if (found.size === 1) found.add("ungrouped");
  const priority = (group: string): number =>
    Number(groups.get(group)?.variables.get("ansible_group_priority")?.text ?? 1);
  return [...found].toSorted(
    (a, b) => climb(a, []) - climb(b, []) || priority(a) - priority(b) || (a < b ? -1 : 1),
  );
}

/** What holds for a host, in Ansible's order: the inventory's groups, group_vars, the inventory's host, host_vars. */
function variablesOf(
  name: string,
  above: readonly string[],
  groups: Groups,
  beside: VariablesBeside,
): Variables {
  return new Map([
    ...above.flatMap((group) => [...(groups.get(group)?.variables ?? [])]),
    ...above.flatMap((group) => [...beside("group_vars", group)]),
    ...above.flatMap((group) => [...(groups.get(group)?.hosts.get(name) ?? [])]),
    ...beside("host_vars", name),
  ]);
}

const Port = z.coerce.number().pipe(z.int().min(1).max(65535));

/** A host of an Ansible inventory in the form of `hosts:`; or why it cannot be taken over. */
export function ansibleHost(
  name: string,
  groups: Groups,
  beside: VariablesBeside,
  file: string,
): HostEntry | string {
  if (!HostName.safeParse(name).success) return "its name is none that can be asked for";
  const above = groupsOf(name, groups);
  const variables = variablesOf(name, above, groups, beside);
  const unknown: string[] = [];
  const get = (what: string, ...keys: string[]): string | undefined => {
    const variable = keys.map((key) => variables.get(key)).find((one) => one !== undefined);
    if (variable === undefined) return undefined;
    const text = fillIn(variable.text, name, file);
    if (isEncrypted(text)) unknown.push(`its ${what} is encrypted with ansible-vault (${variable.where()})`);
    else if (isTemplate(text)) unknown.push(`its ${what} is a template (${text}, ${variable.where()})`);
    return text;
  };

  const connection = get("connection", "ansible_connection") ?? "ssh";
  if (unknown.length === 0 && !["ssh", "smart", "paramiko", "paramiko_ssh"].includes(connection))
    return `it is reached by ${connection}, not by SSH`;
  const extra = ["ansible_ssh_common_args", "ansible_ssh_extra_args", "ansible_ssh_args"]
    .map((key) => get(key, key))
    .join(" ");
  const port = get("port", "ansible_port", "ansible_ssh_port");
  const entry = {
    // Without one, ssh_config may still say it, as it does for Ansible's own ssh.
    hostName: get("hostName", "ansible_host", "ansible_ssh_host"),
    user: get("user", "ansible_user", "ansible_ssh_user"),
    port: port === undefined ? undefined : Port.safeParse(port).data,
    identityFile: get("identityFile", "ansible_ssh_private_key_file", "ansible_private_key_file"),
    proxyJump: /(?:-J\s*|-o\s*ProxyJump[= ])["']?([^\s"']+)/i.exec(extra)?.[1],
    groups: above.filter((group) => group !== "all" && group !== "ungrouped"),
  };
  if (/proxycommand/i.test(extra)) return "it needs a ProxyCommand, which is not supported";
  if (unknown[0] !== undefined) return unknown[0];
  if (port !== undefined && entry.port === undefined) return `its port is ${port}`;
  const parsed = HostEntry.safeParse(
    Object.fromEntries(Object.entries(entry).filter(([, value]) => value !== undefined)),
  );
  return parsed.success ? parsed.data : (parsed.error.issues[0]?.message ?? "it is not understood");
}
