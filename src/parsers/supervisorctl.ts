import { z } from "zod";
import { linesOf, ran, toInt, type Output } from "./output.ts";

export const supervisorctlSchema = z.object({
  programs: z.array(
    z.object({
      name: z.string(),
      /** RUNNING, STARTING, BACKOFF, STOPPING, STOPPED, EXITED, FATAL, UNKNOWN. */
      state: z.string(),
      detail: z.string(),
      pid: z.number().optional(),
    }),
  ),
});
export type Supervisorctl = z.infer<typeof supervisorctlSchema>;

const LINE = /^(\S{1,200})\s+(RUNNING|STARTING|BACKOFF|STOPPING|STOPPED|EXITED|FATAL|UNKNOWN)\s*(.{0,300})$/;

/** Programs from `supervisorctl status`; it exits 3 when one is not running. No daemon, or no rights, is undefined. */
export function parseSupervisorctl(output: Output): Supervisorctl | undefined {
  if (!ran(output)) return undefined;
  const text = output.stdout + output.stderr;
  if (/refused connection|no such file|PermissionError|Permission denied|EACCES/i.test(text.slice(0, 5000)))
    return undefined;
  const programs = linesOf(output.stdout).flatMap((line) => {
    const match = LINE.exec(line);
    if (match === null) return [];
    const detail = (match[3] ?? "").trim();
    return [
      {
        name: match[1] ?? "",
        state: match[2] ?? "",
        detail,
        pid: toInt(/^pid (\d{1,10}),/.exec(detail)?.[1]),
      },
    ];
  });
  if (programs.length === 0 && (text.trim() !== "" || output.exitCode !== 0)) return undefined;
  return { programs };
}
