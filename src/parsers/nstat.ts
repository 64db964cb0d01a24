import { z } from "zod";
import { linesOf, ran, type Output } from "./output.ts";

export const nstatSchema = z.object({ counters: z.record(z.string(), z.number()) });
export type Nstat = z.infer<typeof nstatSchema>;

/** Counters since boot of this network namespace from `nstat -az NAME…`; only the difference of two readings says something. */
export function parseNstat(output: Output): Nstat | undefined {
  if (!ran(output) || output.exitCode !== 0) return undefined;
  const counters: [string, number][] = [];
  for (const line of linesOf(output.stdout)) {
    const match = /^([A-Z]\w{1,60})\s+(\d{1,20})\s+[\d.]{1,40}$/.exec(line.trimEnd());
    if (match !== null) counters.push([match[1] ?? "", Number(match[2])]);
  }
  return counters.length === 0 ? undefined : { counters: Object.fromEntries(counters) };
}
