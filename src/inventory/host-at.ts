import { isIP } from "node:net";
import type { Host } from "../domain/host.ts";
import type { Config } from "./config-schema.ts";
import type { Surroundings } from "./files.ts";
import { hostNames, type Inventory, resolveHost } from "./resolve.ts";

/** A machine as somebody else calls it: names from a configuration, addresses from a resolver. */
export interface Called {
  readonly names: readonly string[];
  readonly addresses: readonly string[];
}

/** So many names of hosts are resolved at most to find an address. */
const MAX_LOOKUPS = 200;

const ORDER: Readonly<Record<Host["source"], number>> = { file: 0, ansible: 1, ssh: 2 };

/**
 * The host of the inventory that is meant: by its own name, its hostName or one of its `addresses:`, else by the
 * address that its hostName resolves to. What 502.yml says comes before other sources.
 * @param lookup resolves a name as ssh would; empty when it does not resolve
 */
export async function hostAt(
  called: Called,
  inventory: Inventory,
  around: Surroundings,
  lookup: (name: string) => Promise<readonly string[]>,
): Promise<Host | undefined> {
  const hosts = hostNames(inventory, around)
    .flatMap((name) => resolveHost(name, inventory, around) ?? [])
    .toSorted((a, b) => ORDER[a.source] - ORDER[b.source]);
  const words = new Set([...called.names, ...called.addresses].map(plain));
  const own = hosts.filter((h) => [h.name, h.hostName, ...h.addresses].some((w) => words.has(plain(w))));
  if (own.length > 0) return only(own);
  const addresses = new Set(called.addresses);
  // Behind a jump host a name is resolved there, not here.
  const named = hosts.filter((h) => h.jumps.length === 0 && isIP(h.hostName) === 0).slice(0, MAX_LOOKUPS);
  const resolved = await Promise.all(named.map(async (h) => ({ host: h, at: await lookup(h.hostName) })));
  return only(resolved.filter((r) => r.at.some((a) => addresses.has(a))).map((r) => r.host));
}

/** Of hosts from the best source the one; several machines behind one address are told apart by nobody. */
function only(hosts: readonly Host[]): Host | undefined {
  const [first] = hosts;
  const rivals = hosts.filter(
    (h) => h.source === first?.source && (h.hostName !== first.hostName || h.port !== first.port),
  );
  return rivals.length === 0 ? first : undefined;
}

/** Who answers for a machine that is no host of the inventory: the contact of the site of that name. */
export function contactFor(called: Called, sites: Config["sites"]): string | undefined {
  const words = new Set([...called.names, ...called.addresses].map(plain));
  const known = Object.entries(sites).find(
    ([name, site]) =>
      words.has(plain(name)) || (site.url !== undefined && words.has(plain(new URL(site.url).hostname))),
  );
  return known?.[1].contact;
}

function plain(word: string): string {
  return word.toLowerCase().replace(/\.$/, "").replaceAll(/[[\]]/g, "");
}
