import { matches, type Packet } from "./firewall-match.ts";
import type { Firewall, FirewallChain, FirewallRule } from "./firewall-rule.ts";

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

/** The same firewall where not all of its text was kept: a rule that let the packet through may be lost. */
export function withGap(firewall: Firewall): Firewall {
  const lost: FirewallRule = {
    verdict: "accept",
    conditions: [],
    concatenations: [],
    unjudged: true,
    text: "",
  };
  return { chains: firewall.chains.map((chain) => ({ ...chain, rules: [lost, ...chain.rules] })) };
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
