import type { Host } from "../domain/host.ts";
import type { Config } from "./config-schema.ts";
import { type Inventory, membersOf } from "./resolve.ts";

const SITE = "site ";

/** What a host serves in together with others: its inventory groups, and the sites that name it or one of them. */
export function servingGroups(
  host: Pick<Host, "name" | "groups"> | undefined,
  sites: Config["sites"],
): string[] {
  if (host === undefined) return [];
  const here = (target: string): boolean =>
    target.startsWith("@") ? host.groups.includes(target.slice(1)) : target === host.name;
  const served = Object.entries(sites).filter(([, site]) => site.hosts.some(here));
  return [...host.groups, ...served.map(([name]) => `${SITE}${name}`)];
}

/** The hosts that serve in such a group. */
export function hostsServing(group: string, inventory: Inventory, sites: Config["sites"]): string[] {
  const targets = group.startsWith(SITE) ? (sites[group.slice(SITE.length)]?.hosts ?? []) : [`@${group}`];
  return [...new Set(targets.flatMap((t) => (t.startsWith("@") ? membersOf(inventory, t.slice(1)) : [t])))];
}
