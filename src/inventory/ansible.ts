import { z } from "zod";
import { parseAnsibleIni } from "./ansible-ini.ts";
import type { Groups, Variables } from "./ansible-groups.ts";
import { parseAnsibleYaml } from "./ansible-yaml.ts";
import { HostEntry, HostName } from "./hosts.ts";

/** Hosts and groups of an Ansible inventory, in the form of `hosts:`, and what could not be taken over. */
export interface AnsibleInventory {
  readonly hosts: Readonly<Record<string, HostEntry>>;
  /** One sentence for each host left out, with the reason. */
  readonly problems: readonly string[];
}

/**
 * Reads an inventory file, INI or YAML by its content, without Ansible and without running anything:
 * group_vars, host_vars, plugins and scripts are not read. Throws Error when it is neither.
 */
export function readAnsible(text: string, file: string): AnsibleInventory {
  const yaml = /\.(ya?ml|json)$/i.test(file) || /^\s*(---|\{|[\w.-]+:\s*$)/m.test(firstLine(text));
  const problems: string[] = [];
  const groups = yaml ? parseAnsibleYaml(text, file, problems) : parseAnsibleIni(text, file);
  const hosts: Record<string, HostEntry> = {};
  const names = new Set([...groups.values()].flatMap((group) => [...group.hosts.keys()]));
  for (const name of [...names].toSorted()) {
    const entry = entryOf(name, groups);
    if (typeof entry === "string") problems.push(`${file}: ${name} is left out: ${entry}.`);
    else hosts[name] = entry;
  }
  return { hosts, problems };
}

function firstLine(text: string): string {
  return text.split("\n").find((line) => line.trim() !== "" && !/^\s*[#;]/.test(line)) ?? "";
}

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
  return [...found].toSorted((a, b) => climb(a, []) - climb(b, []) || (a < b ? -1 : 1));
}

const Port = z.coerce.number().pipe(z.int().min(1).max(65535));

function entryOf(name: string, groups: Groups): HostEntry | string {
  if (!HostName.safeParse(name).success) return "its name is none that can be asked for";
  const above = groupsOf(name, groups);
  const variables: Variables = new Map();
  for (const group of above)
    for (const [key, value] of groups.get(group)?.variables ?? []) variables.set(key, value);
  for (const group of above)
    for (const [key, value] of groups.get(group)?.hosts.get(name) ?? []) variables.set(key, value);
  const get = (...keys: string[]): string | undefined =>
    keys.map((key) => variables.get(key)?.text).find((value) => value !== undefined);

  const connection = get("ansible_connection") ?? "ssh";
  if (!["ssh", "smart", "paramiko", "paramiko_ssh"].includes(connection))
    return `it is reached by ${connection}, not by SSH`;
  const extra = [get("ansible_ssh_common_args"), get("ansible_ssh_extra_args"), get("ansible_ssh_args")].join(
    " ",
  );
  if (/proxycommand/i.test(extra)) return "it needs a ProxyCommand, which is not supported";
  const jump = /(?:-J\s*|-o\s*ProxyJump[= ])["']?([^\s"']+)/i.exec(extra)?.[1];
  const port = get("ansible_port", "ansible_ssh_port");
  const entry = {
    // Without one, ssh_config may still say it, as it does for Ansible's own ssh.
    hostName: get("ansible_host", "ansible_ssh_host"),
    user: get("ansible_user", "ansible_ssh_user"),
    port: port === undefined ? undefined : Port.safeParse(port).data,
    identityFile: get("ansible_ssh_private_key_file", "ansible_private_key_file"),
    proxyJump: jump,
    groups: above.filter((group) => group !== "all" && group !== "ungrouped"),
  };
  const templated = Object.entries(entry).find(
    ([, value]) => typeof value === "string" && value.includes("{{"),
  );
  if (templated !== undefined) return `its ${templated[0]} is a template (${String(templated[1])})`;
  if (port !== undefined && entry.port === undefined) return `its port is ${port}`;
  const parsed = HostEntry.safeParse(
    Object.fromEntries(Object.entries(entry).filter(([, value]) => value !== undefined)),
  );
  return parsed.success ? parsed.data : (parsed.error.issues[0]?.message ?? "it is not understood");
}
