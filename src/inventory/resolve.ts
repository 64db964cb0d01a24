import { join } from "node:path";
import type { Host, Hop } from "../domain/host.ts";
import { absolute, type Surroundings } from "./files.ts";
import type { HostEntry } from "./hosts.ts";
import { type HopContext, hopOf } from "./hop.ts";
import { sshNames, sshSettings } from "./ssh-config.ts";

/** Where hosts are known from; the configuration's own first. */
export interface Inventory {
  /** `hosts:` of the configuration. */
  readonly hosts: Readonly<Record<string, HostEntry>>;
  /** `groups:` of the configuration: members by host or group name. */
  readonly groups: Readonly<Record<string, readonly string[]>>;
  /** Hosts of other inventories (Ansible), already in the form of `hosts:`. */
  readonly foreign: Readonly<Record<string, HostEntry>>;
  /** ssh_config files to read; empty for none. */
  readonly sshConfigFiles: readonly string[];
  /** Directory of the configuration file; relative paths start there. */
  readonly directory: string;
}

/** ~/.ssh/config and the system's, the files that ssh itself reads. */
export function defaultSshConfigFiles(home: string): string[] {
  return [join(home, ".ssh", "config"), "/etc/ssh/ssh_config"];
}

/** All names that can be asked for, sorted: those of `hosts:`, of other inventories and of ssh_config. */
export function hostNames(inventory: Inventory, around: Surroundings): string[] {
  const names = [
    ...Object.keys(inventory.hosts),
    ...Object.keys(inventory.foreign),
    ...sshNames(inventory.sshConfigFiles, around),
  ];
  return [...new Set(names)].toSorted();
}

/** The hosts in a group, sorted: by `groups:` of either side, groups in groups included; `all` is every host of `hosts:`. */
export function membersOf(inventory: Inventory, group: string): string[] {
  const entries = { ...inventory.foreign, ...inventory.hosts };
  const found = new Set<string>();
  const seen = new Set<string>();
  const visit = (name: string): void => {
    if (seen.has(name)) return;
    seen.add(name);
    for (const [host, entry] of Object.entries(entries)) if (entry.groups.includes(name)) found.add(host);
    for (const member of inventory.groups[name] ?? []) {
      if (member in entries) found.add(member);
      else visit(member.replace(/^@/, ""));
    }
  };
  if (group === "all") for (const host of Object.keys(entries)) found.add(host);
  visit(group);
  return [...found].toSorted();
}

/** The names of all groups, sorted. */
export function groupNames(inventory: Inventory): string[] {
  const entries = [...Object.values(inventory.hosts), ...Object.values(inventory.foreign)];
  return [
    ...new Set([...Object.keys(inventory.groups), ...entries.flatMap((entry) => entry.groups)]),
  ].toSorted();
}

/** The groups of each host, found once for an inventory: lists of 500 hosts ask for every one of them. */
const GROUPS = new WeakMap<Inventory, ReadonlyMap<string, readonly string[]>>();

function groupsOf(inventory: Inventory, name: string): readonly string[] {
  let known = GROUPS.get(inventory);
  if (known === undefined) {
    const found = new Map<string, string[]>();
    for (const group of groupNames(inventory)) {
      for (const member of membersOf(inventory, group))
        found.set(member, [...(found.get(member) ?? []), group]);
    }
    known = found;
    GROUPS.set(inventory, known);
  }
  return known.get(name) ?? [];
}

/**
 * Resolves a name to a host with its way through all jumps; undefined when no source spells it out.
 * What `hosts:` says precedes ssh_config, which still gives the rest. A host that cannot be reached
 * without running a program carries the reason in `refused`.
 */
export function resolveHost(name: string, inventory: Inventory, around: Surroundings): Host | undefined {
  const written = own(inventory.hosts, name);
  const foreign = own(inventory.foreign, name);
  const entry = written ?? foreign;
  const inSsh = () => sshNames(inventory.sshConfigFiles, around).includes(name);
  if (entry === undefined && !inSsh()) return undefined;
  const context = contextOf(inventory, around);
  const chain = way(name, context, []);
  const target = chain.at(-1);
  if (target === undefined) return undefined;
  const path = (file: string) => absolute(file, inventory.directory, around.home);
  return {
    ...target,
    jumps: chain.slice(0, -1),
    groups: [...groupsOf(inventory, name)],
    addresses: entry?.addresses ?? [],
    source: written !== undefined ? "file" : foreign !== undefined ? "ansible" : "ssh",
    ...(entry === undefined ? {} : extras(entry, path)),
  };
}

function contextOf(inventory: Inventory, around: Surroundings): HopContext {
  return {
    around,
    directory: inventory.directory,
    entry: (name) => own(inventory.hosts, name) ?? own(inventory.foreign, name),
    settings: (name) => sshSettings(name, inventory.sshConfigFiles, around),
  };
}

/**
 * The hops to a name, itself last. Of `a,b` only the first hop's own jumps are followed, as ssh does
 * with -J a,b.
 */
function way(spec: string, context: HopContext, seen: readonly string[]): Hop[] {
  const { hop, jumps } = hopOf(spec, context);
  if (seen.includes(hop.name)) {
    return [{ ...hop, refused: `its ProxyJump leads back to itself (${[...seen, hop.name].join(" → ")})` }];
  }
  const [first, ...others] = jumps;
  const before = first === undefined ? [] : way(first, context, [...seen, hop.name]);
  return [...before, ...others.map((other) => hopOf(other, context).hop), hop];
}

/** A record's own value: a name such as "constructor" is a name like any other. */
function own<T>(record: Readonly<Record<string, T>>, name: string): T | undefined {
  return Object.hasOwn(record, name) ? record[name] : undefined;
}

function extras(entry: HostEntry, path: (file: string) => string): Partial<Host> {
  return {
    ...(entry.health === undefined ? {} : { health: entry.health }),
    ...(entry.watch === undefined ? {} : { watchMs: entry.watch }),
    ...(entry.playbook === undefined ? {} : { playbook: entry.playbook }),
    ...(entry.notes === undefined ? {} : { notes: entry.notes }),
    ...(entry.contact === undefined ? {} : { contact: entry.contact }),
    ...(entry.fixUser === undefined ? {} : { fixUser: entry.fixUser }),
    ...(entry.fixIdentityFile === undefined ? {} : { fixIdentityFiles: entry.fixIdentityFile.map(path) }),
  };
}
