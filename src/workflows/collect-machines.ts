import type { BundledMachine } from "../domain/bundle.ts";
import type { ModelRequest } from "../model/build.ts";
import type { HostModel } from "../model/host-model.ts";
import { fails, isElsewhere } from "../model/out-of-sight.ts";
import { type Collected, collectThere, joined, type LoadedPlaybook, type RunWave } from "./collect.ts";

/** A peer that fails and is on another machine: how the configuration and the resolver call it. */
export interface RemotePeer {
  readonly names: readonly string[];
  readonly addresses: readonly string[];
}

/** A machine that was found for a peer; without `open` it is not looked at, and `withheld` says why. */
export interface Found {
  readonly machine: BundledMachine;
  open?(): Promise<Opened>;
}

export type Opened =
  | { readonly hostKey: string; readonly run: RunWave; close(): Promise<void> }
  | { readonly withheld: NonNullable<BundledMachine["withheld"]> };

/** Finds the machine a peer is on; by the inventory, or from a bundle. */
export type FindMachine = (peer: RemotePeer) => Promise<Found | undefined>;

/** A run looks at so many other machines at most. */
const MAX_MACHINES = 4;

/**
 * Looks at the machines of failing peers, too, and joins what they show under those peers.
 * Where no peer on another machine fails, nothing is asked.
 */
export async function withMachines(
  loaded: LoadedPlaybook,
  request: ModelRequest,
  own: Collected,
  find: FindMachine,
): Promise<Collected> {
  const found = await machinesOf(remotePeers(own.model), find);
  if (found.length === 0) return own;
  const looks = await Promise.all(found.map((f) => lookAt(loaded, request, own, f)));
  const commands = [...own.commands, ...looks.flatMap((l) => l.commands)];
  const machines = looks.map((l) => l.machine);
  return {
    commands,
    machines,
    withheld: [...own.withheld, ...looks.flatMap((l) => l.withheld)],
    model: joined(loaded, request, commands, machines),
  };
}

async function lookAt(
  loaded: LoadedPlaybook,
  request: ModelRequest,
  own: Collected,
  found: Found,
): Promise<Pick<Collected, "commands" | "withheld"> & { readonly machine: BundledMachine }> {
  const { machine } = found;
  const { name, addresses } = machine;
  const opened = name === undefined ? undefined : await found.open?.();
  if (opened === undefined || name === undefined) return { machine, commands: [], withheld: [] };
  if ("withheld" in opened)
    return { machine: { ...machine, withheld: opened.withheld }, commands: [], withheld: [] };
  try {
    const seen = await collectThere(loaded, request, own, { name, addresses }, opened.run);
    return { ...seen, machine: { ...machine, hostKey: opened.hostKey } };
  } finally {
    await opened.close();
  }
}

/** Peers on other machines that fail, or may. */
export function remotePeers(model: HostModel): RemotePeer[] {
  const peers = model.targets.flatMap((t): RemotePeer[] => {
    const { peer } = t.scope;
    if (peer === undefined || !isElsewhere(t) || !fails(t)) return [];
    return [{ names: peer.host === undefined ? [] : [peer.host], addresses: peer.addresses ?? [] }];
  });
  return [...new Map(peers.map((p) => [JSON.stringify(p), p])).values()];
}

/** Each machine once, with all the names and addresses of its peers. */
async function machinesOf(peers: readonly RemotePeer[], find: FindMachine): Promise<Found[]> {
  const found: Found[] = [];
  for (const peer of peers) {
    const one = await find(peer);
    if (one === undefined) continue;
    const { name, addresses } = one.machine;
    const same = found.findIndex((f) => name !== undefined && f.machine.name === name);
    const before = found[same];
    if (before !== undefined) {
      const all = [...new Set([...before.machine.addresses, ...addresses])];
      found[same] = { ...before, machine: { ...before.machine, addresses: all } };
    } else if (found.length < MAX_MACHINES) found.push(one);
  }
  return found;
}
