import { z } from "zod";
import { linesOf, ran, type Output } from "./output.ts";

export const dfSchema = z.object({
  /** True: the figures are inodes (df -Pi), else kilobytes. */
  inodes: z.boolean(),
  filesystems: z.array(
    z.object({
      source: z.string(),
      mount: z.string(),
      total: z.number(),
      used: z.number(),
      available: z.number(),
      /** Per cent as df rounds it; undefined where df prints "-". */
      usedPercent: z.number().optional(),
    }),
  ),
});
export type Df = z.infer<typeof dfSchema>;

/** Space from `df -P`, inodes from `df -Pi`. Exit 1 with rows means that one mount could not be read. */
export function parseDf(output: Output): Df | undefined {
  if (!ran(output)) return undefined;
  const lines = linesOf(output.stdout);
  const filesystems = lines.flatMap((line) => {
    const match =
      /^(\S.{0,1000}?)\s+(\d{1,16}|-)\s+(\d{1,16}|-)\s+(-?\d{1,16}|-)\s+(\d{1,5}%|-)\s+(\/.*)$/.exec(line);
    if (match === null) return [];
    const number = (text: string | undefined): number => (text === "-" ? 0 : Number(text));
    const percent = match[5] === "-" ? undefined : Number.parseInt(match[5] ?? "", 10);
    return [
      {
        source: match[1] ?? "",
        mount: match[6] ?? "",
        total: number(match[2]),
        used: number(match[3]),
        available: number(match[4]),
        usedPercent: percent,
      },
    ];
  });
  return filesystems.length === 0 ? undefined : { inodes: /\bInodes\b/.test(lines[0] ?? ""), filesystems };
}
