import { z } from "zod";
import { linesOf, ran, type Output } from "./output.ts";

export const semanagePortSchema = z.object({
  ports: z.array(z.object({ type: z.string(), protocol: z.string(), from: z.number(), to: z.number() })),
});
export type SemanagePort = z.infer<typeof semanagePortSchema>;

/** Port labels from `semanage port -l [-C]`; ranges ("3000-3001") are kept as ranges. -C with nothing customised is an empty list. */
export function parseSemanagePort(output: Output): SemanagePort | undefined {
  if (!ran(output) || output.exitCode !== 0) return undefined;
  const ports = linesOf(output.stdout).flatMap((line) => {
    const match = /^([a-z]\w{1,80}_t)\s+(tcp|udp|sctp|dccp)\s+([\d, -]{1,8000})$/.exec(line.trimEnd());
    if (match === null) return [];
    return (match[3] ?? "").split(",").flatMap((range) => {
      const bounds = /^\s*(\d{1,5})(?:-(\d{1,5}))?\s*$/.exec(range);
      if (bounds === null) return [];
      const from = Number(bounds[1]);
      return [{ type: match[1] ?? "", protocol: match[2] ?? "", from, to: Number(bounds[2] ?? from) }];
    });
  });
  return { ports };
}

/** The labels of one TCP port, the narrowest first (the kernel takes the most specific one). */
export function labelsOfPort(facts: SemanagePort, port: number): string[] {
  return facts.ports
    .filter((one) => one.protocol === "tcp" && one.from <= port && port <= one.to)
    .sort((a, b) => a.to - a.from - (b.to - b.from))
    .map((one) => one.type);
}
