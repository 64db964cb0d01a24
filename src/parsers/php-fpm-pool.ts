import { z } from "zod";
import { linesOf, ran, toInt, type Output } from "./output.ts";

const text = z.string().optional();
const number = z.number().optional();
export const phpFpmPoolSchema = z.object({
  pools: z.array(
    z.object({
      name: z.string(),
      file: z.string(),
      /** The line of the pool's `listen`. */
      line: number,
      listen: text,
      listenOwner: text,
      listenGroup: text,
      listenMode: text,
      listenAclUsers: z.array(z.string()),
      allowedClients: z.array(z.string()),
      user: text,
      group: text,
      pm: text,
      maxChildren: number,
      /** Seconds; 0 is off. */
      requestTerminateTimeout: number,
      chroot: text,
      backlog: number,
      pingPath: text,
      statusPath: text,
      slowlog: text,
    }),
  ),
});
export type PhpFpmPool = z.infer<typeof phpFpmPoolSchema>;

const PREFIX = /^((?:[^\s:]|\\ ){1,300}\.(?:conf|ini)[\w.-]{0,20}):(\d{1,7}):(.*)$/;

/** php-fpm's pools from `grep -rn '' /etc/php/8.2/fpm/pool.d` (FILE:LINE:TEXT), `$pool` filled in as fpm_conf.c does. */
export function parsePhpFpmPool(output: Output): PhpFpmPool | undefined {
  if (!ran(output)) return undefined;
  const pools = new Map<string, { name: string; file: string; line?: number; values: Map<string, string> }>();
  let current: string | undefined;
  let file = "";
  let matched = false;
  for (const raw of linesOf(output.stdout)) {
    const match = PREFIX.exec(raw);
    if (match === null) continue;
    matched = true;
    if (match[1] !== file) current = undefined;
    file = match[1] ?? "";
    const line = (match[3] ?? "").trim();
    const section = /^\[([^\]]{1,100})\]/.exec(line);
    if (section !== null) {
      current = section[1] === "global" ? undefined : section[1];
      if (current !== undefined && !pools.has(current))
        pools.set(current, { name: current, file, values: new Map() });
      continue;
    }
    const setting = /^([a-z][\w.]{1,60})\s{0,20}=\s{0,20}(.{0,1000})$/.exec(line);
    const pool = pools.get(current ?? "");
    if (setting === null || pool === undefined) continue;
    const value = unquote((setting[2] ?? "").replace(/\s;.*$/, "").trim()).replaceAll("$pool", pool.name);
    pool.values.set(setting[1] ?? "", value);
    if (setting[1] === "listen") pool.line = Number(match[2]);
  }
  if (!matched) return undefined;
  return { pools: [...pools.values()].map((pool) => poolOf(pool)) };
}

function poolOf({
  name,
  file,
  line,
  values,
}: {
  name: string;
  file: string;
  line?: number;
  values: Map<string, string>;
}): PhpFpmPool["pools"][number] {
  const of = (key: string): string | undefined => values.get(key) || undefined;
  const list = (key: string): string[] =>
    (values.get(key) ?? "")
      .split(",")
      .map((one) => one.trim())
      .filter((one) => one !== "");
  return {
    name,
    file,
    line,
    listen: of("listen"),
    listenOwner: of("listen.owner"),
    listenGroup: of("listen.group"),
    listenMode: of("listen.mode"),
    listenAclUsers: list("listen.acl_users"),
    allowedClients: list("listen.allowed_clients"),
    user: of("user"),
    group: of("group"),
    pm: of("pm"),
    maxChildren: toInt(values.get("pm.max_children")),
    requestTerminateTimeout: secondsOf(values.get("request_terminate_timeout")),
    chroot: of("chroot"),
    backlog: toInt(values.get("listen.backlog")),
    pingPath: of("ping.path"),
    statusPath: of("pm.status_path"),
    slowlog: of("slowlog"),
  };
}

function secondsOf(value: string | undefined): number | undefined {
  const match = /^(\d{1,9})([smhd]?)$/.exec(value ?? "");
  if (match === null) return undefined;
  return Number(match[1]) * ({ s: 1, m: 60, h: 3600, d: 86_400 }[match[2] ?? ""] ?? 1);
}

function unquote(value: string): string {
  return /^(["']).*\1$/.test(value) ? value.slice(1, -1) : value;
}
