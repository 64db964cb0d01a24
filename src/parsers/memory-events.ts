import { z } from "zod";
import { linesOf, ran, toInt, type Output } from "./output.ts";

export const memoryEventsSchema = z.object({
  /** Processes of the control group that the kernel has killed. */
  oomKill: z.number(),
  max: z.number().optional(),
});
export type MemoryEvents = z.infer<typeof memoryEventsSchema>;

/** A control group's memory.events (version 2) or memory.oom_control (version 1): both have a line `oom_kill N`. */
export function parseMemoryEvents(output: Output): MemoryEvents | undefined {
  if (!ran(output) || output.exitCode !== 0) return undefined;
  const values = new Map(
    linesOf(output.stdout).map((line) => [line.split(" ")[0] ?? "", toInt(line.split(" ")[1]?.trim())]),
  );
  const oomKill = values.get("oom_kill");
  return oomKill === undefined ? undefined : { oomKill, max: values.get("max") };
}
