import type { Traffic } from "../domain/diagnosis.ts";
import type { NginxAccessRecord } from "../parsers/nginx-access-log.ts";
import { accessLogs, type AccessLogView } from "./access-logs.ts";
import type { FactSet } from "./facts.ts";
import type { NginxView } from "./nginx-view.ts";

/** How far back the share of failing requests is counted. */
const WINDOW_S = 3600;
const MOST_VHOSTS = 5;
const MOST_NAMED = 3;
/** The bot's own requests are no users'. */
const OWN = /fiveohtwo/;

/** What users got in the last hour, by the access logs: each vhost of which requests failed, the worst first. */
export function trafficOf(view: NginxView, facts: FactSet, nowS: number): Traffic[] {
  const groups = new Map<string, NginxAccessRecord[]>();
  for (const { vhost, record } of accessLogs(view, facts).flatMap((l) => l.records)) {
    const age = record.at === undefined ? undefined : nowS - record.at;
    if (age === undefined || age > WINDOW_S || age < -120 || OWN.test(record.userAgent ?? "")) continue;
    const before = groups.get(vhost);
    if (before === undefined) groups.set(vhost, [record]);
    else before.push(record);
  }
  return [...groups]
    .flatMap(([vhost, records]) => {
      const failed = records.filter((r) => (r.status ?? 0) >= 500);
      return failed.length === 0 ? [] : [counted(vhost, records, failed)];
    })
    .toSorted((a, b) => b.failed - a.failed || (a.vhost < b.vhost ? -1 : 1))
    .slice(0, MOST_VHOSTS);
}

function counted(
  vhost: string,
  records: readonly NginxAccessRecord[],
  failed: readonly NginxAccessRecord[],
): Traffic {
  const times = failed.flatMap((r) => (r.at === undefined ? [] : [r.at]));
  const begin = records.reduce((a, r) => Math.min(a, r.at ?? a), Number.POSITIVE_INFINITY);
  const paths = tally(failed.map((r) => r.path));
  const clients = tally(failed.map((r) => r.clientMasked));
  return {
    vhost,
    from: Math.round(begin * 1000),
    requests: records.length,
    failed: failed.length,
    statuses: tally(failed.map((r) => String(r.status))).map(([status, count]) => ({
      status: Number(status),
      count,
    })),
    first: Math.round(Math.min(...times) * 1000),
    last: Math.round(Math.max(...times) * 1000),
    paths: paths.slice(0, MOST_NAMED).map(([path, count]) => ({ path: path.slice(0, 120), count })),
    morePaths: Math.max(0, paths.length - MOST_NAMED),
    clients: clients.slice(0, MOST_NAMED).map(([client, count]) => ({ client, count })),
    moreClients: Math.max(0, clients.length - MOST_NAMED),
  };
}

/** Each value with how often it comes, the most frequent first. */
function tally(values: readonly (string | undefined)[]): [string, number][] {
  const counts = new Map<string, number>();
  for (const value of values) if (value !== undefined) counts.set(value, (counts.get(value) ?? 0) + 1);
  return [...counts].toSorted(([a, m], [b, n]) => n - m || (a < b ? -1 : 1));
}

/** Access logs that do not say which peer failed and how. */
export function bareLogs(view: NginxView, facts: FactSet): AccessLogView[] {
  return accessLogs(view, facts)
    .filter((l) => !l.tellsUpstream && l.vhosts.length > 0)
    .map(({ path, vhosts, tellsUpstream }) => ({ path, vhosts, tellsUpstream }));
}
