import { parseNginxAddress } from "./nginx-address.ts";
import type { NginxAddress } from "./nginx-address.ts";
import type { NginxDirective } from "./nginx-directives.ts";
import { levelOf, numberOf, textOf, timeOf } from "./nginx-scope.ts";
import { parseNginxTime } from "./nginx-values.ts";

export interface NginxUpstreamServer extends NginxAddress {
  readonly raw: string;
  readonly file: string;
  readonly line: number;
  readonly weight: number;
  readonly maxFails: number;
  readonly failTimeoutMs: number;
  /** 0: no limit. */
  readonly maxConns: number;
  readonly backup: boolean;
  readonly down: boolean;
  readonly resolve: boolean;
}

/** An `upstream` block. */
export interface NginxUpstream {
  readonly name: string;
  readonly context: "http" | "stream";
  readonly file: string;
  readonly line: number;
  readonly servers: readonly NginxUpstreamServer[];
  /** Idle connections kept per worker; undefined when not set (on by default since 1.29.7). */
  readonly keepalive?: number;
  /** 60,000 when not set. */
  readonly keepaliveTimeoutMs: number;
  readonly keepaliveRequests?: number;
  readonly zone?: string;
  readonly method: string;
}

const METHODS = ["least_conn", "ip_hash", "hash", "random", "least_time"];

/** Reads an `upstream NAME { … }` block (ngx_http_upstream.c, ngx_stream_upstream.c). */
export function parseNginxUpstream(directive: NginxDirective, context: "http" | "stream"): NginxUpstream {
  const scope = [levelOf(directive.block ?? [])];
  const servers = (directive.block ?? []).filter(({ name }) => name === "server");
  const keepalive = numberOf(scope, "keepalive");
  const keepaliveRequests = numberOf(scope, "keepalive_requests");
  const zone = textOf(scope, "zone");
  return {
    name: directive.args[0] ?? "",
    context,
    file: directive.file,
    line: directive.line,
    servers: servers.map((server) => parseServer(server, context === "http" ? 80 : undefined)),
    ...(keepalive === undefined ? {} : { keepalive }),
    keepaliveTimeoutMs: timeOf(scope, "keepalive_timeout") ?? 60_000,
    ...(keepaliveRequests === undefined ? {} : { keepaliveRequests }),
    ...(zone === undefined ? {} : { zone }),
    method: METHODS.find((name) => scope[0]?.has(name)) ?? "round_robin",
  };
}

function parseServer(directive: NginxDirective, defaultPort: number | undefined): NginxUpstreamServer {
  const [raw = "", ...words] = directive.args;
  const value = (name: string) => words.find((word) => word.startsWith(`${name}=`))?.slice(name.length + 1);
  const number = (name: string, otherwise: number) => {
    const text = value(name);
    return text !== undefined && /^\d{1,9}$/.test(text) ? Number(text) : otherwise;
  };
  const failTimeout = value("fail_timeout");
  return {
    raw,
    file: directive.file,
    line: directive.line,
    ...parseNginxAddress(raw, defaultPort),
    weight: number("weight", 1),
    maxFails: number("max_fails", 1),
    failTimeoutMs: (failTimeout === undefined ? undefined : parseNginxTime(failTimeout)) ?? 10_000,
    maxConns: number("max_conns", 0),
    backup: words.includes("backup"),
    down: words.includes("down"),
    resolve: words.includes("resolve"),
  };
}
