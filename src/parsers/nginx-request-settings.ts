import { accessLogsOf, errorLogsOf } from "./nginx-logs.ts";
import type { NginxAccessLog, NginxErrorLog, NginxPaths } from "./nginx-logs.ts";
import { flagOf, nearest, sizeOf, textOf, timeOf } from "./nginx-scope.ts";
import type { NginxLevel, NginxScope } from "./nginx-scope.ts";
import { present } from "./nginx-settings.ts";

interface NginxErrorPage {
  readonly codes: readonly number[];
  /** `=503`: the status given instead; "keep" for none, "target" for a bare "=" (the target's own). */
  readonly replacement: number | "keep" | "target";
  readonly target: string;
}

/** The effective settings of a place that are not about its upstream. */
export interface NginxRequestSettings {
  readonly errorLogs: readonly NginxErrorLog[];
  /** Empty: switched off. */
  readonly accessLogs: readonly NginxAccessLog[];
  readonly errorPages: readonly NginxErrorPage[];
  /** Bytes; 0: no limit. */
  readonly clientMaxBodySize: number;
  readonly clientBodyTempPath?: string;
  readonly clientBodyTimeoutMs: number;
  /** Idle time nginx grants its own clients (a load balancer in front must be shorter). */
  readonly keepaliveTimeoutMs: number;
  /** URI of the auth_request subrequest. */
  readonly authRequest?: string;
  /** URIs of the subrequests of `mirror`, whose answers nobody gets. */
  readonly mirrors: readonly string[];
  readonly resolvers: readonly string[];
  readonly resolverTimeoutMs: number;
  /** The arguments of limit_req and limit_conn in force. */
  readonly limitReq: readonly (readonly string[])[];
  readonly limitConn: readonly (readonly string[])[];
  readonly root?: string;
}

/** What a block itself answers or rewrites; these directives are not inherited. */
export interface NginxOwnActions {
  /** Status code (302 for a bare URL) and what follows. */
  readonly return?: { readonly code: number; readonly text?: string; readonly line: number };
  readonly rewrites: readonly (readonly string[])[];
  readonly tryFiles?: readonly string[];
  readonly internal: boolean;
  readonly stubStatus: boolean;
  /** A Lua, njs or perl handler answers here: what it does cannot be read from the configuration. */
  readonly script?: string;
}

/** The effective request settings at a place (ngx_http_core_module, auth_request, limit_*, log). */
export function requestSettingsOf(scope: NginxScope, paths: NginxPaths): NginxRequestSettings {
  const authRequest = textOf(scope, "auth_request");
  return {
    errorLogs: errorLogsOf(scope, paths),
    accessLogs: accessLogsOf(scope, paths),
    errorPages: nearest(scope, "error_page").map(({ args }) => errorPage(args)),
    clientMaxBodySize: sizeOf(scope, "client_max_body_size") ?? 1024 ** 2,
    ...present("clientBodyTempPath", textOf(scope, "client_body_temp_path")),
    clientBodyTimeoutMs: timeOf(scope, "client_body_timeout") ?? 60_000,
    keepaliveTimeoutMs: timeOf(scope, "keepalive_timeout") ?? 75_000,
    ...(authRequest === "off" ? {} : present("authRequest", authRequest)),
    mirrors: nearest(scope, "mirror").flatMap(({ args }) => (args[0] === "off" ? [] : args.slice(0, 1))),
    resolvers: (nearest(scope, "resolver")[0]?.args ?? []).filter((word) => !word.includes("=")),
    resolverTimeoutMs: timeOf(scope, "resolver_timeout") ?? 30_000,
    limitReq: nearest(scope, "limit_req").map(({ args }) => args),
    limitConn: nearest(scope, "limit_conn").map(({ args }) => args),
    ...present("root", textOf(scope, "root")),
  };
}

/** What a block's own directives do with a request. */
export function ownActionsOf(level: NginxLevel): NginxOwnActions {
  const back = level.get("return")?.[0];
  const script = [...level.keys()].find((name) => /^(content_by_lua|js_content|perl$)/.test(name));
  const [first, second] = back?.args ?? [];
  const code = first !== undefined && /^\d{1,3}$/.test(first) ? Number(first) : undefined;
  const text = code === undefined ? first : second;
  return {
    ...(back === undefined
      ? {}
      : { return: { code: code ?? 302, ...present("text", text), line: back.line } }),
    rewrites: (level.get("rewrite") ?? []).map(({ args }) => args),
    ...present("tryFiles", level.get("try_files")?.[0]?.args),
    internal: level.has("internal"),
    stubStatus: level.has("stub_status") && flagOf([level], "stub_status", true),
    ...present("script", script),
  };
}

function errorPage(args: readonly string[]): NginxErrorPage {
  const codes: number[] = [];
  let replacement: NginxErrorPage["replacement"] = "keep";
  for (const word of args.slice(0, -1)) {
    if (/^\d{3}$/.test(word)) codes.push(Number(word));
    else if (word === "=") replacement = "target";
    else if (/^=\d{3}$/.test(word)) replacement = Number(word.slice(1));
  }
  return { codes, replacement, target: args.at(-1) ?? "" };
}
