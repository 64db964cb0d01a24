import { firewallSchema, type Firewall, type FirewallChain } from "./firewall-rule.ts";
import { rulesOf } from "./nft-rule.ts";
import { type NamedSets, namedSets } from "./nft-sets.ts";
import { ran, type Output } from "./output.ts";

export const nftSchema = firewallSchema;

const CHAIN = /^\tchain (\S{1,128}) \{$/;
const TABLE = /^table (\S{1,10}) (\S{1,128}) \{$/;

/**
 * Chains and rules from the text of `nft list ruleset` (root only), which spells out iptables-nft's matches where its
 * JSON does not. Named sets and verdict maps are read into the rules that use them.
 */
export function parseNft(output: Output): Firewall | undefined {
  if (!ran(output) || output.exitCode !== 0) return undefined;
  const text = output.stdout;
  const sets = namedSets(text);
  const chains: FirewallChain[] = [];
  let table: { family: FirewallChain["family"]; name: string } | undefined;
  let chain: FirewallChain | undefined;
  let tables = 0;
  for (const line of text.split("\n")) {
    const head = TABLE.exec(line);
    if (head !== null) {
      const [, family, name = ""] = head;
      table = family === "ip" || family === "ip6" || family === "inet" ? { family, name } : undefined;
      chain = undefined;
      tables += 1;
    } else if (table !== undefined && CHAIN.test(line)) {
      chain = {
        family: table.family,
        table: table.name,
        name: CHAIN.exec(line)?.[1] ?? "",
        hook: undefined,
        nat: false,
        policy: undefined,
        rules: [],
      };
      chains.push(chain);
    } else if (line === "\t}" || line === "}") chain = undefined;
    else if (chain !== undefined && table !== undefined && line.startsWith("\t\t"))
      readLine(chain, line.trim(), sets.get(`${table.family} ${table.name}`));
  }
  return tables === 0 && text.trim() !== "" ? undefined : { chains };
}

function readLine(chain: FirewallChain, line: string, sets: NamedSets | undefined): void {
  const hook = /^type (filter|route|nat) hook (\S{1,32}) /.exec(line);
  if (hook !== null) {
    const policy = /; policy (accept|drop);/.exec(line)?.[1];
    chain.nat = hook[1] === "nat";
    chain.hook = hook[2];
    // A base chain without a word about its policy accepts.
    chain.policy = policy === "drop" ? "drop" : "accept";
  } else if (line !== "" && !line.startsWith("#") && !/^(?:type|comment|policy) /.test(line))
    chain.rules.push(...rulesOf(line, sets));
}
