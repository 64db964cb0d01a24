import { z } from "zod";
import { classifyApplicationLine } from "./journal-events.ts";
import { logEventSchema } from "./log-event.ts";
import { parseLogTime } from "./log-time.ts";
import { ran, type Output } from "./output.ts";

export const appLogSchema = z.object({
  events: z.array(
    logEventSchema.extend({
      /** Counted from 1 in the output. */
      line: z.number(),
      message: z.string(),
      /** Milliseconds since 1970, where the line names its zone. */
      at: z.number().optional(),
      /** "2026-11-20T10:22:05" in the writer's zone, where the line names none. */
      localTime: z.string().optional(),
    }),
  ),
  lines: z.number(),
  /** The last lines as they are, for the reader. */
  tail: z.array(z.string()),
  partial: z.boolean(),
});
export type AppLog = z.infer<typeof appLogSchema>;

/** What `docker logs` prints of a container's standard output and error, each in its own order. */
export function parseContainerLog(output: Output): AppLog | undefined {
  if (!ran(output) || output.exitCode !== 0) return undefined;
  return parseAppLog({ ...output, stdout: `${output.stdout}\n${output.stderr}`, stderr: "" });
}

/**
 * The end of an application's own log (gunicorn, uWSGI, php-fpm, pm2's out and error logs, plain ones), from `tail`.
 * Lines without a time of their own, such as a traceback's, take that of the line above.
 */
export function parseAppLog(output: Output): AppLog | undefined {
  if (!ran(output) || (output.exitCode !== 0 && output.stdout === "")) return undefined;
  const lines = output.stdout.split("\n").map((line) => line.trimEnd());
  const events: AppLog["events"] = [];
  let last: { at?: number; localTime?: string } = {};
  lines.forEach((line, index) => {
    // `tail -v` and `grep` put the file's name before a line.
    const { rest, ...time } = parseLogTime(line.slice(0, 4000).replace(/^[\w./-]{1,200}\.log:(?=\[)/, ""));
    if (time.at !== undefined || time.localTime !== undefined) last = time;
    const event = classifyApplicationLine(
      rest.replace(/^(?:\[\d{1,10}\] )?(?:\[(?:INFO|ERROR|CRITICAL|WARNING|DEBUG)\] )/, ""),
    );
    if (event !== undefined)
      events.push({ ...event, line: index + 1, message: line.slice(0, 1000), ...last });
  });
  const full = lines.filter((line) => line !== "");
  return {
    events,
    lines: full.length,
    tail: full.slice(-30).map((line) => line.slice(0, 1000)),
    partial: output.end === "cut",
  };
}
