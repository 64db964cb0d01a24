import { z } from "zod";
import { linesOf, type Output, ran } from "./output.ts";

export const plainSchema = z.object({ text: z.string(), lines: z.array(z.string()) });
export type Plain = z.infer<typeof plainSchema>;

/** Output that needs no more than its text: the model reads it where it joins. */
export function parsePlain(output: Output): Plain | undefined {
  if (!ran(output)) return undefined;
  return { text: output.stdout, lines: linesOf(output.stdout) };
}
