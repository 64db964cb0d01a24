import { ansibleHost } from "./ansible-host.ts";
import { parseAnsibleIni } from "./ansible-ini.ts";
import { madeReadable } from "./ansible-values.ts";
import { variablesBeside } from "./ansible-vars.ts";
import { parseAnsibleYaml } from "./ansible-yaml.ts";
import type { Surroundings } from "./files.ts";
import type { HostEntry } from "./hosts.ts";

/** Hosts and groups of an Ansible inventory, in the form of `hosts:`, and what could not be taken over. */
export interface AnsibleInventory {
  readonly hosts: Readonly<Record<string, HostEntry>>;
  /** One sentence for each host left out, with the reason. */
  readonly problems: readonly string[];
}

/**
 * Reads an inventory file, INI, YAML or JSON by its content, and group_vars/ and host_vars/ beside it, without
 * Ansible and without running anything: plugins and scripts are not read. Throws Error when it is none.
 */
export function readAnsible(text: string, file: string, around: Surroundings): AnsibleInventory {
  if (/^#!|\0/.test(text)) throw madeReadable(file, "a program");
  const yaml = /\.(ya?ml|json)$/i.test(file) || /^\s*(---|\{|[\w.-]+:\s*$)/m.test(firstLine(text));
  const problems: string[] = [];
  const groups = yaml ? parseAnsibleYaml(text, file, problems) : parseAnsibleIni(text, file);
  const beside = variablesBeside(file, around, problems);
  const hosts: Record<string, HostEntry> = {};
  const names = new Set([...groups.values()].flatMap((group) => [...group.hosts.keys()]));
  for (const name of [...names].toSorted()) {
    const entry = ansibleHost(name, groups, beside, file);
    if (typeof entry === "string") problems.push(`${file}: ${name} is left out: ${entry}.`);
    else hosts[name] = entry;
  }
  return { hosts, problems };
}

function firstLine(text: string): string {
  return text.split("\n").find((line) => line.trim() !== "" && !/^\s*[#;]/.test(line)) ?? "";
}
