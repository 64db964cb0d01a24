import type { NginxDirective } from "./nginx-directives.ts";
import type { NginxPassKind } from "./nginx-pass.ts";
import { flagOf, nearest, numberOf, sizeOf, textOf, timeOf } from "./nginx-scope.ts";
import type { NginxScope } from "./nginx-scope.ts";
import { parseNginxSize } from "./nginx-values.ts";

/** TLS towards the upstream. */
interface NginxUpstreamTls {
  /** SNI is sent; off by default. */
  readonly serverName: boolean;
  readonly name?: string;
  readonly verify: boolean;
  readonly verifyDepth: number;
  readonly trustedCertificate?: string;
  readonly certificate?: string;
  readonly protocols?: readonly string[];
  readonly ciphers?: string;
  readonly sessionReuse: boolean;
}

/** How a location talks to its upstream: the effective `proxy_*` (`fastcgi_*`, …) values. Times in ms, sizes in bytes. */
export interface NginxUpstreamSettings {
  readonly connectTimeoutMs: number;
  readonly readTimeoutMs: number;
  readonly sendTimeoutMs: number;
  /** Holds the response header; one memory page (4k or 8k) when not set. */
  readonly bufferSize?: number;
  readonly buffers?: { readonly count: number; readonly size: number };
  readonly busyBuffersSize?: number;
  readonly maxTempFileSize?: number;
  readonly tempPath?: string;
  readonly buffering: boolean;
  readonly requestBuffering: boolean;
  /** As configured; undefined: the version's default (1.0, since 1.29.7 1.1). */
  readonly httpVersion?: string;
  readonly nextUpstream: readonly string[];
  /** 0: no limit. */
  readonly nextUpstreamTries: number;
  readonly nextUpstreamTimeoutMs: number;
  readonly tls: NginxUpstreamTls;
  /** Names of the request headers (or CGI parameters) set here; one such list replaces the outer one whole. */
  readonly setHeaders: readonly string[];
  readonly host?: string;
  readonly connection?: string;
  readonly upgrade?: string;
  readonly interceptErrors: boolean;
  /** Local address to connect from. */
  readonly bind?: string;
  readonly socketKeepalive: boolean;
  readonly ignoreClientAbort: boolean;
  /** Sends a PROXY protocol header to the upstream (stream). */
  readonly proxyProtocol: boolean;
  /** The cache zone, undefined when off. */
  readonly cache?: string;
  readonly cacheUseStale: readonly string[];
  /** The statuses that `*_cache_valid` keeps, "any" among them; a time alone keeps 200, 301 and 302. */
  readonly cachedStatuses: readonly string[];
  /** Names of the kind's directives in the innermost block itself: they may not stand there twice. */
  readonly own: readonly string[];
  /** The read time-out's own line in that block. */
  readonly readTimeoutAt?: NginxWritten;
}

/** A directive's first argument, and where it is written. */
export interface NginxWritten {
  readonly text: string;
  readonly file: string;
  readonly line: number;
}

const HEADERS: Readonly<Record<NginxPassKind, string>> = {
  proxy: "proxy_set_header",
  grpc: "grpc_set_header",
  fastcgi: "fastcgi_param",
  uwsgi: "uwsgi_param",
  scgi: "scgi_param",
  memcached: "",
};

/** The effective upstream settings of one kind at a place, with nginx's defaults where it has one. */
export function upstreamSettingsOf(scope: NginxScope, kind: NginxPassKind): NginxUpstreamSettings {
  const own = (name: string) => `${kind}_${name}`;
  const text = <K extends string>(key: K, name: string) => present(key, textOf(scope, own(name)));
  const words = (name: string) => nearest(scope, own(name))[0]?.args;
  const headers = nearest(scope, HEADERS[kind]);
  const header = <K extends string>(key: K) =>
    present(key, headers.findLast(({ args }) => args[0]?.toLowerCase() === key)?.args[1]);
  const buffers = words("buffers");
  const bufferBytes = parseNginxSize(buffers?.[1] ?? "");
  const bind = textOf(scope, own("bind"));
  const cache = textOf(scope, own("cache"));
  return {
    connectTimeoutMs: timeOf(scope, own("connect_timeout")) ?? 60_000,
    readTimeoutMs: timeOf(scope, own("read_timeout")) ?? 60_000,
    sendTimeoutMs: timeOf(scope, own("send_timeout")) ?? 60_000,
    ...present("bufferSize", sizeOf(scope, own("buffer_size"))),
    ...(bufferBytes === undefined ? {} : { buffers: { count: Number(buffers?.[0]), size: bufferBytes } }),
    ...present("busyBuffersSize", sizeOf(scope, own("busy_buffers_size"))),
    ...present("maxTempFileSize", sizeOf(scope, own("max_temp_file_size"))),
    ...text("tempPath", "temp_path"),
    buffering: flagOf(scope, own("buffering"), true),
    requestBuffering: flagOf(scope, own("request_buffering"), true),
    ...text("httpVersion", "http_version"),
    nextUpstream: words("next_upstream") ?? ["error", "timeout"],
    nextUpstreamTries: numberOf(scope, own("next_upstream_tries")) ?? 0,
    nextUpstreamTimeoutMs: timeOf(scope, own("next_upstream_timeout")) ?? 0,
    tls: tlsOf(scope, kind),
    setHeaders: headers.map(({ args }) => args[0] ?? ""),
    ...header("host"),
    ...header("connection"),
    ...header("upgrade"),
    interceptErrors: flagOf(scope, own("intercept_errors"), false),
    ...(bind === "off" ? {} : present("bind", bind)),
    socketKeepalive: flagOf(scope, own("socket_keepalive"), false),
    ignoreClientAbort: flagOf(scope, own("ignore_client_abort"), false),
    proxyProtocol: flagOf(scope, own("protocol"), false),
    ...(cache === "off" ? {} : present("cache", cache)),
    cacheUseStale: (words("cache_use_stale") ?? []).filter((word) => word !== "off"),
    cachedStatuses: nearest(scope, own("cache_valid")).flatMap(({ args }) =>
      args.length > 1 ? args.slice(0, -1) : ["200", "301", "302"],
    ),
    own: [...(scope[0]?.keys() ?? [])].filter((name) => name.startsWith(`${kind}_`)),
    ...present("readTimeoutAt", writtenAt(scope[0]?.get(own("read_timeout"))?.[0])),
  };
}

export function writtenAt(directive: NginxDirective | undefined): NginxWritten | undefined {
  const text = directive?.args[0];
  return directive === undefined || text === undefined
    ? undefined
    : { text, file: directive.file, line: directive.line };
}

function tlsOf(scope: NginxScope, kind: NginxPassKind): NginxUpstreamTls {
  const own = (name: string) => `${kind}_ssl_${name}`;
  return {
    serverName: flagOf(scope, own("server_name"), false),
    ...present("name", textOf(scope, own("name"))),
    verify: flagOf(scope, own("verify"), false),
    verifyDepth: numberOf(scope, own("verify_depth")) ?? 1,
    ...present("trustedCertificate", textOf(scope, own("trusted_certificate"))),
    ...present("certificate", textOf(scope, own("certificate"))),
    ...present("protocols", nearest(scope, own("protocols"))[0]?.args),
    ...present("ciphers", textOf(scope, own("ciphers"))),
    sessionReuse: flagOf(scope, own("session_reuse"), true),
  };
}

/** { key: value }, or nothing for undefined: optional properties are left out, never undefined. */
export function present<K extends string, T>(key: K, value: T | undefined): { [P in K]?: T } {
  const out: { [P in K]?: T } = {};
  if (value !== undefined) out[key] = value;
  return out;
}
