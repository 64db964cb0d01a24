import { parseIpAddr } from "../parsers/ip-addr.ts";
import type { CommandResult } from "../domain/command.ts";
import type { FactSet } from "./facts.ts";
import type { Peer } from "./topology.ts";

/** The host's own addresses, and what names resolve to on it. */
export interface Addresses {
  /** undefined: could not be asked. */
  readonly own: ReadonlySet<string> | undefined;
  resolve(name: string): readonly string[] | undefined;
}

/** From `ip -j addr show` and `getent ahosts NAME`. */
export function addresses(facts: FactSet): Addresses {
  const ip = facts.results("addresses").find((r) => r.end === "exited" && r.exitCode === 0);
  const own = ip
    ? new Set([...ip.stdout.matchAll(/"local"\s*:\s*"([^"]+)"/g)].map((m) => m[1] ?? ""))
    : undefined;
  const names = new Map<string, readonly string[]>();
  for (const r of facts.results("resolve")) {
    if (r.end !== "exited") continue;
    const found = [...r.stdout.matchAll(/^(\S+)\s+(?:STREAM|SOCK_STREAM)/gm)].map((m) => m[1] ?? "");
    names.set(r.argv.at(-1) ?? "", [...new Set(found)]);
  }
  return { own: own && own.size > 0 ? own : undefined, resolve: (name) => names.get(name) };
}

/** The addresses a peer's connections may go to; a name that was not resolved yet has none. */
export function peerAddresses(peer: Peer, known: Addresses): readonly string[] {
  if (peer.kind === "unix" || peer.host === undefined) return [];
  if (peer.hostname === undefined) return [peer.host];
  const found = known.resolve(peer.hostname);
  // Every Debian and RHEL host maps localhost to both families unless getent says otherwise.
  if (peer.hostname === "localhost") {
    return [...new Set(["127.0.0.1", ...(found ?? ["::1"])])].map((a) =>
      a === "127.0.1.1" ? "127.0.0.1" : a,
    );
  }
  return found ?? [];
}

/** What `ip route get` said of the way to an address; undefined: it was not asked. */
export function routeTo(facts: FactSet, address: string | undefined): CommandResult | undefined {
  return facts.results("route").find((r) => r.argv.at(-1) === address && r.end === "exited");
}

/** The address that connections by a route come from, by what `ip route get` printed. */
export function sourceOf(route: string | undefined): string | undefined {
  return /\bsrc (\S+)/.exec(route ?? "")?.[1];
}

export function isLoopback(address: string): boolean {
  return address.startsWith("127.") || address === "::1";
}

/** undefined: the host's addresses are not known. */
export function isLocalPeer(peer: Peer, list: readonly string[], known: Addresses): boolean | undefined {
  if (peer.kind === "unix") return true;
  if (list.length === 0) return undefined;
  if (list.some(isLoopback)) return true;
  return known.own === undefined ? undefined : list.some((a) => known.own?.has(a) === true);
}

/** False where the loopback address is gone, or its interface down: nothing on the host reaches anything by it. */
export function loopbackUp(facts: FactSet): boolean | undefined {
  const shown = facts.results("addresses").find((r) => r.end === "exited");
  const found = shown && parseIpAddr(shown)?.addresses;
  return found === undefined || found.length === 0
    ? undefined
    : found.some(({ address, up }) => up && address.startsWith("127."));
}
