import { isPath } from "../parsers/nginx-location-match.ts";
import { allLocations, type NginxRoutes, type NginxServer } from "../parsers/nginx-routes.ts";
import type { LogView } from "./log-view.ts";
import { RECENT_S } from "./symptoms.ts";
import type { Route } from "./topology.ts";

/** The log without what became of mirrored requests (ngx_http_mirror_module): no client gets their answers. */
export function withoutMirrors(log: LogView, routes: NginxRoutes | undefined): LogView {
  const servers = routes?.servers ?? [];
  const mirrored = new Set(servers.flatMap((s) => mirrorsOf(s).map((uri) => `${s.logName} ${uri}`)));
  if (mirrored.size === 0) return log;
  const lines = log.lines.filter(
    ({ record }) => !mirrored.has(`${record.server ?? ""} ${record.subrequest ?? ""}`),
  );
  return { ...log, lines };
}

/** Where mirrored requests fail, in words: no user sees it, whoever reads the mirror does. */
export function failingMirrors(written: LogView, whole: LogView, nowS: number): string[] {
  if (written === whole) return [];
  const kept = new Set(whole.lines);
  const lost = written.lines.filter((l) => !kept.has(l) && l.effect !== "none" && nowS - l.at < RECENT_S);
  const peers = new Set(lost.map(({ record }) => record.upstream?.address ?? record.upstream?.unix));
  return [...peers].flatMap((peer) =>
    peer === undefined ? [] : [`mirrored requests to ${peer} fail; no client gets their answers`],
  );
}

/** True for a route that only mirrored requests take: an internal location that `mirror` names. */
export function isMirror({ server, location }: Route): boolean {
  return (
    location !== undefined &&
    location.actions.internal &&
    isPath(location) &&
    mirrorsOf(server).includes(location.path)
  );
}

/** What auth_request asks as well is no mirror: its answer decides. */
function mirrorsOf(server: NginxServer): string[] {
  const requests = [server, ...allLocations(server.locations)].map(({ request }) => request);
  const decisive = new Set(requests.map(({ authRequest }) => authRequest));
  return requests.flatMap(({ mirrors }) => mirrors).filter((uri) => !decisive.has(uri));
}
