import { z } from "zod";
import { linesOf, ran, type Output } from "./output.ts";

export const listUnitsSchema = z.object({
  units: z.array(
    z.object({
      id: z.string(),
      loadState: z.string(),
      activeState: z.string(),
      subState: z.string(),
      description: z.string(),
    }),
  ),
  /** The output was cut: a unit that is not listed may exist. */
  partial: z.boolean(),
});
export type ListUnits = z.infer<typeof listUnitsSchema>;

const LINE =
  /^[●○×↻* ]{0,4}(\S+\.(?:service|socket|target|timer|mount|automount|swap|scope|slice|path|device))\s+(\S+)\s+(\S+)\s+(\S+)\s*(.*)$/;

/** Loaded units from `systemctl list-units [--type=…] [--state=…] --plain --no-legend`; none matching is an empty list. */
export function parseListUnits(output: Output): ListUnits | undefined {
  if (!ran(output) || output.exitCode !== 0) return undefined;
  const lines = linesOf(output.stdout);
  const units = lines.flatMap((line) => {
    const match = LINE.exec(line);
    if (match === null) return [];
    const [, id = "", loadState = "", activeState = "", subState = "", description = ""] = match;
    return [{ id, loadState, activeState, subState, description: description.trimEnd() }];
  });
  return lines.length > 0 && units.length === 0 ? undefined : { units, partial: output.end === "cut" };
}
