import { isIP } from "node:net";
import { z } from "zod";
import { linesOf, ran, type Output } from "./output.ts";

export const getentSchema = z.object({
  /** False: the name does not resolve (getent's exit 2). */
  found: z.boolean(),
  addresses: z.array(z.string()),
});
export type Getent = z.infer<typeof getentSchema>;

/** Addresses from `getent ahosts NAME` (or hosts, ahostsv4), in the order applications meet them. */
export function parseGetent(output: Output): Getent | undefined {
  if (!ran(output)) return undefined;
  if (output.exitCode === 2) return { found: false, addresses: [] };
  const addresses = linesOf(output.stdout).flatMap((line) => {
    const first = line.split(/\s/, 1)[0] ?? "";
    return isIP(first) === 0 ? [] : [first];
  });
  return addresses.length === 0 ? undefined : { found: true, addresses: [...new Set(addresses)] };
}
