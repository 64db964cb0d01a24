import type { Difference, OddOne } from "./report.ts";

/** What should be the same on hosts of one kind: facet → key → value. What was not seen is absent. */
export type HostProfile = Readonly<Record<string, Readonly<Record<string, string>>>>;

export interface Profiled {
  readonly host: string;
  readonly healthy: boolean;
  readonly profile: HostProfile;
}

/** Peers that must agree before a difference from them means something. */
const LEAST_PEERS = 2;
/** Of the healthy peers that were seen, this share must agree. */
const SHARE = 0.75;
const SHOWN = 8;

/**
 * What differs on a host from its healthy peers: for each thing on which at least two healthy others, and three
 * quarters of those seen, agree. Host by host; one without a difference is left out.
 */
export function oddOnes(hosts: readonly Profiled[]): OddOne[] {
  return hosts.flatMap((one) => {
    const peers = hosts.filter((h) => h !== one && h.healthy);
    const differences = peers.length < LEAST_PEERS ? [] : differencesOf(one, peers);
    if (differences.length === 0) return [];
    const shown = differences.slice(0, SHOWN);
    return [{ host: one.host, differences: shown, more: differences.length - shown.length }];
  });
}

function differencesOf(one: Profiled, peers: readonly Profiled[]): Difference[] {
  const found: Difference[] = [];
  for (const [facet, mine] of Object.entries(one.profile)) {
    const seen = peers.filter((p) => p.profile[facet] !== undefined);
    if (seen.length < LEAST_PEERS) continue;
    const keys = new Set([...Object.keys(mine), ...seen.flatMap((p) => Object.keys(p.profile[facet] ?? {}))]);
    for (const key of [...keys].toSorted()) {
      const { value, agree } = majority(seen.map((p) => p.profile[facet]?.[key] ?? ABSENT));
      const here = mine[key] ?? ABSENT;
      if (here === value || agree < LEAST_PEERS || agree < seen.length * SHARE) continue;
      found.push({ facet, key, here, peers: value, agree });
    }
  }
  return found;
}

/** Written where a host has no such thing although the facet was seen. */
export const ABSENT = "absent";

function majority(values: readonly string[]): { value: string; agree: number } {
  const counts = new Map<string, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  let best = { value: ABSENT, agree: 0 };
  for (const [value, agree] of counts) if (agree > best.agree) best = { value, agree };
  return best;
}
