import type { z } from "zod";
import type { NginxServer } from "../parsers/nginx-routes.ts";
import { type FactSet, known } from "./facts.ts";
import type { FrontResult } from "./fronts.ts";
import type { LogView } from "./log-view.ts";
import type { NginxView } from "./nginx-view.ts";
import type { VhostFacts } from "./route-schema.ts";
import { recentRequests } from "./requests.ts";
import { isBad, RECENT_S } from "./symptoms.ts";
import { vhostName } from "./topology.ts";

export function vhostFacts(
  server: NginxServer,
  view: NginxView,
  facts: FactSet,
  fronts: readonly FrontResult[],
  log: LogView,
  nowS: number,
): z.infer<typeof VhostFacts> {
  const own = fronts.filter((f) => f.front.server === server);
  const bad = own.filter(isBad);
  const requests = recentRequests(server, view, facts, nowS);
  const users = requests?.filter((r) => !/fiveohtwo/.test(r.userAgent ?? ""));
  const count = (status: number): number | undefined => users?.filter((r) => r.status === status).length;
  const lines = log.lines.filter((l) => l.record.server === server.logName && l.effect !== "none");
  const last = lines.at(-1);
  const said = log.lines
    .filter(
      (l) =>
        l.record.server === server.logName && l.record.class === "fastcgi-stderr" && nowS - l.at <= RECENT_S,
    )
    .map((l) => l.record.message);
  const back = ownReturn(server, bad);
  const twin = view.shadowed.find(({ by }) => by === server)?.server;
  return known<z.infer<typeof VhostFacts>>({
    name: vhostName(server),
    names: [...server.names],
    file: server.file,
    line: server.line,
    tls: server.listens.some((l) => l.ssl),
    probed: own.length > 0,
    status: bad[0]?.status ?? own[0]?.status,
    failing: own.length === 0 ? undefined : bad.length > 0,
    ownPage: bad.length === 0 ? undefined : bad.some((f) => f.bytes > 0 && f.bytes < 600),
    errorLogLevel: server.request.errorLogs[0]?.level,
    errorLogPath: server.request.errorLogs[0]?.path,
    sharePct:
      users && users.length > 0
        ? Math.round((users.filter((r) => r.status === 502).length / users.length) * 1000) / 10
        : undefined,
    served: users?.length,
    bad: users?.filter((r) => (r.status ?? 0) >= 500 || r.status === 9).length,
    status502: count(502),
    status504: count(504),
    status500: count(500),
    status503: count(503),
    status499: count(499),
    status009: count(9),
    classes: log.seen
      ? [...new Set(lines.filter((l) => nowS - l.at <= RECENT_S).map((l) => l.record.class))]
      : undefined,
    returns: own.length === 0 ? undefined : (back?.code ?? 0),
    returnsAt: back && `${back.file}:${back.line}`,
    stderr: (said.findLast((m) => /Fatal|error:|unknown/i.test(m)) ?? said.at(-1))?.slice(0, 300),
    twin: twin && `${twin.file}:${twin.line}`,
    unproxied: unproxied(server, log, users, nowS),
    lastBadAgoS: last ? Math.max(0, Math.round(nowS - last.at)) : undefined,
  });
}

/**
 * Recent requests without the PROXY protocol at a listen that wants it, as the log names their host; none where others
 * were served meanwhile: then a scanner or a health check came past the balancer.
 */
function unproxied(
  server: NginxServer,
  log: LogView,
  users: readonly { readonly at?: number }[] | undefined,
  nowS: number,
): number | undefined {
  const wanting = new Set(
    server.listens.flatMap((l) =>
      l.proxyProtocol ? [`${l.address}:${l.port}`, `[${l.address}]:${l.port}`] : [],
    ),
  );
  if (wanting.size === 0) return 0;
  if (!log.seen) return undefined;
  const lines = log.lines.filter(
    ({ record, at }) =>
      record.class === "proxy-protocol-broken" &&
      nowS - at <= RECENT_S &&
      wanting.has(record.server ?? "") &&
      server.names.includes(/^host: ([^\s:]+)/im.exec(record.raw)?.[1]?.toLowerCase() ?? ""),
  );
  const [first] = lines;
  if (first === undefined) return 0;
  return users?.some((r) => (r.at ?? 0) > first.at) === true ? 0 : lines.length;
}

/** The `return` that answers a failing request by itself: the location's, an `if`'s in it, or the server's. */
function ownReturn(
  server: NginxServer,
  bad: readonly FrontResult[],
): { code: number; file: string; line: number } | undefined {
  for (const f of bad) {
    const location = f.front.location;
    const places = [
      ...(location ? [location, ...location.locations] : []),
      { actions: server.actions, file: server.file },
      ...server.locations.filter((l) => l.modifier === "if"),
    ];
    for (const place of places) {
      const back = place.actions.return;
      if (back && back.code === f.status) return { code: back.code, file: place.file, line: back.line };
    }
  }
  return undefined;
}
