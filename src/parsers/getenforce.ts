import { z } from "zod";
import { ran, type Output } from "./output.ts";

export const getenforceSchema = z.object({ mode: z.enum(["enforcing", "permissive", "disabled"]) });
export type Getenforce = z.infer<typeof getenforceSchema>;

/**
 * SELinux's mode from `getenforce`, or from /sys/fs/selinux/enforce (1 or 0). A missing tool gives undefined:
 * Debian hides it from plain users' PATH, so its absence does not mean "disabled".
 */
export function parseGetenforce(output: Output): Getenforce | undefined {
  if (!ran(output) || output.exitCode !== 0) return undefined;
  const word = output.stdout.trim().toLowerCase();
  if (word === "1") return { mode: "enforcing" };
  if (word === "0") return { mode: "permissive" };
  return word === "enforcing" || word === "permissive" || word === "disabled" ? { mode: word } : undefined;
}
