import type { Front } from "./fronts.ts";
import { type LogLine } from "./log-view.ts";
import { followsRequest, type Peer, type Route, schemeKey, targetName } from "./topology.ts";

/**
 * A line is about this peer when it names it, or names its group, or names no peer but this vhost's location. What names
 * another scheme, by which the same site asks the same peer, is about that one.
 */
export function concerns(
  line: LogLine,
  routes: readonly Route[],
  peer: Peer | null,
  list: readonly string[],
  schemes: ReadonlyMap<string, ReadonlySet<string>>,
): boolean {
  const { record } = line;
  const [route] = routes;
  // An nginx of this host that wants the PROXY protocol logs under the address it listens on.
  if (record.class === "proxy-protocol-broken")
    return peer !== null && [...list, peer.host ?? ""].some((a) => targetName(peer, a) === record.server);
  if (
    !route ||
    (record.server !== undefined && record.stream !== true && record.server !== route.server.logName)
  )
    return false;
  const up = record.upstream;
  if (peer !== null && up !== undefined && up.scheme !== peer.scheme)
    if (schemes.get(schemeKey(route.server, peer))?.has(up.scheme) === true) return false;
  if (peer !== null && up?.unix !== undefined)
    return peer.kind === "unix" && peer.path !== undefined && isSocket(up.unix, peer.path);
  if (peer !== null && up?.address !== undefined)
    return peer.kind === "tcp" && [...list, peer.host ?? ""].some((a) => targetName(peer, a) === up.address);
  if (up?.group !== undefined)
    return route.upstream?.name === up.group || routes.some((r) => r.pass.raw.includes(up.group ?? "\0"));
  if (up !== undefined || record.server === undefined) return false;
  return (
    [
      "resolve-failed",
      "no-resolver",
      "temp-file-failed",
      "socket-failed",
      "bind-failed",
      "no-port",
      "invalid-url",
    ].includes(record.class) &&
    (record.request === undefined || routes.some((r) => pathFits(r, record.request?.path ?? "")))
  );
}

/** A request to this front takes this route. */
export function reaches({ location, probe }: Front, route: Route): boolean {
  return (
    location !== undefined &&
    location === route.location &&
    (!followsRequest(route.pass) || route.peer?.scheme === probe.scheme)
  );
}

/**
 * True when the log means this socket. Of an upstream group's server nginx prints "unix:PATH" and the URI with nothing
 * between them ("http://unix:/run/app.sock/cart").
 */
export function isSocket(logged: string, path: string): boolean {
  const [one, other] = [logged, path].map((p) => p.replace(/^\/var\/run\//, "/run/")) as [string, string];
  return one === other || one.startsWith(`${other}/`) || one.startsWith(`${other}?`);
}

function pathFits(route: Route, path: string): boolean {
  const location = route.location;
  return (
    location === undefined ||
    location.modifier === "~" ||
    location.modifier === "~*" ||
    location.path === "" ||
    path.startsWith(location.path.replace(/\/$/, ""))
  );
}
