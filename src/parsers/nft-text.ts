import type { Firewall, FirewallChain, FirewallRule } from "./firewall-rule.ts";

const CHAIN = /^\tchain (\S{1,128}) \{$/;
const TABLE = /^table (\S{1,10}) (\S{1,128}) \{$/;
const TOKENS = /"(?:[^"\\]|\\.)*"|\{[^}]*\}|[^\s{}"]+/g;

/** Chains and rules from the text of `nft list ruleset`, which spells out iptables-nft's matches where its JSON does not. */
export function parseNftText(text: string): Firewall | undefined {
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
        policy: undefined,
        rules: [],
      };
      chains.push(chain);
    } else if (line === "\t}" || line === "}") chain = undefined;
    else if (chain !== undefined && line.startsWith("\t\t")) readLine(chain, line.trim().slice(0, 8000));
  }
  return tables === 0 && text.trim() !== "" ? undefined : { chains };
}

function readLine(chain: FirewallChain, line: string): void {
  const hook = /^type (?:filter|route) hook (\S{1,32}) /.exec(line);
  if (hook !== null) {
    const policy = /; policy (accept|drop);/.exec(line)?.[1];
    chain.hook = hook[1];
    // A base chain without a word about its policy accepts.
    chain.policy = policy === "drop" ? "drop" : "accept";
  } else if (line !== "" && !line.startsWith("#") && !/^(?:type|comment|policy) /.test(line))
    chain.rules.push(ruleOf(line));
}

/** Reads the words from left to right; a word that is not known makes the rule one that matches perhaps. */
function ruleOf(line: string): FirewallRule {
  const rule: FirewallRule = { verdict: "continue", unjudged: false, text: line.slice(0, 1000) };
  const words: readonly string[] = line.match(TOKENS) ?? [];
  if (words.includes("vmap") && !/^(?:meta )?ct state vmap /.test(line)) {
    perhaps(rule);
    return rule;
  }
  let at = 0;
  const next = (): string => words[at++] ?? "";
  const value = (): string => {
    const word = next();
    if (word !== "!=") return word;
    rule.unjudged = true;
    next();
    return "";
  };
  while (at < words.length) {
    const word = next();
    if (word === "meta") continue;
    const pair = `${word} ${words[at] ?? ""}`;
    if (/^(?:tcp|udp|th|sctp) [ds]port$/.test(pair)) {
      if (word !== "th") rule.protocol = word;
      at += 1;
      const found = value();
      if (pair.endsWith("dport") && found !== "") assign(rule, "destinationPorts", spansOf(found));
      else rule.unjudged = true;
    } else if (/^ip6? [ds]addr$/.test(pair)) {
      at += 1;
      const found = value();
      if (found !== "") assign(rule, pair.endsWith("daddr") ? "destinations" : "sources", listOf(found));
    } else if (pair === "ip protocol" || pair === "ip6 nexthdr") {
      at += 1;
      protocol(rule, value());
    } else if (word === "l4proto") protocol(rule, value());
    else if (word === "skuid") assign(rule, "uids", spansOf(value()));
    else if (word === "oifname" || word === "oif")
      rule.outInterface = only(rule, value()) ?? rule.outInterface;
    else if (word === "iifname" || word === "iif") rule.inInterface = only(rule, value()) ?? rule.inInterface;
    else if (pair === "ct state") {
      at += 1;
      if (words[at] === "vmap") {
        at += 1;
        if (/\bnew :/.test(next())) perhaps(rule);
        else return rule;
      } else
        rule.states = value()
          .replace(/[{}]/g, "")
          .split(",")
          .map((one) => one.trim());
    } else if (word === "counter") {
      if (words[at] === "packets") {
        rule.packets = Number(words[at + 1]) || 0;
        at += 4;
      } else if (words[at] === "name") at += 2;
    } else if (word === "comment") at += 1;
    else if (word === "log")
      while (
        /^(?:prefix|level|group|flags|snaplen|queue-threshold|all|".*"|\w{1,10})$/.test(words[at] ?? "") &&
        !/^(?:accept|drop|reject|return|jump|goto|counter)$/.test(words[at] ?? "")
      )
        at += 1;
    else if (word === "accept" || word === "drop" || word === "return") rule.verdict = word;
    else if (word === "jump" || word === "goto") {
      rule.verdict = word;
      rule.target = next();
    } else if (word === "reject" || (pair === "xt target" && /REJECT/.test(words[at + 1] ?? ""))) {
      rule.verdict = "reject";
      if (words[at] === "with")
        rule.rejectWith =
          words[at + 1] === "tcp"
            ? "tcp-reset"
            : `icmp-${(words[at + 2] ?? words[at + 1] ?? "").replace(/^type$/, words[at + 3] ?? "")}`;
      return rule;
    } else rule.unjudged = true;
  }
  return rule;
}

/** A verdict map: decides some connections, which ones is not judged here. */
function perhaps(rule: FirewallRule): void {
  rule.verdict = "accept";
  rule.unjudged = true;
}

function protocol(rule: FirewallRule, text: string): void {
  const names = listOf(text) ?? [];
  if (names.includes("tcp") || names.includes("6")) rule.protocol = "tcp";
  else if (names.length > 0) rule.protocol = names[0];
  else rule.unjudged = true;
}

function only(rule: FirewallRule, text: string): string | undefined {
  const names = listOf(text);
  if (names?.length === 1) return names[0];
  rule.unjudged = true;
  return undefined;
}

function assign<K extends "destinationPorts" | "destinations" | "sources" | "uids">(
  rule: FirewallRule,
  key: K,
  found: FirewallRule[K],
): void {
  if (found === undefined) rule.unjudged = true;
  else rule[key] = found;
}

/** `{ a, b }`, `"lo"` or one word; undefined for a set that is defined elsewhere. */
function listOf(text: string): string[] | undefined {
  if (text === "" || text.includes("@") || (text.includes(":") && text.includes(" : "))) return undefined;
  return text
    .replace(/^\{|\}$/g, "")
    .split(",")
    .map((one) => one.trim().replace(/^"|"$/g, ""))
    .filter((one) => one !== "");
}

function spansOf(text: string): { from: number; to: number }[] | undefined {
  const parts = listOf(text)?.map((one) => /^(\d{1,10})(?:-(\d{1,10}))?$/.exec(one));
  if (parts === undefined || parts.length === 0 || parts.some((part) => part === null)) return undefined;
  return parts.map((part) => ({ from: Number(part?.[1]), to: Number(part?.[2] ?? part?.[1]) }));
}
