import { z } from "zod";
import { ran, toJson, type Output } from "./output.ts";

const mode = z.string();
export const aaStatusSchema = z.object({
  profiles: z.record(z.string(), mode),
  processes: z.array(z.object({ program: z.string(), pid: z.number(), profile: z.string(), mode })),
});
export type AaStatus = z.infer<typeof aaStatusSchema>;

const answer = z.looseObject({
  profiles: z.record(z.string(), z.string()),
  processes: z
    .record(
      z.string(),
      z.array(z.looseObject({ profile: z.string(), pid: z.coerce.number(), status: z.string() })),
    )
    .default({}),
});

/** AppArmor's profiles and confined processes from `aa-status --json` (root only; exit 1: AppArmor is off, 4: no rights). */
export function parseAaStatus(output: Output): AaStatus | undefined {
  if (!ran(output)) return undefined;
  const parsed = answer.safeParse(toJson(output.stdout));
  if (!parsed.success) return undefined;
  const processes = Object.entries(parsed.data.processes).flatMap(([program, list]) =>
    list.map((one) => ({ program, pid: one.pid, profile: one.profile, mode: one.status })),
  );
  return { profiles: parsed.data.profiles, processes };
}
