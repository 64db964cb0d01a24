import type { NginxDirective } from "./nginx-directives.ts";
import { nearest } from "./nginx-scope.ts";
import type { NginxScope } from "./nginx-scope.ts";

/** "default": nothing configured, so the path nginx was built with. */
type NginxLogKind = "file" | "stderr" | "syslog" | "memory" | "default";

export interface NginxErrorLog {
  readonly kind: NginxLogKind;
  /** Absolute where the prefix is known; for syslog and memory the argument; "" for an unknown default. */
  readonly path: string;
  readonly level: string;
  /** `error_log off` does not switch off: it writes a file named "off". */
  readonly namedOff: boolean;
}

export interface NginxAccessLog {
  readonly kind: NginxLogKind;
  readonly path: string;
  readonly format: string;
  /** The value of `if=`: only requests where it is true are logged. */
  readonly condition?: string;
  /** Written late (`buffer=`, `gzip`): the last lines may be missing. */
  readonly buffered: boolean;
  /** The path holds variables: one file per value. */
  readonly variable: boolean;
}

export interface NginxLogFormat {
  readonly name: string;
  readonly escape: "default" | "json" | "none";
  readonly format: string;
}

/** What the binary was built with or started with; from `nginx -V` and the command line. */
export interface NginxPaths {
  readonly prefix?: string;
  readonly errorLogPath?: string;
  readonly accessLogPath?: string;
}

/** The error logs in force at a place; never empty. */
export function errorLogsOf(scope: NginxScope, paths: NginxPaths): NginxErrorLog[] {
  const found = nearest(scope, "error_log");
  if (found.length === 0) {
    return [{ kind: "default", path: paths.errorLogPath ?? "", level: "error", namedOff: false }];
  }
  return found.map(({ args: [target = "", level = "error"] }) => ({
    ...place(target, paths),
    level,
    namedOff: target === "off",
  }));
}

/** The access logs in force at a place; empty for `access_log off`. */
export function accessLogsOf(scope: NginxScope, paths: NginxPaths): NginxAccessLog[] {
  const found = nearest(scope, "access_log");
  if (found.length === 0) {
    const path = paths.accessLogPath ?? "";
    return [{ kind: "default", path, format: "combined", buffered: false, variable: false }];
  }
  if (found.some(({ args }) => args[0] === "off")) return [];
  return found.map(accessLog(paths));
}

const accessLog =
  (paths: NginxPaths) =>
  ({ args: [target = "", ...words] }: NginxDirective): NginxAccessLog => {
    const format =
      words[0] === undefined || /^(buffer|gzip|flush|if)(=|$)/.test(words[0]) ? "combined" : words[0];
    const condition = words.find((word) => word.startsWith("if="))?.slice("if=".length);
    return {
      ...place(target, paths),
      format,
      ...(condition === undefined ? {} : { condition }),
      buffered: words.some((word) => /^(buffer=|gzip)/.test(word)),
      variable: target.includes("$"),
    };
  };

function place(target: string, paths: NginxPaths): { kind: NginxLogKind; path: string } {
  if (target === "stderr") return { kind: "stderr", path: "" };
  if (target.startsWith("syslog:")) return { kind: "syslog", path: target };
  if (target.startsWith("memory:")) return { kind: "memory", path: target };
  if (target.startsWith("/") || paths.prefix === undefined) return { kind: "file", path: target };
  return { kind: "file", path: `${paths.prefix.replace(/\/$/, "")}/${target}` };
}

/** True where this machine's own journal gets the lines of an error log: standard error, or the local syslog socket. */
export function isInJournal({ kind, path }: NginxErrorLog): boolean {
  return (
    kind === "stderr" ||
    (kind === "syslog" &&
      /\bserver=unix:(?:\/var)?(?:\/dev\/log|\/run\/systemd\/journal\/(?:dev-log|syslog))\b/.test(path))
  );
}

const COMBINED: NginxLogFormat = {
  name: "combined",
  escape: "default",
  format:
    '$remote_addr - $remote_user [$time_local] "$request" $status $body_bytes_sent "$http_referer" "$http_user_agent"',
};

/** The `log_format` definitions of a http or stream block, and nginx's own "combined". */
export function logFormatsOf(directives: readonly NginxDirective[]): NginxLogFormat[] {
  const own = directives
    .filter(({ name }) => name === "log_format")
    .map(({ args: [name = "", ...parts] }) => {
      const option = /^escape=(default|json|none)$/.exec(parts[0] ?? "")?.[1];
      const escape: NginxLogFormat["escape"] = option === "json" || option === "none" ? option : "default";
      return { name, escape, format: (option === undefined ? parts : parts.slice(1)).join("") };
    });
  return own.some(({ name }) => name === "combined") ? own : [COMBINED, ...own];
}
