import { z } from "zod";
import { ran, toJson, type Output } from "./output.ts";

export const ipNeighSchema = z.object({
  neighbours: z.array(
    z.object({
      address: z.string(),
      device: z.string(),
      mac: z.string().optional(),
      states: z.array(z.string()),
    }),
  ),
});
export type IpNeigh = z.infer<typeof ipNeighSchema>;

const answer = z.array(
  z.looseObject({
    dst: z.string(),
    dev: z.string().default(""),
    lladdr: z.string().optional(),
    state: z.array(z.string()).default([]),
  }),
);

/** Neighbours from `ip -j neigh show [to ADDRESS]`; a host that does not answer ARP is FAILED or INCOMPLETE. */
export function parseIpNeigh(output: Output): IpNeigh | undefined {
  if (!ran(output) || output.exitCode !== 0) return undefined;
  if (output.stdout.trim() === "") return { neighbours: [] };
  const parsed = answer.safeParse(toJson(output.stdout));
  if (!parsed.success) return undefined;
  return {
    neighbours: parsed.data.map(({ dst, dev, lladdr, state }) => ({
      address: dst,
      device: dev,
      mac: lladdr,
      states: state,
    })),
  };
}
