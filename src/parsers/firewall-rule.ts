import { z } from "zod";

const fieldSchema = z.enum([
  "family",
  "protocol",
  "source",
  "destination",
  "source-port",
  "destination-port",
  "user",
  "in",
  "out",
  "state",
]);
export type Field = z.infer<typeof fieldSchema>;

const conditionSchema = z.object({
  field: fieldSchema,
  /** Any of these: "tcp", "10.0.0.0/8", "3000-3010", "lo", "established"; "*" is everything. */
  any: z.array(z.string()),
  /** The rule matches what is none of them. */
  not: z.boolean(),
});
export type Condition = z.infer<typeof conditionSchema>;

const concatenationSchema = z.object({
  /** What is looked at together; null: something that this reader does not judge. */
  fields: z.array(fieldSchema.nullable()),
  /** Any of these, each with a value for every field. */
  any: z.array(z.array(z.string())),
  /** The rule matches what is none of them. */
  not: z.boolean(),
});
export type Concatenation = z.infer<typeof concatenationSchema>;

const firewallRuleSchema = z.object({
  /** What a packet that matches meets. "continue": counts or marks only. */
  verdict: z.enum(["accept", "drop", "reject", "redirect", "jump", "goto", "return", "continue"]),
  /** The chain of a jump. */
  target: z.string().optional(),
  /** How a reject answers (icmp-port-unreachable, tcp-reset, …). */
  rejectWith: z.string().optional(),
  /** Where a redirect sends a connection: "127.0.0.1:3000", ":3000" (the same address) or "127.0.0.1". */
  sendsTo: z.string().optional(),
  conditions: z.array(conditionSchema),
  concatenations: z.array(concatenationSchema),
  /** It has conditions that this reader does not judge (other sets, limits, marks): it matches perhaps. */
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
  /** True for a base chain that rewrites addresses; only a connection's first packet passes it. */
  nat: z.boolean(),
  policy: z.enum(["accept", "drop"]).optional(),
  rules: z.array(firewallRuleSchema),
});
export type FirewallChain = z.infer<typeof firewallChainSchema>;

export const firewallSchema = z.object({ chains: z.array(firewallChainSchema) });
export type Firewall = z.infer<typeof firewallSchema>;
