import { z } from "zod";
import { ran, toJson, type Output } from "./output.ts";

export const coredumpctlSchema = z.object({
  dumps: z.array(
    z.object({
      at: z.number(),
      pid: z.number(),
      uid: z.number().optional(),
      signal: z.number().optional(),
      exe: z.string(),
    }),
  ),
});
export type Coredumpctl = z.infer<typeof coredumpctlSchema>;

const answer = z.array(
  z.looseObject({
    time: z.number(),
    pid: z.number(),
    uid: z.number().optional(),
    sig: z.number().optional(),
    exe: z.string().nullish(),
  }),
);

/** Core dumps from `coredumpctl list --json=short` (systemd 249); exit 1 with "No coredumps found." is an empty list. */
export function parseCoredumpctl(output: Output): Coredumpctl | undefined {
  if (!ran(output)) return undefined;
  if (/No coredumps found/i.test(output.stderr + output.stdout)) return { dumps: [] };
  const parsed = answer.safeParse(toJson(output.stdout));
  if (!parsed.success) return undefined;
  return {
    dumps: parsed.data.map(({ time, pid, uid, sig, exe }) => ({
      at: Math.floor(time / 1000),
      pid,
      uid,
      signal: sig,
      exe: exe ?? "",
    })),
  };
}
