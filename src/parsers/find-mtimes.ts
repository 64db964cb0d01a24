import { z } from "zod";
import { linesOf, ran, type Output } from "./output.ts";

export const findMtimesSchema = z.object({
  /** Newest first. */
  files: z.array(
    z.object({ path: z.string(), mtime: z.number(), type: z.string(), linkTarget: z.string().optional() }),
  ),
  /** Some folders could not be read, or the output was cut. */
  partial: z.boolean(),
});
export type FindMtimes = z.infer<typeof findMtimesSchema>;

const LINE = /^(\d{1,12})(?:\.\d{1,12})? ([a-zA-Z?]) (\/.{0,4000}?)(?: -> (.{0,4000}))?$/;

/** Modification times from `find PATH… -printf '%T@ %y %p -> %l\n'` (the arrow part is optional). */
export function parseFindMtimes(output: Output): FindMtimes | undefined {
  if (!ran(output)) return undefined;
  const files = linesOf(output.stdout).flatMap((line) => {
    const match = LINE.exec(line);
    return match === null
      ? []
      : [
          {
            mtime: Number(match[1]),
            type: match[2] ?? "",
            path: match[3] ?? "",
            linkTarget: match[4] || undefined,
          },
        ];
  });
  if (files.length === 0 && (output.exitCode !== 0 || output.stdout.trim() !== "")) return undefined;
  return {
    files: files.sort((a, b) => b.mtime - a.mtime),
    partial: output.end === "cut" || output.exitCode !== 0,
  };
}
