import { z } from "zod";
import { ran, type Output } from "./output.ts";

export const accessTestSchema = z.object({ allowed: z.boolean() });
export type AccessTest = z.infer<typeof accessTestSchema>;

/** `test -w PATH` (run as the nginx user): exit 0 allowed, 1 not; anything else, or a message, says nothing. */
export function parseAccessTest(output: Output): AccessTest | undefined {
  if (!ran(output) || output.end !== "exited" || output.stderr.trim() !== "") return undefined;
  if (output.exitCode === 0) return { allowed: true };
  return output.exitCode === 1 ? { allowed: false } : undefined;
}
