import { z } from "zod";
import { linesOf, ran, type Output } from "./output.ts";

export const ufwStatusSchema = z.object({
  active: z.boolean(),
  /** As printed by `verbose`: "deny (incoming), allow (outgoing), …". */
  defaults: z.string().optional(),
  rules: z.array(z.object({ to: z.string(), action: z.string(), from: z.string() })),
});
export type UfwStatus = z.infer<typeof ufwStatusSchema>;

/** ufw's state from `ufw status [verbose]` (root only). */
export function parseUfwStatus(output: Output): UfwStatus | undefined {
  if (!ran(output)) return undefined;
  const lines = linesOf(output.stdout);
  const status = /^Status: (active|inactive)/.exec(lines[0] ?? "")?.[1];
  if (status === undefined) return undefined;
  const rules = lines.flatMap((line) => {
    const match = /^(\S.{0,100}?)\s{2,}((?:ALLOW|DENY|REJECT|LIMIT)(?: IN| OUT| FWD)?)\s{2,}(.{1,200})$/.exec(
      line.slice(0, 400).trimEnd(),
    );
    return match === null ? [] : [{ to: match[1] ?? "", action: match[2] ?? "", from: match[3] ?? "" }];
  });
  const defaults = lines.find((line) => line.startsWith("Default: "))?.slice(9);
  return { active: status === "active", defaults, rules };
}
