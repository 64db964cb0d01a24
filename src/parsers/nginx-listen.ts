import type { NginxDirective } from "./nginx-directives.ts";

export interface NginxListen {
  readonly raw: string;
  /** "0.0.0.0" and "::" are the wildcards; IPv6 without brackets; absent for a unix socket. */
  readonly address?: string;
  readonly port?: number;
  /** Last port of a range (`listen 8000-8010`). */
  readonly portEnd?: number;
  readonly unix?: string;
  readonly ssl: boolean;
  readonly http2: boolean;
  readonly quic: boolean;
  readonly udp: boolean;
  readonly defaultServer: boolean;
  readonly proxyProtocol: boolean;
  /** An IPv6 wildcard socket that takes IPv4 too (`ipv6only=off`). */
  readonly dualStack: boolean;
  /** True when the server has no `listen`, and nginx's default (*:80 as root) stands in. */
  readonly implicit: boolean;
}

/** Reads one `listen` directive (ngx_http_core_listen, ngx_stream_core_listen); undefined when it makes no sense. */
export function parseNginxListen(directive: NginxDirective): NginxListen | undefined {
  const [raw = "", ...words] = directive.args;
  const place = parsePlace(raw);
  if (place === undefined) return undefined;
  const has = (...names: string[]) => names.some((name) => words.includes(name));
  return {
    raw,
    ...place,
    ssl: has("ssl"),
    http2: has("http2", "spdy"),
    quic: has("quic"),
    udp: has("udp"),
    defaultServer: has("default_server", "default"),
    proxyProtocol: has("proxy_protocol"),
    dualStack: has("ipv6only=off"),
    implicit: false,
  };
}

/** What nginx listens on when a http server names nothing. */
export const IMPLICIT_LISTEN: NginxListen = {
  raw: "",
  address: "0.0.0.0",
  port: 80,
  ssl: false,
  http2: false,
  quic: false,
  udp: false,
  defaultServer: false,
  proxyProtocol: false,
  dualStack: false,
  implicit: true,
};

function parsePlace(raw: string): Pick<NginxListen, "address" | "port" | "portEnd" | "unix"> | undefined {
  if (raw.startsWith("unix:")) return { unix: raw.slice("unix:".length) };
  const match = /^(?:(\[[0-9A-Fa-f:.%]+\]|[^\s:[\]]+):)?(\d{1,5})(?:-(\d{1,5}))?$/.exec(raw);
  if (match !== null) {
    const [, address = "*", first = "", last] = match;
    const place = { address: plainAddress(address), port: Number(first) };
    return last === undefined ? place : { ...place, portEnd: Number(last) };
  }
  // An address alone: port 80.
  if (/^(\[[0-9A-Fa-f:.%]+\]|[^\s:[\]]+)$/.test(raw)) return { address: plainAddress(raw), port: 80 };
  return undefined;
}

function plainAddress(text: string): string {
  if (text === "*") return "0.0.0.0";
  return text.startsWith("[") ? text.slice(1, -1).toLowerCase() : text.toLowerCase();
}
