import { z } from "zod";
import { linesOf, ran, type Output } from "./output.ts";

export const listUnitFilesSchema = z.object({
  unitFiles: z.array(z.object({ id: z.string(), state: z.string(), preset: z.string().optional() })),
  partial: z.boolean(),
});
export type ListUnitFiles = z.infer<typeof listUnitFilesSchema>;

const LINE = /^(\S+\.[a-z]{4,9})\s+([a-z-]{2,20})(?:\s+(\S+))?\s*$/;

/** Installed unit files from `systemctl list-unit-files --no-legend [PATTERN…]`; exit 1 without a word means none matched. */
export function parseListUnitFiles(output: Output): ListUnitFiles | undefined {
  if (!ran(output) || output.stderr.includes("Failed to")) return undefined;
  const lines = linesOf(output.stdout).filter((line) => !/^\d+ unit files listed/.test(line));
  const unitFiles = lines.flatMap((line) => {
    const match = LINE.exec(line);
    if (match === null) return [];
    const [, id = "", state = "", preset] = match;
    return [{ id, state, preset: preset === "-" ? undefined : preset }];
  });
  return lines.length > 0 && unitFiles.length === 0
    ? undefined
    : { unitFiles, partial: output.end === "cut" };
}
