import type { z } from "zod";
import { type Addresses, isLoopback } from "./addresses.ts";
import type { FactSet } from "./facts.ts";
import type { HostFacts } from "./host-schema.ts";
import { type Side, sideOf } from "./side.ts";
import type { Peer } from "./topology.ts";

/** Another machine that peers are on, as the run learnt of it. */
export interface OtherMachine {
  /** Its name in the inventory; absent: it is not in it. */
  readonly name?: string;
  /** The peers' addresses and names that mean it. */
  readonly addresses: readonly string[];
  readonly contact?: string;
  /** Why it was not looked at, and what would change that. */
  readonly withheld?: { readonly because: string; readonly remedy?: string };
  /** What its own checks say; absent: it was not looked at. */
  readonly facts?: FactSet;
}

/** The same, with what its facts come to. */
export interface MachineSide extends Omit<OtherMachine, "facts"> {
  readonly side?: Side;
}

export function machineSides(machines: readonly OtherMachine[], startedAt: number): MachineSide[] {
  return machines.map(({ facts, ...m }) =>
    facts === undefined || m.name === undefined ? m : { ...m, side: sideOf(m.name, facts, startedAt) },
  );
}

/** The other machine that a peer is on, by any of its addresses or its name. */
export function machineOf(
  peer: Peer | null,
  list: readonly string[],
  machines: readonly MachineSide[],
): MachineSide | undefined {
  if (peer?.kind !== "tcp" || list.some(isLoopback)) return undefined;
  const called = [...list, ...(peer.host === undefined ? [] : [peer.host])];
  return machines.find((m) => m.addresses.some((a) => called.includes(a)));
}

/**
 * The addresses at which the machine itself sees a peer's connections arrive: the peer's own, or, where an address
 * translation stands between, any of the machine's.
 */
export function arrivesAt(list: readonly string[], known: Addresses): readonly string[] {
  const own = [...(known.own ?? [])].filter((a) => !isLoopback(a));
  return own.length === 0 || list.some((a) => known.own?.has(a) === true) ? list : own;
}

type Host = z.infer<typeof HostFacts>;

/** What concerns nginx's own doing is its host's even where the peer is on another machine. */
const OF_NGINX = [
  "selinux",
  "canNetworkConnect",
  "nginxDomain",
  "denials",
  "apparmorDenials",
  "ephemeralPorts",
] as const satisfies readonly (keyof Host)[];

/** The host facts of a peer's scope: the peer's machine, with what concerns nginx from nginx's host. */
export function joinedHost(nginxHost: Host, machine: Host): Host {
  const own: Partial<Host> = Object.fromEntries(
    OF_NGINX.flatMap((key) => (nginxHost[key] === undefined ? [] : [[key, nginxHost[key]]])),
  );
  const theirs = Object.fromEntries(
    Object.entries(machine).filter(([key]) => !(OF_NGINX as readonly string[]).includes(key)),
  );
  return { ...theirs, ...own };
}
