import { z } from "zod";
import { linesOf, ran, type Output } from "./output.ts";

const kb = z.number().optional();
export const meminfoSchema = z.object({
  totalKb: z.number(),
  availableKb: kb,
  freeKb: kb,
  swapTotalKb: kb,
  swapFreeKb: kb,
  committedKb: kb,
});
export type Meminfo = z.infer<typeof meminfoSchema>;

/** /proc/meminfo, in kilobytes. */
export function parseMeminfo(output: Output): Meminfo | undefined {
  if (!ran(output)) return undefined;
  const values = new Map<string, number>();
  for (const line of linesOf(output.stdout)) {
    const match = /^([\w()]{1,40}):\s{1,40}(\d{1,15})(?: kB)?$/.exec(line);
    if (match !== null) values.set(match[1] ?? "", Number(match[2]));
  }
  const totalKb = values.get("MemTotal");
  if (totalKb === undefined) return undefined;
  return {
    totalKb,
    availableKb: values.get("MemAvailable"),
    freeKb: values.get("MemFree"),
    swapTotalKb: values.get("SwapTotal"),
    swapFreeKb: values.get("SwapFree"),
    committedKb: values.get("Committed_AS"),
  };
}
