import { z } from "zod";
import { linesOf, ran, type Output } from "./output.ts";

export const getfaclSchema = z.object({
  owner: z.string().optional(),
  group: z.string().optional(),
  /** `name` is empty for the owner, the owning group, mask and other. `effective` has the mask applied. */
  entries: z.array(
    z.object({
      kind: z.enum(["user", "group", "mask", "other"]),
      name: z.string(),
      permissions: z.string(),
      effective: z.string(),
    }),
  ),
});
export type Getfacl = z.infer<typeof getfaclSchema>;

/** One file's access control list from `getfacl -p FILE` (default entries are left out). */
export function parseGetfacl(output: Output): Getfacl | undefined {
  if (!ran(output) || output.exitCode !== 0) return undefined;
  const facts: Getfacl = { owner: undefined, group: undefined, entries: [] };
  for (const line of linesOf(output.stdout)) {
    const head = /^# (owner|group): (\S{1,100})/.exec(line);
    if (head?.[1] === "owner") facts.owner = head[2];
    else if (head?.[1] === "group") facts.group = head[2];
    const entry =
      /^(user|group|mask|other):([^:\s]{0,100}):([r-][w-][xX-])(?:\s+#effective:([r-][w-][xX-]))?/.exec(line);
    const kind = entry?.[1];
    if (kind !== "user" && kind !== "group" && kind !== "mask" && kind !== "other") continue;
    const permissions = entry?.[3] ?? "";
    facts.entries.push({ kind, name: entry?.[2] ?? "", permissions, effective: entry?.[4] ?? permissions });
  }
  return facts.entries.length === 0 ? undefined : facts;
}
