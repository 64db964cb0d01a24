import { z } from "zod";

/** What a line of an application's, a server's or systemd's log says happened. */
const EVENT_KINDS = [
  // systemd, about a unit (src/core/service.c, unit.c, job.c)
  "starting",
  "started",
  "start-failed",
  "stopping",
  "stopped",
  "deactivated",
  "reloaded",
  "main-exited",
  "failed",
  "scheduled-restart",
  "start-limit",
  "left-over-process",
  "remains-running",
  "oom-killed",
  "exec-step-failed",
  "env-file-missing",
  "dependency-failed",
  "condition-failed",
  "start-timeout",
  "stop-timeout",
  "watchdog-timeout",
  "unit-invalid",
  // any application
  "listening",
  "address-in-use",
  "address-not-available",
  "permission-denied",
  "module-not-found",
  "file-not-found",
  "missing-env",
  "syntax-error",
  "dependency-refused",
  "dependency-unresolved",
  "heap-oom",
  "segfault",
  "too-many-open-files",
  "no-space",
  "exception",
  "traceback",
  "migration-pending",
  "worker-died",
  // gunicorn
  "gunicorn-worker-timeout",
  "gunicorn-sigkill",
  "gunicorn-worker-signal",
  "gunicorn-worker-exited",
  "gunicorn-boot-failed",
  "gunicorn-worker-boot",
  "gunicorn-invalid-request",
  "header-too-big",
  // uWSGI
  "uwsgi-harakiri",
  "uwsgi-worker-died",
  "uwsgi-block-size",
  "uwsgi-no-app",
  "uwsgi-modifier",
  "uwsgi-empty-response",
  "listen-queue-full",
  "shutdown",
  // php-fpm
  "fpm-max-children",
  "fpm-terminate-timeout",
  "fpm-child-signal",
  "fpm-client-disallowed",
  "fpm-init-failed",
  "fpm-slow",
  // pm2
  "pm2-app-exited",
  "pm2-too-many-restarts",
  "pm2-memory-restart",
] as const;
export type EventKind = (typeof EVENT_KINDS)[number];

export const logEventSchema = z.object({
  kind: z.enum(EVENT_KINDS),
  pid: z.number().optional(),
  /** An exit status. */
  code: z.number().optional(),
  /** A signal's name without SIG, or its number as text. */
  signal: z.string().optional(),
  /** systemd's result word, such as exit-code. */
  result: z.string().optional(),
  /** A restart counter, a limit, or a size. */
  count: z.number().optional(),
  seconds: z.number().optional(),
  address: z.string().optional(),
  port: z.number().optional(),
  path: z.string().optional(),
  unit: z.string().optional(),
  /** A module, variable, host, pool or exception, by kind. */
  name: z.string().optional(),
  step: z.string().optional(),
  /** The rest of an exception's line. */
  detail: z.string().optional(),
});
export type LogEvent = z.infer<typeof logEventSchema>;

/** One way a line may look: the first pattern that matches makes the event. */
export interface Rule {
  readonly pattern: RegExp;
  readonly event: (groups: Readonly<Record<string, string | undefined>>) => LogEvent;
}

/** A rule whose named groups become the event's fields; the numeric ones are read as numbers. */
export function rule(kind: EventKind, pattern: RegExp): Rule {
  return { pattern, event: (groups) => ({ kind, ...fieldsOf(groups) }) };
}

function fieldsOf(groups: Readonly<Record<string, string | undefined>>): Partial<LogEvent> {
  const number = (key: string): number | undefined => {
    const value = Number(groups[key]);
    return groups[key] === undefined || groups[key] === "" || !Number.isFinite(value) ? undefined : value;
  };
  const fields: Partial<LogEvent> = {
    pid: number("pid"),
    code: number("code"),
    signal: groups["signal"]?.replace(/^SIG/, ""),
    result: groups["result"],
    count: number("count"),
    seconds: number("seconds"),
    address: groups["address"]?.replace(/^\[(.*)\]$/, "$1"),
    port: number("port"),
    path: groups["path"],
    unit: groups["unit"],
    name: groups["name"],
    step: groups["step"],
    detail: groups["detail"]?.slice(0, 500),
  };
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}
