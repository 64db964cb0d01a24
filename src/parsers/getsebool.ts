import { z } from "zod";
import { linesOf, ran, type Output } from "./output.ts";

export const getseboolSchema = z.object({
  /** False: SELinux is disabled, so no boolean is in force. */
  enabled: z.boolean(),
  booleans: z.record(z.string(), z.boolean()),
});
export type Getsebool = z.infer<typeof getseboolSchema>;

/** SELinux booleans from `getsebool NAME…` or `-a`. */
export function parseGetsebool(output: Output): Getsebool | undefined {
  if (!ran(output)) return undefined;
  if (/SELinux is disabled/i.test(output.stderr + output.stdout)) return { enabled: false, booleans: {} };
  const booleans: [string, boolean][] = [];
  for (const line of linesOf(output.stdout)) {
    const match = /^(\w{1,100}) --> (on|off)/.exec(line);
    if (match !== null) booleans.push([match[1] ?? "", match[2] === "on"]);
  }
  return booleans.length === 0 ? undefined : { enabled: true, booleans: Object.fromEntries(booleans) };
}
