import { z } from "zod";
import { linesOf, ran, type Output } from "./output.ts";

export const psSelinuxSchema = z.object({
  processes: z.array(
    z.object({ pid: z.number(), context: z.string(), domain: z.string(), command: z.string() }),
  ),
});
export type PsSelinux = z.infer<typeof psSelinuxSchema>;

const LINE = /^\s*(\S{1,200})\s+(\d{1,10})\s+(.{1,300})$/;

/**
 * SELinux contexts of processes from `ps -eZ` or `ps -eo label=,pid=,comm=`. Without SELinux the label is "-":
 * undefined then, for there is no domain to speak of.
 */
export function parsePsSelinux(output: Output): PsSelinux | undefined {
  if (!ran(output)) return undefined;
  const processes = linesOf(output.stdout).flatMap((line) => {
    const match = LINE.exec(line.slice(0, 600));
    const context = match?.[1] ?? "";
    const domain = context.split(":")[2];
    if (match === null || domain === undefined || domain === "") return [];
    const command = (match[3] ?? "").replace(/^\S+\s+\d\d:\d\d:\d\d\s+/, "").trim();
    return [{ pid: Number(match[2]), context, domain, command }];
  });
  return processes.length === 0 ? undefined : { processes };
}
