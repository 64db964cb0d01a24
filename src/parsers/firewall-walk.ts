import { inRange } from "./address-range.ts";
import type { Condition, Firewall, FirewallChain, FirewallRule } from "./firewall-rule.ts";

/** A packet of a TCP connection whose fate is asked for. */
export interface Packet {
  readonly dst: string;
  /** Where it comes from; unknown: rules by source match perhaps. */
  readonly src?: string;
  /** The destination port; absent: one that a client's system chose. */
  readonly port?: number;
  /** The source port; absent: one that a client's system chose. */
  readonly sourcePort?: number;
  /** The user that connects (nginx's worker); unknown: rules by user match perhaps. */
  readonly uid?: number;
  /** Where in the kernel it is looked at. */
  readonly hook: "output" | "postrouting" | "prerouting" | "input";
  /** The interface it leaves or enters by ("lo" for local addresses). */
  readonly interface?: string;
  /** It answers a connection; else it opens one. */
  readonly answer?: boolean;
}

/** A rule (or a chain's policy) that decides over a packet: stops it, or sends its connection elsewhere. */
export interface Stop {
  readonly chain: FirewallChain;
  /** undefined: the chain's policy. */
  readonly rule?: FirewallRule;
  readonly verdict: "reject" | "drop" | "redirect";
  /** False: it stands behind a condition that cannot be judged from outside. */
  readonly certain: boolean;
}

/** The rules that stop a packet, in the order the kernel meets them; the first match wins within each table. */
export function blockingRules(firewall: Firewall, packet: Packet): Stop[] {
  return passed(firewall, packet, false);
}

/** The rules that send a new connection somewhere else (REDIRECT, DNAT), in the same order. */
export function redirections(firewall: Firewall, packet: Packet): Stop[] {
  return packet.answer === true ? [] : passed(firewall, packet, true);
}

function passed(firewall: Firewall, packet: Packet, nat: boolean): Stop[] {
  const wanted = packet.dst.includes(":") ? "ip6" : "ip";
  const found: Stop[] = [];
  for (const chain of firewall.chains) {
    if (chain.hook !== packet.hook || chain.nat !== nat) continue;
    if (chain.family !== wanted && chain.family !== "inet") continue;
    const end = walk(firewall, chain, packet, true, found, 0);
    if (end !== "decided" && chain.policy === "drop")
      found.push({ chain, verdict: "drop", certain: end === "through" });
  }
  return found;
}

type End = "decided" | "through" | "perhaps";

/** Follows a chain; "through" means that nothing in it decided. Depth as in the kernel: 16 jumps. */
function walk(
  firewall: Firewall,
  chain: FirewallChain,
  packet: Packet,
  certain: boolean,
  found: Stop[],
  depth: number,
): End {
  let perhaps = false;
  for (const rule of chain.rules) {
    const match = matches(rule, packet);
    if (match === "no" || rule.verdict === "continue") continue;
    const sure = certain && match === "yes" && !perhaps;
    if (rule.verdict === "reject" || rule.verdict === "drop" || rule.verdict === "redirect") {
      found.push({ chain, rule, verdict: rule.verdict, certain: sure });
      if (match === "yes") return perhaps ? "perhaps" : "decided";
    } else if (rule.verdict === "accept" || rule.verdict === "return") {
      if (match === "yes") return rule.verdict === "return" ? (perhaps ? "perhaps" : "through") : "decided";
      perhaps = true;
    } else {
      const next = firewall.chains.find(
        (one) => one.name === rule.target && one.table === chain.table && one.family === chain.family,
      );
      if (next === undefined || depth >= 16) continue;
      const end = walk(firewall, next, packet, sure, found, depth + 1);
      if (end === "decided" && match === "yes") return "decided";
      if (end !== "through") perhaps = true;
      if (rule.verdict === "goto" && match === "yes") return end;
    }
  }
  return perhaps ? "perhaps" : "through";
}

type Match = "yes" | "no" | "perhaps";

function matches(rule: FirewallRule, packet: Packet): Match {
  const each = rule.conditions.map((condition): Match => {
    const match = JUDGES[condition.field](condition.any, packet);
    if (!condition.not || match === "perhaps") return match;
    return match === "yes" ? "no" : "yes";
  });
  if (each.includes("no")) return "no";
  return rule.unjudged || each.includes("perhaps") ? "perhaps" : "yes";
}

type Judge = (any: readonly string[], packet: Packet) => Match;

const some = (any: readonly string[], test: (one: string) => boolean): Match =>
  any.some(test) ? "yes" : "no";

// A packet on its way in has left nowhere, and one on its way out came in nowhere.
const byInterface =
  (hooks: readonly Packet["hook"][]): Judge =>
  (any, { hook, interface: name }) =>
    name === undefined || !hooks.includes(hook) ? "perhaps" : some(any, (one) => sameInterface(one, name));

const JUDGES: Readonly<Record<Condition["field"], Judge>> = {
  protocol: (any) => some(any, (one) => ["tcp", "6", "all", "0"].includes(one)),
  state: (any, { answer }) =>
    some(any, (one) => one.toUpperCase() === (answer === true ? "ESTABLISHED" : "NEW")),
  source: (any, { src }) => (src === undefined ? "perhaps" : within(src, any)),
  destination: (any, { dst }) => within(dst, any),
  "source-port": (any, { sourcePort }) => portIn(sourcePort, any),
  "destination-port": (any, { port }) => portIn(port, any),
  user: (any, { uid }) => (uid === undefined ? "perhaps" : some(any, (one) => spanHas(one, uid, uid))),
  in: byInterface(["prerouting", "input"]),
  out: byInterface(["output", "postrouting"]),
};

function within(address: string, ranges: readonly string[]): Match {
  const each = ranges.map((range) => inRange(address, range));
  if (each.includes(true)) return "yes";
  return each.includes(undefined) ? "perhaps" : "no";
}

/** What a client's system may choose, whatever ip_local_port_range says. */
const [CHOSEN_FROM, CHOSEN_TO] = [1024, 65_535];
/** A rule that meets fewer connections than one in a hundred, by the port that was chosen for them, is no outage. */
const FEW = (CHOSEN_TO - CHOSEN_FROM) / 100;

function portIn(port: number | undefined, spans: readonly string[]): Match {
  if (port !== undefined) return spans.some((span) => spanHas(span, port, port)) ? "yes" : "no";
  if (spans.some((span) => spanHas(span, CHOSEN_FROM, CHOSEN_TO))) return "yes";
  const met = spans.reduce((sum, span) => sum + shared(span, CHOSEN_FROM, CHOSEN_TO), 0);
  return met > FEW ? "perhaps" : "no";
}

function ends(span: string): [number, number] {
  const [from = Number.NaN, to = from] = span.split("-").map(Number);
  return [from, to];
}

function spanHas(span: string, from: number, to: number): boolean {
  const [first, last] = ends(span);
  return from >= first && to <= last;
}

/** How many ports of a span lie between these two. */
function shared(span: string, from: number, to: number): number {
  const [first, last] = ends(span);
  const ports = Math.min(last, to) - Math.max(first, from) + 1;
  return ports > 0 ? ports : 0;
}

function sameInterface(pattern: string, name: string): boolean {
  return pattern.endsWith("+") || pattern.endsWith("*")
    ? name.startsWith(pattern.slice(0, -1))
    : pattern === name;
}
