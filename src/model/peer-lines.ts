import { type LogLine } from "./log-view.ts";
import { type Peer, type Route, targetName } from "./topology.ts";

/** A line is about this peer when it names it, or names its group, or names no peer but this vhost's location. */
export function concerns(
  line: LogLine,
  routes: readonly Route[],
  peer: Peer | null,
  list: readonly string[],
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
  if (peer !== null && up?.unix !== undefined)
    return (
      peer.kind === "unix" &&
      (up.unix === peer.path ||
        up.unix.replace(/^\/var\/run\//, "/run/") === peer.path?.replace(/^\/var\/run\//, "/run/"))
    );
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
      "body-too-large",
      "socket-failed",
      "bind-failed",
      "no-port",
      "invalid-url",
    ].includes(record.class) &&
    (record.request === undefined || routes.some((r) => pathFits(r, record.request?.path ?? "")))
  );
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
