import { inRange } from "./address-range.ts";
import type { Concatenation, Field, FirewallRule } from "./firewall-rule.ts";

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

type Match = "yes" | "no" | "perhaps";

/** Whether a rule's conditions hold for a packet; "perhaps" where one of them cannot be judged from outside. */
export function matches(rule: FirewallRule, packet: Packet): Match {
  const each = [
    ...rule.conditions.map(({ field, any, not }) => unless(not, judge(field, any, packet))),
    ...rule.concatenations.map((one) => unless(one.not, together(one, packet))),
  ];
  if (each.includes("no")) return "no";
  return rule.unjudged || each.includes("perhaps") ? "perhaps" : "yes";
}

function unless(not: boolean, match: Match): Match {
  if (!not || match === "perhaps") return match;
  return match === "yes" ? "no" : "yes";
}

function judge(field: Field | null, any: readonly string[], packet: Packet): Match {
  if (any.includes("*")) return "yes";
  if (field === null) return any.length === 0 ? "no" : "perhaps";
  // A value with more words than one (an element with a limit of its own) is not known to be met.
  const plain = any.filter((one) => !one.includes(" "));
  const match = JUDGES[field](plain, packet);
  return match === "no" && plain.length < any.length ? "perhaps" : match;
}

/**
 * An element is met when all its values are. A port that a client's system chose is judged at the end, by the ports of
 * all elements that are met else: without such a port those are "*".
 */
function together({ fields, any }: Concatenation, packet: Packet): Match {
  const chosen = fields.findIndex(
    (field) =>
      (field === "destination-port" && packet.port === undefined) ||
      (field === "source-port" && packet.sourcePort === undefined),
  );
  const sure: string[] = [];
  const perhaps: string[] = [];
  for (const element of any) {
    const match = met(fields, element, chosen, packet);
    if (match !== "no") (match === "yes" ? sure : perhaps).push(element[chosen] ?? "*");
  }
  const field = fields[chosen] ?? null;
  if (judge(field, sure, packet) === "yes") return "yes";
  return judge(field, [...sure, ...perhaps], packet) === "no" ? "no" : "perhaps";
}

function met(
  fields: Concatenation["fields"],
  element: readonly string[],
  chosen: number,
  packet: Packet,
): Match {
  if (element.length !== fields.length) return "perhaps";
  let perhaps = false;
  for (const [i, field] of fields.entries()) {
    const match = i === chosen ? "yes" : judge(field, element.slice(i, i + 1), packet);
    if (match === "no") return "no";
    perhaps ||= match === "perhaps";
  }
  return perhaps ? "perhaps" : "yes";
}

type Judge = (any: readonly string[], packet: Packet) => Match;

const some = (any: readonly string[], test: (one: string) => boolean): Match =>
  any.some(test) ? "yes" : "no";

// A packet on its way in has left nowhere, and one on its way out came in nowhere.
const byInterface =
  (hooks: readonly Packet["hook"][]): Judge =>
  (any, { hook, interface: name }) =>
    name === undefined || !hooks.includes(hook) ? "perhaps" : some(any, (one) => sameInterface(one, name));

const JUDGES: Readonly<Record<Field, Judge>> = {
  family: (any, { dst }) => some(any, (one) => one === (dst.includes(":") ? "ipv6" : "ipv4")),
  protocol: (any) => some(any, (one) => ["tcp", "6", "all", "0"].includes(one)),
  state: (any, { answer }) =>
    some(any, (one) => one.toUpperCase() === (answer === true ? "ESTABLISHED" : "NEW")),
  source: (any, { src }) => (src === undefined ? "perhaps" : within(src, any)),
  destination: (any, { dst }) => within(dst, any),
  "source-port": (any, { sourcePort }) => portIn(sourcePort, any),
  "destination-port": (any, { port }) => portIn(port, any),
  // On its way in a packet is of no socket yet.
  user: (any, { uid, hook }) =>
    uid === undefined || hook === "prerouting" || hook === "input" ? "perhaps" : among(uid, any),
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
  if (port !== undefined) return among(port, spans);
  if (spans.some((span) => spanHas(span, CHOSEN_FROM, CHOSEN_TO))) return "yes";
  const met = spans.reduce((sum, span) => sum + shared(span, CHOSEN_FROM, CHOSEN_TO), 0);
  return met > FEW || !spans.every(isSpan) ? "perhaps" : "no";
}

/** A name instead of a number ("ssh", "www-data") is not looked up. */
function among(number: number, spans: readonly string[]): Match {
  if (spans.some((span) => spanHas(span, number, number))) return "yes";
  return spans.every(isSpan) ? "no" : "perhaps";
}

const isSpan = (span: string): boolean => !ends(span).some(Number.isNaN);

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
