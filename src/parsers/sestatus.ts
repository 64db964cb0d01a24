import { z } from "zod";
import { linesOf, ran, type Output } from "./output.ts";

export const sestatusSchema = z.object({
  enabled: z.boolean(),
  mode: z.string().optional(),
  configuredMode: z.string().optional(),
  policy: z.string().optional(),
});
export type Sestatus = z.infer<typeof sestatusSchema>;

/** SELinux's state from `sestatus`. */
export function parseSestatus(output: Output): Sestatus | undefined {
  if (!ran(output)) return undefined;
  const values = new Map(
    linesOf(output.stdout).flatMap((line): [string, string][] => {
      const match = /^([A-Z][\w ]{2,40}):\s+(.+?)\s*$/.exec(line.slice(0, 300));
      return match === null ? [] : [[match[1] ?? "", match[2] ?? ""]];
    }),
  );
  const status = values.get("SELinux status");
  if (status === undefined) return undefined;
  return {
    enabled: status === "enabled",
    mode: values.get("Current mode"),
    configuredMode: values.get("Mode from config file"),
    policy: values.get("Loaded policy name"),
  };
}
