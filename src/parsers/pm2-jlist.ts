import { z } from "zod";
import { ran, toJson, type Output } from "./output.ts";

const number = z.number().optional();
const text = z.string().optional();

export const pm2AppSchema = z.object({
  name: z.string(),
  pmId: number,
  namespace: text,
  /** 0 when no process runs. */
  pid: z.number(),
  /** online, stopping, stopped, launching, errored, one-launch-status, waiting restart. */
  status: z.string(),
  restarts: z.number(),
  unstableRestarts: number,
  /** Milliseconds since 1970 of the last start, also for an app that is stopped. */
  startedAt: number,
  exitCode: number,
  execMode: text,
  instances: number,
  execPath: text,
  cwd: text,
  outLog: text,
  errLog: text,
  autorestart: z.boolean().optional(),
  waitReady: z.boolean().optional(),
  /** Milliseconds; a number means exponential back-off. */
  restartDelay: number,
  user: text,
  interpreter: text,
  port: number,
});
export type Pm2App = z.infer<typeof pm2AppSchema>;

export const pm2JlistSchema = z.object({
  apps: z.array(pm2AppSchema),
  /** pm2 found no daemon and started one: the empty list says nothing about the apps. */
  spawnedDaemon: z.boolean(),
});
export type Pm2Jlist = z.infer<typeof pm2JlistSchema>;

const loose = z.looseObject({});

/**
 * Apps from `pm2 jlist`. A banner may stand before the JSON (`>>>> In-memory PM2 is out-of-date`). Of the
 * environment only PORT is kept.
 */
export function parsePm2Jlist(output: Output): Pm2Jlist | undefined {
  if (!ran(output)) return undefined;
  const list = jsonListIn(output.stdout);
  if (list === undefined) return undefined;
  const spawnedDaemon = /Spawning PM2 daemon|PM2 Successfully daemonized/.test(output.stdout + output.stderr);
  return { apps: list.flatMap((item) => appOf(item)), spawnedDaemon };
}

/** The first JSON array that begins on a line of its own; 20 candidates at most. */
function jsonListIn(stdout: string): readonly unknown[] | undefined {
  let tries = 0;
  for (const match of stdout.matchAll(/^\[\s{0,8}(?=[{\]]|$)/gm)) {
    tries += 1;
    if (tries > 20) return undefined;
    const rest = stdout.slice(match.index);
    const lineEnd = rest.indexOf("\n");
    for (const candidate of lineEnd < 0 ? [rest] : [rest, rest.slice(0, lineEnd)]) {
      const value = toJson(candidate);
      if (Array.isArray(value)) return value;
    }
  }
  return undefined;
}

/** One app of pm2's list or dump: fields of the app itself and of its pm2_env. */
export function appOf(item: unknown): Pm2App[] {
  const outer = loose.safeParse(item);
  if (!outer.success) return [];
  const inner = loose.safeParse(outer.data["pm2_env"]);
  const env: Readonly<Record<string, unknown>> = inner.success ? inner.data : outer.data;
  const nested = loose.safeParse(env["env"]);
  const name = asText(outer.data["name"]) ?? asText(env["name"]);
  if (name === undefined) return [];
  return [
    {
      name,
      pmId: asNumber(outer.data["pm_id"] ?? env["pm_id"]),
      namespace: asText(env["namespace"]),
      pid: asNumber(outer.data["pid"]) ?? 0,
      status: asText(env["status"]) ?? "unknown",
      restarts: asNumber(env["restart_time"]) ?? 0,
      unstableRestarts: asNumber(env["unstable_restarts"]),
      startedAt: asNumber(env["pm_uptime"]),
      exitCode: asNumber(env["exit_code"]),
      execMode: asText(env["exec_mode"]),
      instances: asNumber(env["instances"]),
      execPath: asText(env["pm_exec_path"]),
      cwd: asText(env["pm_cwd"]) ?? asText(env["cwd"]),
      outLog: asText(env["pm_out_log_path"]),
      errLog: asText(env["pm_err_log_path"]),
      autorestart: asFlag(env["autorestart"]),
      waitReady: asFlag(env["wait_ready"]),
      restartDelay: asNumber(env["prev_restart_delay"]),
      user: asText(env["username"]),
      interpreter: asText(env["exec_interpreter"]),
      port: asPort(env["PORT"]) ?? (nested.success ? asPort(nested.data["PORT"]) : undefined),
    },
  ];
}

function asText(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}

function asNumber(value: unknown): number | undefined {
  return typeof value === "number" && Number.isFinite(value) ? value : undefined;
}

function asFlag(value: unknown): boolean | undefined {
  return typeof value === "boolean" ? value : undefined;
}

function asPort(value: unknown): number | undefined {
  const port = typeof value === "string" && /^\d{1,5}$/.test(value) ? Number(value) : asNumber(value);
  return port !== undefined && Number.isInteger(port) && port > 0 && port < 65_536 ? port : undefined;
}
