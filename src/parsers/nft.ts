import { z } from "zod";
import { firewallSchema, type Firewall, type FirewallChain, type FirewallRule } from "./firewall-rule.ts";
import { parseNftText } from "./nft-text.ts";
import { ran, toJson, type Output } from "./output.ts";

export const nftSchema = firewallSchema;

const loose = z.looseObject({});
const ruleset = z.looseObject({ nftables: z.array(loose) });
const chainSchema = z.looseObject({
  family: z.string(),
  table: z.string(),
  name: z.string(),
  hook: z.string().optional(),
  policy: z.string().optional(),
});
const ruleSchema = z.looseObject({
  family: z.string(),
  table: z.string(),
  chain: z.string(),
  expr: z.array(loose),
});
const matchSchema = z.looseObject({ op: z.string(), left: z.unknown().optional(), right: z.unknown() });
const xtSchema = z.looseObject({ type: z.literal("target"), name: z.string() });
const targetSchema = z.looseObject({ target: z.string() });

/** Chains and rules from `nft [-j] list ruleset` (root only). In JSON, iptables-nft's own matches are unjudged conditions. */
export function parseNft(output: Output): Firewall | undefined {
  if (!ran(output) || output.exitCode !== 0) return undefined;
  if (!output.stdout.trimStart().startsWith("{")) return parseNftText(output.stdout);
  const parsed = ruleset.safeParse(toJson(output.stdout));
  if (!parsed.success) return undefined;
  const chains = new Map<string, FirewallChain>();
  for (const item of parsed.data.nftables) {
    const chain = chainSchema.safeParse(item["chain"]);
    const family = chain.success ? familyOf(chain.data.family) : undefined;
    if (chain.success && family !== undefined) {
      const { table, name, hook, policy } = chain.data;
      const known = policy === "accept" || policy === "drop" ? policy : undefined;
      chains.set(`${family} ${table} ${name}`, { family, table, name, hook, policy: known, rules: [] });
    }
    const rule = ruleSchema.safeParse(item["rule"]);
    if (rule.success)
      chains
        .get(`${rule.data.family} ${rule.data.table} ${rule.data.chain}`)
        ?.rules.push(ruleOf(rule.data.expr));
  }
  return { chains: [...chains.values()] };
}

function familyOf(text: string): FirewallChain["family"] | undefined {
  return text === "ip" || text === "ip6" || text === "inet" ? text : undefined;
}

function ruleOf(expressions: readonly Record<string, unknown>[]): FirewallRule {
  const rule: FirewallRule = {
    verdict: "continue",
    unjudged: false,
    text: JSON.stringify(expressions).slice(0, 1000),
  };
  for (const expression of expressions) {
    const match = matchSchema.safeParse(expression["match"]);
    if (match.success) addMatch(rule, match.data);
    else if ("counter" in expression)
      rule.packets = z.looseObject({ packets: z.number() }).safeParse(expression["counter"]).data?.packets;
    else if ("accept" in expression) rule.verdict = "accept";
    else if ("drop" in expression) rule.verdict = "drop";
    else if ("return" in expression) rule.verdict = "return";
    else if (xtSchema.safeParse(expression["xt"]).data?.name === "REJECT") rule.verdict = "reject";
    else if ("vmap" in expression) {
      // Decides some connections; which ones is not judged here.
      rule.verdict = "accept";
      rule.unjudged = true;
    } else if ("reject" in expression) {
      rule.verdict = "reject";
      const how = z
        .looseObject({ type: z.string().optional(), expr: z.unknown().optional() })
        .safeParse(expression["reject"]).data;
      rule.rejectWith =
        how?.type === "tcp reset"
          ? "tcp-reset"
          : typeof how?.expr === "string"
            ? `icmp-${how.expr}`
            : undefined;
    } else if ("jump" in expression || "goto" in expression) {
      const verdict = "jump" in expression ? "jump" : "goto";
      rule.verdict = verdict;
      rule.target = targetSchema.safeParse(expression[verdict]).data?.target;
    } else if (
      !("comment" in expression || "log" in expression || "mangle" in expression || "notrack" in expression)
    )
      rule.unjudged = true;
  }
  return rule;
}

const payloadSchema = z.looseObject({
  payload: z.looseObject({ protocol: z.string().optional(), field: z.string() }),
});
const metaSchema = z.looseObject({ meta: z.looseObject({ key: z.string() }) });
const ctSchema = z.looseObject({ ct: z.looseObject({ key: z.string() }) });

function addMatch(rule: FirewallRule, { op, left, right }: z.infer<typeof matchSchema>): void {
  if (op !== "==" && op !== "in") {
    rule.unjudged = true;
    return;
  }
  const payload = payloadSchema.safeParse(left).data?.payload;
  const key = metaSchema.safeParse(left).data?.meta.key;
  const words = wordsOf(right);
  const numbers = spansOf(right);
  if (payload?.field === "dport" && numbers !== undefined) {
    rule.destinationPorts = numbers;
    rule.protocol ??= payload.protocol === "th" ? undefined : payload.protocol;
  } else if (payload?.field === "daddr" && words !== undefined) rule.destinations = words;
  else if (payload?.field === "saddr" && words !== undefined) rule.sources = words;
  else if (
    (payload?.field === "protocol" || payload?.field === "nexthdr" || key === "l4proto") &&
    words?.length === 1
  )
    rule.protocol = words[0];
  else if (key === "skuid" && numbers !== undefined) rule.uids = numbers;
  else if ((key === "oifname" || key === "oif") && words?.length === 1) rule.outInterface = words[0];
  else if ((key === "iifname" || key === "iif") && words?.length === 1) rule.inInterface = words[0];
  else if (ctSchema.safeParse(left).data?.ct.key === "state" && words !== undefined) rule.states = words;
  else rule.unjudged = true;
}

/** A value, a prefix, a range or a set of those as text; undefined for what is named elsewhere ("@set"). */
function wordsOf(value: unknown): string[] | undefined {
  if (typeof value === "number") return [String(value)];
  if (typeof value === "string") return value.startsWith("@") ? undefined : [value];
  if (Array.isArray(value)) return all(value);
  const set = z.looseObject({ set: z.array(z.unknown()) }).safeParse(value).data?.set;
  if (set !== undefined) return all(set);
  const prefix = z
    .looseObject({ prefix: z.looseObject({ addr: z.string(), len: z.number() }) })
    .safeParse(value).data?.prefix;
  if (prefix !== undefined) return [`${prefix.addr}/${prefix.len}`];
  const range = z
    .looseObject({ range: z.array(z.union([z.string(), z.number()])).length(2) })
    .safeParse(value).data?.range;
  return range === undefined ? undefined : [range.join("-")];
}

function all(values: readonly unknown[]): string[] | undefined {
  const parts = values.slice(0, 5000).map((one) => wordsOf(one));
  return parts.every((part) => part !== undefined) ? parts.flat() : undefined;
}

function spansOf(value: unknown): { from: number; to: number }[] | undefined {
  const parts = wordsOf(value)?.map((word) => /^(\d{1,10})(?:-(\d{1,10}))?$/.exec(word));
  if (parts === undefined || parts.some((part) => part === null)) return undefined;
  return parts.map((part) => ({ from: Number(part?.[1]), to: Number(part?.[2] ?? part?.[1]) }));
}
