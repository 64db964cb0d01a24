import { z } from "zod";
import { linesOf, ran, type Output } from "./output.ts";

export const lastRebootSchema = z.object({
  boots: z.array(
    z.object({
      kernel: z.string(),
      /** ISO 8601 with the host's offset (`last -F` prints none: then the local time). */
      start: z.string(),
      running: z.boolean(),
      crashed: z.boolean(),
    }),
  ),
});
export type LastReboot = z.infer<typeof lastRebootSchema>;

const LINE =
  /^reboot\s+system boot\s+(\S{1,100})\s+(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:[+-]\d\d:?\d\d)?)\s*(.{0,200})$/;

/** Boots from `last -x reboot --time-format iso`, newest first; a wtmp that was rotated away gives an empty list. */
export function parseLastReboot(output: Output): LastReboot | undefined {
  if (!ran(output) || output.exitCode !== 0) return undefined;
  const lines = linesOf(output.stdout);
  const boots = lines.flatMap((line) => {
    const match = LINE.exec(line.trimEnd());
    if (match === null) return [];
    const rest = match[3] ?? "";
    return [
      {
        kernel: match[1] ?? "",
        start: match[2] ?? "",
        running: rest.includes("still running"),
        crashed: rest.includes("crash"),
      },
    ];
  });
  return boots.length === 0 && !lines.some((line) => line.startsWith("wtmp begins")) ? undefined : { boots };
}
