import type { NginxListen } from "./nginx-listen.ts";
import { matchesNginxRegex } from "./nginx-regex.ts";
import type { NginxServer } from "./nginx-routes.ts";

export interface NginxServerMatch {
  readonly server: NginxServer;
  readonly by: "exact" | "wildcard" | "regex" | "default";
  /** Regular expressions on the way that could not be tried: each may have matched instead. */
  readonly untried: readonly string[];
}

/** Where a request arrives; without an address every server on that port is considered. */
export type NginxPlace = { readonly address?: string; readonly port: number } | { readonly unix: string };

/**
 * Finds the http server for a place and a Host header (undefined: none sent), after
 * ngx_http_find_virtual_server: exact name, longest "*.x", longest "x.*", regular expressions in order, then
 * the default server of the place. undefined: nothing listens there.
 */
export function selectServer(
  servers: readonly NginxServer[],
  place: NginxPlace,
  host: string | undefined,
): NginxServerMatch | undefined {
  const here = listeningAt(servers, place);
  const first = here[0];
  if (first === undefined) return undefined;
  const name = hostName(host ?? "");
  const untried: string[] = [];
  const answer = (server: NginxServer, by: NginxServerMatch["by"]) => ({ server, by, untried });

  const exact = here.find(({ server }) => server.names.some((each) => plainNames(each).includes(name)));
  if (exact !== undefined) return answer(exact.server, "exact");
  const wildcard = longestWildcard(here, name, leading) ?? longestWildcard(here, name, trailing);
  if (wildcard !== undefined) return answer(wildcard, "wildcard");
  for (const { server } of name === "" ? [] : here) {
    for (const each of server.names) {
      if (!each.startsWith("~")) continue;
      const matched = matchesNginxRegex(each.slice(1), name, true);
      if (matched === true) return answer(server, "regex");
      if (matched === undefined) untried.push(each);
    }
  }
  return answer((here.find(({ listen }) => listen.defaultServer) ?? first).server, "default");
}

interface Listening {
  readonly server: NginxServer;
  readonly listen: NginxListen;
}

/** The servers that share the socket of a place, in order; a server comes once. */
function listeningAt(servers: readonly NginxServer[], place: NginxPlace): Listening[] {
  const all = servers
    .filter(({ context }) => context === "http")
    .flatMap((server) => server.listens.map((listen) => ({ server, listen })));
  if ("unix" in place) return all.filter(({ listen }) => listen.unix === place.unix);
  const { address, port } = place;
  const onPort = all.filter(
    ({ listen }) =>
      listen.port !== undefined &&
      port >= listen.port &&
      port <= (listen.portEnd ?? listen.port) &&
      !listen.quic,
  );
  if (address === undefined) return onPort;
  const exact = onPort.filter(({ listen }) => listen.address === address.toLowerCase());
  if (exact.length > 0) return exact;
  const any = address.includes(":") ? "::" : "0.0.0.0";
  const wildcard = onPort.filter(({ listen }) => listen.address === any);
  return wildcard.length > 0
    ? wildcard
    : onPort.filter(({ listen }) => listen.address === "::" && listen.dualStack);
}

/** Host header → name: lower case, without port and trailing dot. */
function hostName(host: string): string {
  const name = host.startsWith("[") ? host.replace(/\]:\d*$/, "]") : host.replace(/:\d*$/, "");
  return name.toLowerCase().replace(/\.$/, "");
}

const isPlain = (name: string) => !/[*~]/.test(name) && !name.startsWith(".");

function plainNames(name: string): string[] {
  if (name.startsWith(".")) return [name.slice(1).toLowerCase()];
  return isPlain(name) ? [name.toLowerCase()] : [];
}

/** "*.example.org" and ".example.org" → ".example.org" when the host ends so. */
function leading(name: string, host: string): boolean {
  const suffix = name.startsWith("*.") ? name.slice(1) : name.startsWith(".") ? name : undefined;
  return suffix !== undefined && host.endsWith(suffix.toLowerCase()) && host.length > suffix.length;
}

function trailing(name: string, host: string): boolean {
  return (
    name.endsWith(".*") && host.startsWith(name.slice(0, -1).toLowerCase()) && host.length >= name.length
  );
}

function longestWildcard(
  here: readonly Listening[],
  host: string,
  matches: (name: string, host: string) => boolean,
): NginxServer | undefined {
  let best: { server: NginxServer; length: number } | undefined;
  for (const { server } of here) {
    for (const name of server.names) {
      if (!matches(name, host)) continue;
      const length = name.replace(/^\*/, "").length;
      if (best === undefined || length > best.length) best = { server, length };
    }
  }
  return best?.server;
}
