import { isInJournal, type NginxErrorLog } from "../parsers/nginx-logs.ts";
import type { NginxView } from "./nginx-view.ts";
import type { Target } from "./host-model.ts";
import type { Plan } from "./plan-schema.ts";
import type { TargetContext } from "./target-context.ts";

/** Masters that were started with a configuration of their own: `nginx -T` alone reads the default one. */
export function otherNginx(view: NginxView, where: RegExp, home: string, usual: string): Plan["otherNginx"] {
  return (view.processes ?? []).flatMap((p) => {
    if (p.role !== "master" || !where.test(p.command?.split(/\s+/)[0] ?? "")) return [];
    const prefix = (p.prefix ?? home).replace(/\/$/, "");
    const named = p.configFile ?? usual;
    const config = named.startsWith("/") ? named : `${prefix}/${named}`;
    return config === "/etc/nginx/nginx.conf" ? [] : [{ config, prefix }];
  });
}

/** Some of nginx's errors go to this machine's journal. */
export function errorsInJournal(view: NginxView): boolean {
  return errorLogs(view).some(isInJournal);
}

function errorLogs(view: NginxView): NginxErrorLog[] {
  return [
    ...(view.routes?.main.errorLogs ?? []),
    ...(view.routes?.servers ?? []).flatMap((s) => [
      ...s.request.errorLogs,
      ...s.locations.flatMap((l) => l.request.errorLogs),
    ]),
  ];
}

export function logPaths(view: NginxView, c: TargetContext): string[] {
  const paths = errorLogs(view)
    .filter(
      (l) => (l.kind === "file" || l.kind === "default") && l.path.startsWith("/") && l.path !== "/dev/null",
    )
    .map((l) => l.path);
  return [
    ...new Set(
      paths.length > 0
        ? paths
        : c.facts.results("error-log").some((r) => r.exitCode === 0)
          ? ["/var/log/nginx/error.log"]
          : [],
    ),
  ];
}

export function accessPaths(view: NginxView): string[] {
  const logs = (view.routes?.servers ?? []).flatMap((s) => s.request.accessLogs);
  return [
    ...new Set(
      logs
        .filter(
          (l) =>
            (l.kind === "file" || l.kind === "default") &&
            l.path.startsWith("/") &&
            !l.variable &&
            l.path !== "/dev/null",
        )
        .map((l) => l.path),
    ),
  ];
}

export function daemonBinary(c: TargetContext, pid: number): string | undefined {
  const child = c.processes.all.find((p) => p.ppid === pid);
  return /^(\/\S+\/node)\s/.exec(child?.args ?? "")?.[1];
}

export function masters(view: NginxView): number[] {
  return (view.processes ?? []).filter((p) => p.role === "master").map((p) => p.pid);
}

export function containerIds(c: TargetContext): string[] {
  const listed = c.facts.results("containers").find((r) => r.end === "exited" && r.exitCode === 0);
  return [...(listed?.stdout ?? "").matchAll(/"ID":"([0-9a-f]{12,64})"/g)].map((m) => m[1] ?? "");
}

/** The slow logs of the php-fpm pools that nginx asks. */
export function slowLogs(targets: readonly Target[]): Plan["slowLogs"] {
  const paths = targets.flatMap((t) => (t.scope.pool?.slowlog === undefined ? [] : [t.scope.pool.slowlog]));
  return [...new Set(paths)].filter((p) => /^\/[\w./@+-]+$/.test(p)).map((path) => ({ path }));
}

export function resolverNames(failing: readonly Target[], c: TargetContext): Plan["resolverNames"] {
  const lines = c.log.lines.filter(
    (l) => l.record.class === "resolve-failed" && l.record.subject !== undefined,
  );
  const name = lines.at(-1)?.record.subject;
  const resolver = failing.flatMap((t) => t.scope.location?.resolver ?? [])[0]?.replace(/:53$/, "");
  if (
    name === undefined ||
    resolver === undefined ||
    !/^[A-Za-z0-9._-]+$/.test(name) ||
    !/^[\d.a-f:]+$/i.test(resolver)
  )
    return [];
  return [{ name, resolver }];
}
