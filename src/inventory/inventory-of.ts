import { readAnsible } from "./ansible.ts";
import { madeReadable } from "./ansible-values.ts";
import type { Config } from "./config-schema.ts";
import { absolute, type Surroundings } from "./files.ts";
import type { HostEntry } from "./hosts.ts";
import { defaultSshConfigFiles, type Inventory } from "./resolve.ts";

/** The part of a configuration that says where hosts are known from. */
export type Sources = Pick<Config, "hosts" | "groups" | "sshConfig">;

/** Joins a configuration, what Ansible inventories bring and ssh_config into one inventory. */
export function inventoryOf(
  config: Sources,
  foreign: Readonly<Record<string, HostEntry>>,
  directory: string,
  around: Surroundings,
): Inventory {
  return {
    hosts: joined(config.hosts, foreign),
    groups: config.groups,
    foreign,
    sshConfigFiles:
      config.sshConfig?.map((file) => absolute(file, directory, around.home)) ??
      defaultSshConfigFiles(around.home),
    directory,
  };
}

/** An entry of `hosts:` precedes what other inventories say of the same host, option by option; groups add up. */
function joined(hosts: Config["hosts"], foreign: Readonly<Record<string, HostEntry>>): Config["hosts"] {
  return Object.fromEntries(
    Object.entries(hosts).map(([name, entry]) => {
      const other = Object.hasOwn(foreign, name) ? foreign[name] : undefined;
      if (other === undefined) return [name, entry];
      const groups = [...new Set([...other.groups, ...entry.groups])];
      const addresses = [...new Set([...other.addresses, ...entry.addresses])];
      return [name, { ...other, ...entry, groups, addresses }];
    }),
  );
}

/**
 * Reads the Ansible inventories of a configuration; key files in them are relative to theirs.
 * A file that cannot be read is a problem, not an exception, and gives nothing. Earlier files win.
 */
export function foreignHosts(
  files: readonly string[],
  directory: string,
  around: Surroundings,
): { hosts: Record<string, HostEntry>; problems: string[]; unread: string[] } {
  const hosts: Record<string, HostEntry> = {};
  const problems: string[] = [];
  const unread: string[] = [];
  for (const file of files) {
    const path = absolute(file, directory, around.home);
    try {
      if (around.isFolder(path)) throw madeReadable(path, "a folder");
      const text = around.read(path);
      if (text === undefined)
        throw new Error(`${path} cannot be read; correct ansible: of the configuration.`);
      const read = readAnsible(text, path, around);
      problems.push(...read.problems);
      for (const [name, entry] of Object.entries(read.hosts)) {
        const own = entry.identityFile?.map((key) =>
          absolute(key, path.replace(/\/[^/]*$/, ""), around.home),
        );
        hosts[name] ??= { ...entry, ...(own === undefined ? {} : { identityFile: own }) };
      }
    } catch (error) {
      problems.push(error instanceof Error ? error.message : String(error));
      unread.push(path);
    }
  }
  return { hosts, problems, unread };
}
