import { z } from "zod";
import { linesOf, ran, type Output } from "./output.ts";

const processSchema = z.object({
  pid: z.number(),
  ppid: z.number(),
  user: z.string(),
  /** Seconds since the process started. */
  ageSeconds: z.number(),
  /** The kernel's state letters, as ps prints them (S, Ssl, D, Z, …). */
  stat: z.string(),
  args: z.string(),
});
export type Process = z.infer<typeof processSchema>;

export const psSchema = z.object({
  processes: z.array(processSchema),
  /** True when other users' processes may be hidden (hidepid) or the output was cut: absence proves nothing. */
  partial: z.boolean(),
});
export type Processes = z.infer<typeof psSchema>;

const LINE = /^\s*(\d{1,10})\s+(\d{1,10})\s+(\S+)\s+(\d{1,12})\s+([A-Za-z<+]{1,12})\s+(.*)$/;

/** Processes from `ps -eo pid=,ppid=,user:32=,etimes=,stat=,args=`. */
export function parsePs(output: Output): Processes | undefined {
  if (!ran(output)) return undefined;
  const processes: Process[] = [];
  for (const line of linesOf(output.stdout)) {
    const match = LINE.exec(line);
    if (match === null) continue;
    const [, pid, ppid, user = "", age, stat = "", args = ""] = match;
    processes.push({
      pid: Number(pid),
      ppid: Number(ppid),
      user,
      ageSeconds: Number(age),
      stat,
      args: args.trimEnd(),
    });
  }
  // ps always sees itself: no process at all means that the output was not ps's.
  if (processes.length === 0) return undefined;
  return { processes, partial: output.end === "cut" || !processes.some((one) => one.pid === 1) };
}
