import {
  type Condition,
  firewallSchema,
  type Firewall,
  type FirewallChain,
  type FirewallRule,
} from "./firewall-rule.ts";
import { type NamedSets, namedSets, listOf } from "./nft-sets.ts";
import { ran, type Output } from "./output.ts";

export const nftSchema = firewallSchema;

const CHAIN = /^\tchain (\S{1,128}) \{$/;
const TABLE = /^table (\S{1,10}) (\S{1,128}) \{$/;
const TOKENS = /"(?:[^"\\]|\\.)*"|\{[^}]*\}|[^\s{}"]+/g;

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
      readLine(chain, line.trim().slice(0, 8000), sets.get(`${table.family} ${table.name}`));
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
    chain.rules.push(...new RuleText(line, sets).rules());
}

const FIELDS: Readonly<Record<string, Condition["field"]>> = {
  "tcp dport": "destination-port",
  "th dport": "destination-port",
  "tcp sport": "source-port",
  "th sport": "source-port",
  "ip daddr": "destination",
  "ip6 daddr": "destination",
  "ip saddr": "source",
  "ip6 saddr": "source",
  "ip protocol": "protocol",
  "ip6 nexthdr": "protocol",
  "meta l4proto": "protocol",
  "meta skuid": "user",
  "meta oifname": "out",
  "meta oif": "out",
  "meta iifname": "in",
  "meta iif": "in",
  "ct state": "state",
};
/** Headers that a TCP packet does not have. */
const OTHER_PROTOCOLS = new Set([
  "udp",
  "udplite",
  "sctp",
  "dccp",
  "icmp",
  "icmpv6",
  "igmp",
  "esp",
  "ah",
  "comp",
]);
/** What is printed without "meta", too. */
const BARE: Readonly<Record<string, string>> = {
  l4proto: "meta l4proto",
  skuid: "meta skuid",
  oifname: "meta oifname",
  oif: "meta oif",
  iifname: "meta iifname",
  iif: "meta iif",
};

/** Reads a rule's words from left to right; a word that is not known makes it one that matches perhaps. */
class RuleText {
  readonly #words: readonly string[];
  readonly #sets: NamedSets | undefined;
  readonly #rule: FirewallRule;
  #at = 0;

  constructor(line: string, sets: NamedSets | undefined) {
    this.#words = line.match(TOKENS) ?? [];
    this.#sets = sets;
    this.#rule = { verdict: "continue", conditions: [], unjudged: false, text: line.slice(0, 1000) };
  }

  /** One rule, or one for each element of its verdict map. */
  rules(): FirewallRule[] {
    while (this.#at < this.#words.length) {
      const mapped = this.#read();
      if (mapped !== undefined) return mapped;
    }
    return [this.#rule];
  }

  #peek(ahead = 0): string {
    return this.#words[this.#at + ahead] ?? "";
  }

  #next(): string {
    return this.#words[this.#at++] ?? "";
  }

  /** Reads one statement. @returns the rules of a verdict map, which ends a rule */
  #read(): FirewallRule[] | undefined {
    const rule = this.#rule;
    const word = this.#next();
    const pair = FIELDS[`${word} ${this.#peek()}`] === undefined ? BARE[word] : `${word} ${this.#next()}`;
    const field = pair === undefined ? undefined : FIELDS[pair];
    if (field !== undefined) return this.#condition(field, pair?.startsWith("tcp") === true);
    if (OTHER_PROTOCOLS.has(word)) {
      rule.conditions.push({ field: "protocol", any: [word], not: false });
      // What a header's field must hold does not matter: no TCP packet has such a header.
      this.#at += this.#peek(1) === "!=" ? 3 : 2;
    } else if (word === "counter") this.#counter();
    else if (word === "comment") this.#at += 1;
    else if (word === "xt" && this.#peek() === "match" && this.#peek(1) === '"comment"') this.#at += 2;
    else if (word === "log") this.#log();
    else if (word === "reject" || (word === "xt" && /REJECT/.test(this.#peek(1)))) this.#reject();
    else if (word === "redirect" || word === "dnat") this.#redirect(word);
    else if (!setVerdict(rule, word, () => this.#next())) rule.unjudged = true;
    return undefined;
  }

  #condition(field: Condition["field"], tcp: boolean): FirewallRule[] | undefined {
    const rule = this.#rule;
    if (tcp) rule.conditions.push({ field: "protocol", any: ["tcp"], not: false });
    const not = this.#peek() === "!=";
    if (not) this.#at += 1;
    // A concatenation is judged as a whole or not at all.
    if (this.#peek() === ".") {
      rule.unjudged = true;
      this.#at += 1;
      return undefined;
    }
    if (this.#peek() === "vmap") {
      this.#at += 1;
      return this.#verdictMap(field, this.#next());
    }
    const any = listOf(this.#next(), this.#sets);
    if (any === undefined) rule.unjudged = true;
    else rule.conditions.push({ field, any: [...any], not });
    return undefined;
  }

  #verdictMap(field: Condition["field"], text: string): FirewallRule[] {
    const elements = listOf(text, this.#sets)?.map((one) => /^(\S+) : (\S+)(?: (\S+))?$/.exec(one));
    if (elements === undefined || elements.some((one) => one === null) || this.#rule.unjudged)
      return [{ ...this.#rule, verdict: "accept", unjudged: true }];
    return elements.flatMap((one) => {
      const [, key = "", verdict = "", target = ""] = one ?? [];
      const conditions = [...this.#rule.conditions, { field, any: [key], not: false }];
      const rule: FirewallRule = { ...this.#rule, conditions };
      if (!setVerdict(rule, verdict, () => target)) rule.unjudged = true;
      return [rule];
    });
  }

  #counter(): void {
    if (this.#peek() === "packets") {
      this.#rule.packets = Number(this.#peek(1)) || 0;
      this.#at += 4;
    } else if (this.#peek() === "name") this.#at += 2;
  }

  #log(): void {
    while (
      /^(?:prefix|level|group|flags|snaplen|queue-threshold|all|".*"|\w{1,10})$/.test(this.#peek()) &&
      !/^(?:accept|drop|reject|return|jump|goto|counter)$/.test(this.#peek())
    )
      this.#at += 1;
  }

  #reject(): void {
    this.#rule.verdict = "reject";
    if (this.#peek() === "with") {
      const [, kind, how = kind, type = ""] = this.#words.slice(this.#at);
      this.#rule.rejectWith = kind === "tcp" ? "tcp-reset" : `icmp-${how === "type" ? type : how}`;
    }
    this.#at = this.#words.length;
  }

  #redirect(word: string): void {
    const rule = this.#rule;
    rule.verdict = "redirect";
    if (/^ip6?$/.test(this.#peek())) this.#at += 1;
    if (this.#peek() === "to") {
      this.#at += 1;
      const to = this.#next();
      rule.sendsTo = to;
      if (!/^(?:[\d.]+|\[[\da-f:]+\])?(?::\d+)?$/.test(to)) rule.unjudged = true;
    } else if (word === "dnat") rule.unjudged = true;
    this.#at = this.#words.length;
  }
}

function setVerdict(rule: FirewallRule, word: string, next: () => string): boolean {
  if (word === "jump" || word === "goto") {
    rule.verdict = word;
    rule.target = next();
    return true;
  }
  if (word !== "accept" && word !== "drop" && word !== "return" && word !== "continue") return false;
  rule.verdict = word;
  return true;
}
