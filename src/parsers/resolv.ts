import { z } from "zod";
import { linesOf, ran, type Output } from "./output.ts";

export const resolvSchema = z.object({
  nameservers: z.array(z.string()),
  search: z.array(z.string()),
  options: z.array(z.string()),
});
export type Resolv = z.infer<typeof resolvSchema>;

/** /etc/resolv.conf (resolv.conf(5)); the last search line counts. */
export function parseResolv(output: Output): Resolv | undefined {
  if (!ran(output) || output.exitCode !== 0) return undefined;
  const facts: Resolv = { nameservers: [], search: [], options: [] };
  for (const line of linesOf(output.stdout)) {
    const [key, ...values] = line
      .replace(/[#;].*$/, "")
      .trim()
      .split(/\s+/);
    if (key === "nameserver" && values[0] !== undefined) facts.nameservers.push(values[0]);
    else if (key === "search" || key === "domain") facts.search = values;
    else if (key === "options") facts.options.push(...values);
  }
  return facts;
}
