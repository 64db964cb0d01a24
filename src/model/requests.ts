import { parseNginxAccessLog, type NginxAccessRecord } from "../parsers/nginx-access-log.ts";
import type { NginxServer } from "../parsers/nginx-routes.ts";
import type { FactSet } from "./facts.ts";
import type { NginxView } from "./nginx-view.ts";

/** Requests older than this are history. */
const RECENT_S = 300;
/** A log shared by more vhosts than this tells nothing about one of them. */
const MAX_SHARED = 3;

interface Logged {
  readonly records: readonly NginxAccessRecord[];
  /** How many vhosts write to the same files. */
  readonly sharing: number;
}

function logged(server: NginxServer, view: NginxView, facts: FactSet, nowS: number): Logged | undefined {
  const logs = server.request.accessLogs.filter((l) => l.kind === "file" || l.kind === "default");
  const formats = view.routes?.logFormats ?? [];
  let seen = false;
  const records = logs.flatMap((log) => {
    const result = facts
      .results("access-logs")
      .find((r) => r.argv.at(-1) === log.path && r.exitCode === 0 && (r.end === "exited" || r.end === "cut"));
    if (!result) return [];
    seen = true;
    return parseNginxAccessLog(
      result.stdout,
      formats.filter((f) => f.name === log.format),
    ).records;
  });
  if (!seen) return undefined;
  const sharing = (view.routes?.servers ?? []).filter(
    (s) => s.context === "http" && s.request.accessLogs.some((l) => logs.some((m) => m.path === l.path)),
  ).length;
  return {
    records: records.filter((r) => r.at !== undefined && nowS - r.at <= RECENT_S && nowS - r.at >= -120),
    sharing,
  };
}

/** The recent requests of one vhost; undefined: its access log was not read, or does not tell vhosts apart. */
export function recentRequests(
  server: NginxServer,
  view: NginxView,
  facts: FactSet,
  nowS: number,
): readonly NginxAccessRecord[] | undefined {
  const found = logged(server, view, facts, nowS);
  if (!found || found.sharing <= 1) return found?.records;
  if (!found.records.some((r) => r.host !== undefined || r.serverName !== undefined)) return undefined;
  return found.records.filter(
    (r) => server.names.includes(r.host ?? "") || server.names.includes(r.serverName ?? ""),
  );
}

/** Recent requests of a log that a few vhosts share without telling them apart: they may be this vhost's. */
export function anybodys(
  server: NginxServer,
  view: NginxView,
  facts: FactSet,
  nowS: number,
): readonly NginxAccessRecord[] {
  const found = logged(server, view, facts, nowS);
  return found && found.sharing <= MAX_SHARED ? found.records : [];
}
