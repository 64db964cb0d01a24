import { z } from "zod";
import { linesOf, ran, type Output } from "./output.ts";

export const firewallCmdSchema = z.object({
  running: z.boolean(),
  zone: z.string().optional(),
  /** What the zone does with the rest: default (reject), %%REJECT%%, DROP, ACCEPT. */
  target: z.string().optional(),
  interfaces: z.array(z.string()),
  services: z.array(z.string()),
  ports: z.array(z.string()),
  richRules: z.array(z.string()),
});
export type FirewallCmd = z.infer<typeof firewallCmdSchema>;

/** firewalld's active zone from `firewall-cmd --list-all`; exit 252 "FirewallD is not running". */
export function parseFirewallCmd(output: Output): FirewallCmd | undefined {
  if (!ran(output) || /authorization|Authorization failed|AccessDenied/i.test(output.stderr))
    return undefined;
  const none: FirewallCmd = {
    running: false,
    zone: undefined,
    target: undefined,
    interfaces: [],
    services: [],
    ports: [],
    richRules: [],
  };
  if (/not running/i.test(output.stderr + output.stdout)) return none;
  const lines = linesOf(output.stdout);
  const zone = /^(\S{1,64})(?: \(.{1,60}\))?$/.exec(lines[0] ?? "")?.[1];
  if (zone === undefined || lines.length < 3) return undefined;
  const value = (key: string): string | undefined =>
    lines
      .map((line) => new RegExp(`^\\s{1,8}${key}: (.{0,2000})$`).exec(line)?.[1])
      .find((text) => text !== undefined);
  const list = (key: string): string[] => (value(key) ?? "").split(/\s+/).filter((word) => word !== "");
  return {
    running: true,
    zone,
    target: value("target"),
    interfaces: list("interfaces"),
    services: list("services"),
    ports: list("ports"),
    richRules: lines.map((line) => line.trim()).filter((line) => line.startsWith("rule ")),
  };
}
