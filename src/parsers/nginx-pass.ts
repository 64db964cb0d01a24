import { parseNginxAddress } from "./nginx-address.ts";
import type { NginxAddress } from "./nginx-address.ts";
import type { NginxLevel, NginxScope } from "./nginx-scope.ts";
import { expandNginxVariables, variablesIn } from "./nginx-variables.ts";
import type { NginxGiven, NginxResolution } from "./nginx-variables.ts";

const NGINX_PASS_KINDS = ["proxy", "fastcgi", "uwsgi", "scgi", "grpc", "memcached"] as const;
export type NginxPassKind = (typeof NGINX_PASS_KINDS)[number];

export interface NginxTarget extends NginxAddress {
  /** http, https, fastcgi, uwsgi, suwsgi, scgi, grpc, grpcs, memcached; tcp for a stream server. */
  readonly scheme: string;
  /** The `upstream` group meant; then there is neither host nor port. */
  readonly upstream?: string;
  /** The URI that replaces the location's part of the request's (proxy_pass with a path). */
  readonly uri?: string;
}

export interface NginxPass {
  readonly kind: NginxPassKind;
  readonly raw: string;
  readonly file: string;
  readonly line: number;
  /** An `if` or `limit_except` block takes over the location's pass. */
  readonly inherited: boolean;
  readonly variables: readonly string[];
  readonly resolution: NginxResolution;
  /** undefined: decided by each request. */
  readonly target?: NginxTarget;
  readonly alternatives: readonly NginxTarget[];
}

const DEFAULTS: Readonly<Record<NginxPassKind, { scheme: string; schemes: readonly string[] }>> = {
  proxy: { scheme: "http", schemes: ["http", "https"] },
  fastcgi: { scheme: "fastcgi", schemes: [] },
  uwsgi: { scheme: "uwsgi", schemes: ["uwsgi", "suwsgi"] },
  scgi: { scheme: "scgi", schemes: [] },
  grpc: { scheme: "grpc", schemes: ["grpc", "grpcs"] },
  memcached: { scheme: "memcached", schemes: [] },
};

/** proxy_pass alone knows default ports; the others answer `no port in upstream`. */
const PORTS: Readonly<Record<string, number>> = { http: 80, https: 443 };

/** What a pass may refer to. */
export interface PassContext {
  /** The names of the `upstream` groups, in lower case. */
  readonly upstreams: ReadonlySet<string>;
  readonly given: NginxGiven;
}

/** The `*_pass` of one block, its variables resolved where the configuration itself decides them. */
export function findNginxPass(
  level: NginxLevel,
  scope: NginxScope,
  { upstreams, given }: PassContext,
  stream = false,
): NginxPass | undefined {
  for (const kind of NGINX_PASS_KINDS) {
    const directive = level.get(`${kind}_pass`)?.[0];
    const raw = directive?.args[0];
    if (directive === undefined || raw === undefined) continue;
    const { text, alternatives } = expandNginxVariables(raw, scope, given);
    // Only the peer counts: "http://127.0.0.1:3000$request_uri" names it literally.
    const bare = raw.replace(/^[a-z]+:\/\//i, "");
    const { resolution } = expandNginxVariables(split(bare, kind).peer, scope, given);
    const read = (value: string) => parseNginxTarget(stream ? "stream" : kind, value, upstreams);
    const target = read(text);
    return {
      kind,
      raw,
      file: directive.file,
      line: directive.line,
      inherited: false,
      variables: variablesIn(raw),
      resolution: target === undefined ? "runtime" : resolution,
      ...(target === undefined ? {} : { target }),
      alternatives: alternatives.map(read).filter((each) => each !== undefined),
    };
  }
  return undefined;
}

/**
 * Reads the argument of a `*_pass`: scheme, then an address or the name of an `upstream` group, then (for
 * proxy_pass) a URI. undefined when a variable stands where the peer is named, or nginx would refuse it.
 */
export function parseNginxTarget(
  kind: NginxPassKind | "stream",
  raw: string,
  upstreams: ReadonlySet<string>,
): NginxTarget | undefined {
  const known = kind === "stream" ? { scheme: "tcp", schemes: [] } : DEFAULTS[kind];
  const prefix = /^([a-z]+):\/\//i.exec(raw);
  if (prefix !== null && !known.schemes.includes((prefix[1] ?? "").toLowerCase())) return undefined;
  if (prefix === null && kind === "proxy") return undefined;
  const scheme = prefix === null ? known.scheme : (prefix[1] ?? "").toLowerCase();
  const { peer, uri } = split(raw.slice(prefix?.[0].length ?? 0), kind);
  if (peer.includes("$")) return undefined;
  const tail = uri === undefined ? {} : { uri };
  if (upstreams.has(peer.toLowerCase())) return { scheme, upstream: peer, ...tail };
  const address = parseNginxAddress(peer, PORTS[scheme]);
  return address === undefined ? undefined : { scheme, ...address, ...tail };
}

/** Variables that always begin with "/", so what stands before them is the whole peer. */
const URI_VARIABLE = /\$\{?(?:request_uri|uri|document_uri)\b/;

function split(rest: string, kind: string): { peer: string; uri?: string } {
  if (kind !== "proxy") return { peer: rest.replace(/^(unix:[^:]*):$/, "$1") };
  if (rest.startsWith("unix:")) {
    const end = rest.indexOf(":", "unix:".length);
    if (end < 0) return { peer: rest };
    const uri = rest.slice(end + 1);
    return uri === "" ? { peer: rest.slice(0, end) } : { peer: rest.slice(0, end), uri };
  }
  const ends = [rest.search(/[/?]/), rest.search(URI_VARIABLE)].filter((at) => at >= 0);
  if (ends.length === 0) return { peer: rest };
  const end = Math.min(...ends);
  return { peer: rest.slice(0, end), uri: rest.slice(end) };
}
