import {
  type Condition,
  firewallSchema,
  type Firewall,
  type FirewallChain,
  type FirewallRule,
} from "./firewall-rule.ts";
import { linesOf, ran, toInt, type Output } from "./output.ts";

export const iptablesSaveSchema = firewallSchema;

const HOOKS = new Set(["INPUT", "OUTPUT", "FORWARD", "PREROUTING", "POSTROUTING"]);
const VERDICTS: Readonly<Record<string, FirewallRule["verdict"]>> = {
  ACCEPT: "accept",
  DROP: "drop",
  REJECT: "reject",
  RETURN: "return",
  REDIRECT: "redirect",
  DNAT: "redirect",
};
const NOT_TERMINAL = new Set([
  "LOG",
  "NFLOG",
  "MARK",
  "CONNMARK",
  "TCPMSS",
  "SECMARK",
  "CONNSECMARK",
  "AUDIT",
  "SET",
  "DSCP",
  "TOS",
  "CT",
  "NOTRACK",
  "TRACE",
  "CLASSIFY",
]);

/**
 * Chains and rules from `iptables-save -c` (or ip6tables-save), with counters. Only root may read them: without
 * rights the command prints nothing, which is undefined; a host without rules prints its tables or nothing at exit 0.
 */
export function parseIptablesSave(output: Output): Firewall | undefined {
  if (
    !ran(output) ||
    output.exitCode !== 0 ||
    /Permission denied|must be root|Operation not permitted/i.test(output.stderr)
  )
    return undefined;
  const chains = new Map<string, FirewallChain>();
  const family = /ip6tables/.test(output.stdout.slice(0, 200)) ? "ip6" : "ip";
  let table = "filter";
  for (const line of linesOf(output.stdout)) {
    if (line.startsWith("*")) table = line.slice(1).trim();
    const chain = /^:(\S{1,64}) (ACCEPT|DROP|-)/.exec(line);
    if (chain !== null) {
      const name = chain[1] ?? "";
      const policy = chain[2] === "ACCEPT" ? "accept" : chain[2] === "DROP" ? "drop" : undefined;
      chains.set(`${table} ${name}`, {
        family,
        table,
        name,
        hook: HOOKS.has(name) ? name.toLowerCase() : undefined,
        nat: table === "nat",
        policy,
        rules: [],
      });
    }
    const rule = /^(?:\[(\d{1,20}):\d{1,20}\] )?-A (\S{1,64}) (.{0,4000})$/.exec(line);
    if (rule !== null)
      chains.get(`${table} ${rule[2] ?? ""}`)?.rules.push(ruleOf(rule[3] ?? "", toInt(rule[1]), line));
  }
  if (chains.size === 0 && output.stdout.trim() !== "") return undefined;
  return { chains: [...chains.values()] };
}

function ruleOf(options: string, packets: number | undefined, text: string): FirewallRule {
  const words = options.match(/"(?:[^"\\]|\\.)*"|\S+/g) ?? [];
  const rule: FirewallRule = {
    verdict: "continue",
    conditions: [],
    concatenations: [],
    unjudged: false,
    packets,
    text: text.slice(0, 1000),
  };
  let not = false;
  for (let at = 0; at < words.length; at += 1) {
    const word = words[at] ?? "";
    const value = words[at + 1] ?? "";
    const field = FIELDS[word];
    const reader = READERS[word];
    if (word === "!") {
      not = true;
      continue;
    }
    if (field !== undefined) rule.conditions.push({ ...field(value), not });
    else if (reader !== undefined && !not) reader(rule, value);
    else if (word.startsWith("-")) rule.unjudged = true;
    if (field !== undefined || reader !== undefined) at += 1;
    not = false;
  }
  return rule;
}

type Read = (value: string) => Omit<Condition, "not">;

const list =
  (field: Condition["field"]): Read =>
  (value) => ({ field, any: value.split(",") });
const ports =
  (field: Condition["field"]): Read =>
  (value) => ({ field, any: value.split(",").map((one) => one.replace(":", "-")) });

const FIELDS: Readonly<Record<string, Read>> = {
  "-p": list("protocol"),
  "-d": list("destination"),
  "-s": list("source"),
  "-o": list("out"),
  "-i": list("in"),
  "--dport": ports("destination-port"),
  "--dports": ports("destination-port"),
  "--sport": ports("source-port"),
  "--sports": ports("source-port"),
  "--dst-range": list("destination"),
  "--src-range": list("source"),
  "--uid-owner": list("user"),
  "--state": list("state"),
  "--ctstate": list("state"),
};

const READERS: Readonly<Record<string, (rule: FirewallRule, value: string) => void>> = {
  "--reject-with": (rule, value) => void (rule.rejectWith = value),
  "--to-ports": (rule, value) => sendTo(rule, `:${value}`),
  "--to-destination": sendTo,
  "-m": (rule, value) => {
    if (!["tcp", "multiport", "owner", "state", "conntrack", "comment", "iprange"].includes(value))
      rule.unjudged = true;
  },
  "--comment": () => undefined,
  "-j": (rule, value) => {
    rule.verdict = VERDICTS[value] ?? (NOT_TERMINAL.has(value) || HOOKS.has(value) ? "continue" : "jump");
    if (rule.verdict === "jump") rule.target = value;
  },
  "-g": (rule, value) => {
    rule.verdict = "goto";
    rule.target = value;
  },
};

/** One address and port; several, of which the kernel takes one, are not judged. */
function sendTo(rule: FirewallRule, value: string): void {
  rule.sendsTo = value;
  if (value.includes("-")) rule.unjudged = true;
}
