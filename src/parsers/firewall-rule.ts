import { z } from "zod";
import { inRange } from "./address-range.ts";

const span = z.object({ from: z.number(), to: z.number() });

const firewallRuleSchema = z.object({
  /** What a packet that matches meets. "continue": counts or marks only. */
  verdict: z.enum(["accept", "drop", "reject", "jump", "goto", "return", "continue"]),
  /** The chain of a jump, or how a reject answers (icmp-port-unreachable, tcp-reset, …). */
  target: z.string().optional(),
  rejectWith: z.string().optional(),
  protocol: z.string().optional(),
  destinations: z.array(z.string()).optional(),
  sources: z.array(z.string()).optional(),
  destinationPorts: z.array(span).optional(),
  uids: z.array(span).optional(),
  outInterface: z.string().optional(),
  inInterface: z.string().optional(),
  /** Connection states; a new connection matches only NEW. */
  states: z.array(z.string()).optional(),
  /** Conditions this reader does not judge (sets, limits, marks, negations): the rule then matches perhaps. */
  unjudged: z.boolean(),
  packets: z.number().optional(),
  text: z.string(),
});
export type FirewallRule = z.infer<typeof firewallRuleSchema>;

const firewallChainSchema = z.object({
  family: z.enum(["ip", "ip6", "inet"]),
  table: z.string(),
  name: z.string(),
  /** The hook of a base chain (input, output, forward, prerouting, …). */
  hook: z.string().optional(),
  policy: z.enum(["accept", "drop"]).optional(),
  rules: z.array(firewallRuleSchema),
});
export type FirewallChain = z.infer<typeof firewallChainSchema>;

export const firewallSchema = z.object({ chains: z.array(firewallChainSchema) });
export type Firewall = z.infer<typeof firewallSchema>;

/** A new TCP connection whose fate is asked for. */
export interface Connection {
  readonly dst: string;
  readonly port: number;
  /** Where it comes from; unknown: rules by source match perhaps. */
  readonly src?: string;
  /** The user that connects (nginx's worker); unknown: rules by uid match perhaps. */
  readonly uid?: number;
  /** output: from this host; input: to a listener of this host. */
  readonly hook: "output" | "input";
  /** The interface it leaves or enters by ("lo" for local addresses). */
  readonly interface?: string;
}

/** A rule (or a chain's policy) that rejects or drops the connection. */
export interface Blocking {
  readonly chain: FirewallChain;
  /** undefined: the chain's policy. */
  readonly rule?: FirewallRule;
  readonly verdict: "reject" | "drop";
  /** False: it stands behind a condition that cannot be judged from outside. */
  readonly certain: boolean;
}

/** The rules that stop a new TCP connection, in the order the kernel meets them, first match wins within each table. */
export function blockingRules(firewall: Firewall, connection: Connection): Blocking[] {
  const wanted = connection.dst.includes(":") ? "ip6" : "ip";
  const found: Blocking[] = [];
  for (const chain of firewall.chains) {
    if (chain.hook !== connection.hook || (chain.family !== wanted && chain.family !== "inet")) continue;
    const end = walk(firewall, chain, connection, true, found, 0);
    if (end === "through" && chain.policy === "drop") found.push({ chain, verdict: "drop", certain: true });
    else if (end === "perhaps" && chain.policy === "drop")
      found.push({ chain, verdict: "drop", certain: false });
  }
  return found;
}

type End = "decided" | "through" | "perhaps";

/** Follows a chain; "through" means that nothing in it decided. Depth as in the kernel: 16 jumps. */
function walk(
  firewall: Firewall,
  chain: FirewallChain,
  connection: Connection,
  certain: boolean,
  found: Blocking[],
  depth: number,
): End {
  let perhaps = false;
  for (const rule of chain.rules) {
    const match = matches(rule, connection);
    if (match === "no" || rule.verdict === "continue") continue;
    const sure = certain && match === "yes" && !perhaps;
    if (rule.verdict === "reject" || rule.verdict === "drop") {
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
      const end = walk(firewall, next, connection, sure, found, depth + 1);
      if (end === "decided" && match === "yes") return "decided";
      if (end !== "through") perhaps = true;
      if (rule.verdict === "goto" && match === "yes") return end;
    }
  }
  return perhaps ? "perhaps" : "through";
}

function matches(
  rule: FirewallRule,
  { dst, port, src, uid, interface: name, hook }: Connection,
): "yes" | "no" | "perhaps" {
  if (rule.protocol !== undefined && !["tcp", "6", "all", "0"].includes(rule.protocol)) return "no";
  if (rule.destinationPorts?.every(({ from, to }) => port < from || port > to) === true) return "no";
  if (rule.destinations?.every((range) => inRange(dst, range) === false) === true) return "no";
  if (src !== undefined && rule.sources?.every((range) => inRange(src, range) === false) === true)
    return "no";
  if (rule.states?.every((state) => state.toUpperCase() !== "NEW") === true) return "no";
  if (uid !== undefined && rule.uids?.every(({ from, to }) => uid < from || uid > to) === true) return "no";
  const wantedInterface = hook === "output" ? rule.outInterface : rule.inInterface;
  if (wantedInterface !== undefined && name !== undefined && !sameInterface(wantedInterface, name))
    return "no";
  const open =
    rule.unjudged ||
    (rule.sources !== undefined &&
      (src === undefined || rule.sources.every((range) => inRange(src, range) !== true))) ||
    (uid === undefined && rule.uids !== undefined) ||
    (wantedInterface !== undefined && name === undefined) ||
    rule.destinations?.some((range) => inRange(dst, range) === undefined) === true;
  return open ? "perhaps" : "yes";
}

function sameInterface(pattern: string, name: string): boolean {
  return pattern.endsWith("+") || pattern.endsWith("*")
    ? name.startsWith(pattern.slice(0, -1))
    : pattern === name;
}
