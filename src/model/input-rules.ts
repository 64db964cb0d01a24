import { z } from "zod";
import type { Packet } from "../parsers/firewall-match.ts";
import { blockingRules, type Stop, redirections, withGap } from "../parsers/firewall-walk.ts";
import type { Output } from "../parsers/output.ts";
import type { Firewall } from "../parsers/firewall-rule.ts";
import { parseIptablesSave } from "../parsers/iptables-save.ts";
import { parseNft } from "../parsers/nft.ts";
import { sourceOf } from "./addresses.ts";
import type { FactSet } from "./facts.ts";
import type { Side } from "./side.ts";

/** False: no rules could be read, so none is known to be absent. */
export function firewallSeen(facts: FactSet): boolean {
  const read = (check: string): boolean =>
    facts.results(check).some((r) => r.end === "exited" && r.exitCode === 0);
  const gone = (check: string): boolean => facts.results(check).some((r) => r.end === "missing");
  return (read("firewall") || gone("firewall")) && (read("firewall-nft") || gone("firewall-nft"));
}

/** What stops a connection: on its way there, or what answers it on the way back. */
export interface Blocked {
  readonly rule: string;
  readonly drop: boolean;
  /** The chain of iptables' filter table that the rule stands in, where a rule before it would let the connection through. */
  readonly chain?: string;
  /** False: it stands behind a condition, or an earlier rule, that nobody can judge from outside. */
  readonly sure: boolean;
  /** It sends the connection on to this address and port, where nobody listens. */
  readonly sentTo?: string;
}

/** True when somebody listens there; undefined: that was not seen. */
export type Listening = (address: string, port: number) => boolean | undefined;

/** A connection from one machine to a port of the same or another one. */
interface Way {
  readonly src: string | undefined;
  readonly dst: string;
  readonly port: number;
  /** The user that connects, where it is known. */
  readonly uid?: number;
}

/**
 * The rule (or a chain's policy) of a peer's own machine that stops nginx's connections to the port.
 * `seen` is false where the rules could not be read, or one of them stands behind a condition nobody can judge from outside.
 * @param route what `ip route get` printed on nginx's host: it names the source address
 */
export function blockedThere(
  there: Side,
  dst: string,
  port: number,
  route: string | undefined,
): { readonly rule?: Blocked; readonly seen: boolean } {
  const src = sourceOf(route);
  const firewalls = firewallsOf(there.facts);
  const way = { src, dst, port };
  const by = interfaceOf(there.facts, dst);
  const stops = [...through(firewalls, way, ["prerouting", "input"], by), ...back(firewalls, way, LEAVE, by)];
  const sure = stops.find((r) => r.certain);
  if (sure === undefined) return { seen: stops.length === 0 && firewallSeen(there.facts) };
  return { seen: true, rule: said(sure) };
}

/**
 * The rule (or a chain's policy) of nginx's own machine that stops its connections to a peer: on the way out, on the
 * way in again where the peer is on the same machine, and what comes back. One that does so surely goes before others.
 * @param route what `ip route get` printed for a peer that is not
 */
export function blockedHere(
  facts: FactSet,
  dst: string,
  port: number,
  local: boolean,
  route: string | undefined,
  listening: Listening,
): Blocked | undefined {
  const firewalls = firewallsOf(facts);
  const src = local ? dst : sourceOf(route);
  const by = local ? "lo" : /\bdev (\S+)/.exec(route ?? "")?.[1];
  const hooks = local ? [...LEAVE, ...ENTER] : LEAVE;
  const uid = workersUser(facts);
  const way = { src, dst, port, ...(uid === undefined ? {} : { uid }) };
  const sent = sentOn(firewalls, way, by);
  const stops = [
    ...through(firewalls, sent?.way ?? way, hooks, by),
    ...back(firewalls, way, local ? [...LEAVE, ...ENTER] : ENTER, by),
  ];
  const sure = stops.find((r) => r.certain);
  if (sure !== undefined) return said(sure);
  if (sent !== undefined && listening(sent.way.dst, sent.way.port) === false)
    return { ...said(sent.stop), drop: false, sentTo: `${sent.way.dst}:${sent.way.port}` };
  const [perhaps] = stops;
  return perhaps === undefined ? undefined : said(perhaps);
}

/** The number of the user whose connections nginx's workers make; undefined when several differ. */
function workersUser(facts: FactSet): number | undefined {
  const numbers = facts
    .results("worker-uid")
    .flatMap((r) => (r.exitCode === 0 ? (/^\s*(\d{1,10})\s*$/.exec(r.stdout)?.[1] ?? []) : []));
  return new Set(numbers).size === 1 ? Number(numbers[0]) : undefined;
}

type Hook = Packet["hook"];
const LEAVE: readonly Hook[] = ["output", "postrouting"];
const ENTER: readonly Hook[] = ["prerouting", "input"];

/** What stops a new connection at these hooks. */
function through(
  firewalls: readonly Firewall[],
  { src, dst, port, uid }: Way,
  hooks: readonly Hook[],
  by: string | undefined,
): Stop[] {
  const packet = {
    dst,
    port,
    ...(uid === undefined ? {} : { uid }),
    ...(src === undefined ? {} : { src }),
    ...(by === undefined ? {} : { interface: by }),
  };
  return hooks.flatMap((hook) => firewalls.flatMap((f) => blockingRules(f, { ...packet, hook })));
}

/** What stops the answer: a connection whose answer is lost times out like one that is dropped. */
function back(
  firewalls: readonly Firewall[],
  { src, dst, port }: Way,
  hooks: readonly Hook[],
  by: string | undefined,
): Stop[] {
  if (src === undefined) return [];
  const answer = {
    src: dst,
    dst: src,
    sourcePort: port,
    answer: true,
    ...(by === undefined ? {} : { interface: by }),
  };
  return hooks
    .flatMap((hook) => firewalls.flatMap((f) => blockingRules(f, { ...answer, hook })))
    .filter((stop) => stop.verdict === "drop");
}

/** Where the connection goes instead, by the first rule that surely rewrites it on its way out. */
function sentOn(
  firewalls: readonly Firewall[],
  { src, dst, port, uid }: Way,
  by: string | undefined,
): { readonly way: Way; readonly stop: Stop } | undefined {
  const packet: Packet = {
    dst,
    port,
    hook: "output",
    ...(uid === undefined ? {} : { uid }),
    ...(src === undefined ? {} : { src }),
    ...(by === undefined ? {} : { interface: by }),
  };
  const [stop] = firewalls.flatMap((f) => redirections(f, packet)).filter((s) => s.certain);
  if (stop === undefined) return undefined;
  const to = /^(?:\[([\da-f:]+)\]|([\d.]+))?(?::(\d+))?$/.exec(stop.rule?.sendsTo ?? "");
  // A redirect keeps to the machine: its packets go to the loopback address.
  const address = to?.[1] ?? to?.[2] ?? (dst.includes(":") ? "::1" : "127.0.0.1");
  return { way: { src, dst: address, port: Number(to?.[3] ?? port) }, stop };
}

function firewallsOf(facts: FactSet): Firewall[] {
  const read = (check: string, parse: (output: Output) => Firewall | undefined): Firewall[] =>
    facts.results(check).flatMap((result) => {
      const firewall = parse(result);
      return firewall === undefined ? [] : [result.end === "cut" ? withGap(firewall) : firewall];
    });
  return [...read("firewall", parseIptablesSave), ...read("firewall-nft", parseNft)];
}

function said({ rule, chain, verdict, certain }: Stop): Blocked {
  const text = uncounted(rule?.text ?? `:${chain.name} policy drop`);
  const inFilter = chain.table === "filter" && chain.family === "ip" && text.startsWith("-A ");
  // A rule of iptables names its chain; one of nftables does not.
  const named = text.startsWith("-A ") || (rule === undefined && /^[A-Z]+$/.test(chain.name));
  const place = named ? "" : `table ${chain.family} ${chain.table}, chain ${chain.name}: `;
  return {
    rule: `${place}${text}`,
    drop: verdict === "drop",
    sure: certain,
    ...(inFilter ? { chain: chain.name } : {}),
  };
}

/** The rule without its packet counters, which change from one look to the next. */
function uncounted(rule: string): string {
  return rule
    .trim()
    .replace(/^\[\d+:\d+\] /, "")
    .replace(/ counter packets \d+ bytes \d+/, "")
    .slice(0, 200);
}

const Links = z.array(
  z.looseObject({ ifname: z.string(), addr_info: z.array(z.looseObject({ local: z.string().optional() })) }),
);

/** The interface that has the address, by `ip -j addr show`. */
function interfaceOf(facts: FactSet, address: string): string | undefined {
  const shown = facts.results("addresses").find((r) => r.end === "exited" && r.exitCode === 0);
  try {
    const links = Links.safeParse(JSON.parse(shown?.stdout ?? ""));
    return links.success
      ? links.data.find((l) => l.addr_info.some((a) => a.local === address))?.ifname
      : undefined;
  } catch {
    return undefined;
  }
}
