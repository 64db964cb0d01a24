import { isNumericAddress } from "../parsers/nginx-address.ts";
import type { NginxLocation } from "../parsers/nginx-locations.ts";
import type { NginxPass, NginxTarget } from "../parsers/nginx-pass.ts";
import { allLocations, type NginxRoutes, type NginxServer } from "../parsers/nginx-routes.ts";
import type { NginxUpstreamSettings } from "../parsers/nginx-settings.ts";
import type { NginxUpstream, NginxUpstreamServer } from "../parsers/nginx-upstreams.ts";

/** One place a location may pass a request to. */
export interface Peer {
  readonly kind: "tcp" | "unix";
  readonly scheme: string;
  readonly host?: string;
  readonly port?: number;
  readonly path?: string;
  /** The name, where the host is not a numeric address. */
  readonly hostname?: string;
  /** As written in the configuration, and where. */
  readonly written: string;
  readonly file: string;
  readonly line: number;
  readonly entry?: NginxUpstreamServer;
}

/** vhost → location → upstream → peer; a peer is null where only a request decides it. */
export interface Route {
  readonly vhost: string;
  readonly server: NginxServer;
  readonly location?: NginxLocation;
  readonly pass: NginxPass;
  readonly settings?: NginxUpstreamSettings;
  readonly upstream?: NginxUpstream;
  readonly peer: Peer | null;
}

/** The name a vhost is spoken of by: its first server_name, else its first listen. */
export function vhostName(server: NginxServer): string {
  const name = server.names.find((n) => n !== "" && n !== "_");
  if (name !== undefined) return name;
  const listen = server.listens[0];
  return server.names[0] === "_" ? "_" : listen ? `*:${listen.port ?? listen.unix ?? 80}` : "_";
}

/** `proxy_pass $scheme://…`: nginx asks by TLS for those who came by TLS, and else without it. */
export function followsRequest({ raw }: NginxPass): boolean {
  return /^\$(?:scheme\b|\{scheme\})/.test(raw);
}

/** The schemes by which the sites of a name (as the error log has it) ask each peer. */
export function schemesOf(routes: readonly Route[]): ReadonlyMap<string, ReadonlySet<string>> {
  const schemes = new Map<string, Set<string>>();
  for (const { server, peer } of routes) {
    if (peer === null) continue;
    const key = schemeKey(server, peer);
    schemes.set(key, (schemes.get(key) ?? new Set()).add(peer.scheme));
  }
  return schemes;
}

export function schemeKey(server: NginxServer, peer: Peer): string {
  return `${server.logName} ${targetName(peer)}`;
}

/** @returns every route of the configuration, in its order */
export function routesOf(routes: NginxRoutes): Route[] {
  const out: Route[] = [];
  for (const server of routes.servers) {
    if (server.context === "mail") continue;
    const base = { vhost: vhostName(server), server };
    if (server.pass) {
      out.push(
        ...expand(routes, {
          ...base,
          pass: server.pass,
          ...(server.upstream ? { settings: server.upstream } : {}),
        }),
      );
    }
    for (const location of allLocations(server.locations)) {
      if (!location.pass || (location.pass.inherited && location.modifier === "limit_except")) continue;
      out.push(
        ...expand(routes, {
          ...base,
          location,
          pass: location.pass,
          ...(location.upstream ? { settings: location.upstream } : {}),
        }),
      );
    }
  }
  return out;
}

function expand(routes: NginxRoutes, base: Omit<Route, "peer" | "upstream">): Route[] {
  const targets = base.pass.target ? [base.pass.target] : base.pass.alternatives;
  if (targets.length === 0) return [{ ...base, peer: null }];
  return targets.flatMap((target) => {
    const upstream = groupOf(routes, base, target);
    if (!upstream)
      return [
        { ...base, peer: peerOf(target, target.scheme, base.pass.raw, base.pass.file, base.pass.line) },
      ];
    return upstream.servers.map((entry) => ({
      ...base,
      upstream,
      peer: peerOf(entry, target.scheme, entry.raw, entry.file, entry.line, entry),
    }));
  });
}

function groupOf(
  routes: NginxRoutes,
  base: Omit<Route, "peer" | "upstream">,
  target: NginxTarget,
): NginxUpstream | undefined {
  if (target.upstream === undefined) return undefined;
  const name = target.upstream.toLowerCase();
  const context = base.server.context === "stream" ? "stream" : "http";
  return routes.upstreams.find((u) => u.context === context && u.name.toLowerCase() === name);
}

function peerOf(
  address: { readonly host?: string; readonly port?: number; readonly unix?: string },
  scheme: string,
  written: string,
  file: string,
  line: number,
  entry?: NginxUpstreamServer,
): Peer | null {
  const origin = { scheme, written, file, line, ...(entry ? { entry } : {}) };
  if (address.unix !== undefined) return { kind: "unix", path: address.unix, ...origin };
  if (address.host === undefined || address.port === undefined) return null;
  const hostname = isNumericAddress(address.host) ? {} : { hostname: address.host };
  return { kind: "tcp", host: address.host, port: address.port, ...hostname, ...origin };
}

/** "ADDR:PORT" as ss and nginx print it (IPv6 in brackets), or "unix:PATH". */
export function targetName(peer: Pick<Peer, "kind" | "host" | "port" | "path">, address = peer.host): string {
  if (peer.kind === "unix") return `unix:${peer.path}`;
  return `${address?.includes(":") ? `[${address}]` : address}:${peer.port}`;
}
