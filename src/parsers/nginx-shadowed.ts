import type { NginxServer } from "./nginx-routes.ts";

/** A server that nginx never chooses, and one that it chooses instead. */
export interface Shadowed {
  readonly server: NginxServer;
  readonly by: NginxServer;
}

/**
 * Servers whose every name is taken, at every address they listen on, by servers read before them: nginx warns
 * "conflicting server name ... ignored" (ngx_http_server_names) and asks the first. One that is an address's default
 * still gets what no name fits.
 */
export function shadowedServers(servers: readonly NginxServer[]): Shadowed[] {
  const first = new Map<string, NginxServer>();
  const shadowed: Shadowed[] = [];
  for (const server of servers) {
    if (server.context !== "http") continue;
    const places = server.listens.flatMap((l) => {
      const at = l.unix ?? `${l.address}:${l.port}`;
      return server.names.map((name) => `${at} ${name.startsWith("~") ? name : name.toLowerCase()}`);
    });
    const before = places.map((place) => first.get(place));
    const [by] = before;
    if (by !== undefined && !before.includes(undefined) && !server.listens.some((l) => l.defaultServer))
      shadowed.push({ server, by });
    for (const place of places) if (!first.has(place)) first.set(place, server);
  }
  return shadowed;
}
