import { z } from "zod";
import { type Blocking, blockingRules, type Connection } from "../parsers/firewall-rule.ts";
import { parseIptablesSave } from "../parsers/iptables-save.ts";
import { parseNft } from "../parsers/nft.ts";
import type { FactSet } from "./facts.ts";
import type { Side } from "./side.ts";

/** False: no rules could be read, so none is known to be absent. */
export function firewallSeen(facts: FactSet): boolean {
  const read = (check: string): boolean =>
    facts.results(check).some((r) => r.end === "exited" && r.exitCode === 0);
  const gone = (check: string): boolean => facts.results(check).some((r) => r.end === "missing");
  return (read("firewall") || gone("firewall")) && (read("firewall-nft") || gone("firewall-nft"));
}

/** What stops a connection on its way in. */
export interface Blocked {
  readonly rule: string;
  readonly drop: boolean;
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
  const src = /\bsrc (\S+)/.exec(route ?? "")?.[1];
  const name = interfaceOf(there.facts, dst);
  const connection = {
    dst,
    port,
    hook: "input" as const,
    ...(src === undefined ? {} : { src }),
    ...(name === undefined ? {} : { interface: name }),
  };
  const rules = rulesFor(there.facts, connection);
  const sure = rules.find((r) => r.certain);
  if (sure === undefined) return { seen: rules.length === 0 && firewallSeen(there.facts) };
  return { seen: true, rule: said(sure) };
}

/**
 * The rule (or a chain's policy) of nginx's own machine that surely stops its connections to a peer: on the way out,
 * and on the way in again where the peer is on the same machine.
 * @param route what `ip route get` printed for a peer that is not
 */
export function blockedHere(
  facts: FactSet,
  dst: string,
  port: number,
  local: boolean,
  route: string | undefined,
): Blocked | undefined {
  const [src, name] = local
    ? [dst, "lo"]
    : [/\bsrc (\S+)/.exec(route ?? "")?.[1], /\bdev (\S+)/.exec(route ?? "")?.[1]];
  const hooks = local ? (["output", "input"] as const) : (["output"] as const);
  const sure = hooks
    .flatMap((hook) =>
      rulesFor(facts, {
        dst,
        port,
        hook,
        ...(src === undefined ? {} : { src }),
        ...(name === undefined ? {} : { interface: name }),
      }),
    )
    .find((r) => r.certain);
  return sure && said(sure);
}

function rulesFor(facts: FactSet, connection: Connection): Blocking[] {
  return [
    ...facts.results("firewall").map(parseIptablesSave),
    ...facts.results("firewall-nft").map(parseNft),
  ].flatMap((firewall) => (firewall === undefined ? [] : blockingRules(firewall, connection)));
}

function said(sure: Blocking): Blocked {
  const rule = sure.rule?.text ?? `:${sure.chain.name} policy drop`;
  return { rule: uncounted(rule), drop: sure.verdict === "drop" };
}

/** The rule without its packet counters, which change from one look to the next. */
export function uncounted(rule: string): string {
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
