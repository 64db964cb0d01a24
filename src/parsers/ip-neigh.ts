import { z } from "zod";
import { linesOf, ran, toJson, type Output } from "./output.ts";

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

const LINE =
  /^([\d.:a-fA-F]{2,45})(?: dev (\S{1,32}))?(?: lladdr ([0-9a-f:]{1,64}))?(?: (?:router|proxy|extern_learn|offload))* ([A-Z][A-Z_ ]{2,60})\s*$/;

/** Neighbours from `ip [-j] neigh show [ADDRESS]`; a host that does not answer ARP is FAILED or INCOMPLETE. */
export function parseIpNeigh(output: Output): IpNeigh | undefined {
  if (!ran(output) || output.exitCode !== 0) return undefined;
  if (output.stdout.trim() === "") return { neighbours: [] };
  const parsed = answer.safeParse(toJson(output.stdout));
  if (!parsed.success) return textNeighbours(output.stdout);
  return {
    neighbours: parsed.data.map(({ dst, dev, lladdr, state }) => ({
      address: dst,
      device: dev,
      mac: lladdr,
      states: state,
    })),
  };
}

function textNeighbours(stdout: string): IpNeigh | undefined {
  const neighbours = linesOf(stdout).flatMap((line) => {
    const match = LINE.exec(line.slice(0, 300));
    if (match === null) return [];
    const [, address = "", device = "", mac, states = ""] = match;
    return [{ address, device, mac, states: states.trim().split(" ") }];
  });
  return neighbours.length === 0 ? undefined : { neighbours };
}
