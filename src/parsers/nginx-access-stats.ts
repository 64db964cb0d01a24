import type { NginxAccessRecord } from "./nginx-access-log.ts";

interface NginxAccessMinute {
  /** Epoch seconds of the minute's begin. */
  readonly at: number;
  readonly total: number;
  readonly count5xx: number;
  readonly count502: number;
}

interface NginxAccessTotals {
  readonly total: number;
  /** By three-digit status ("502", "009"); "unknown" where the format holds none. */
  readonly byStatus: Readonly<Record<string, number>>;
  /** Share of 5xx among all, 0 to 1; 0 without requests. */
  readonly share5xx: number;
  readonly count502: number;
  /** Epoch seconds. */
  readonly first502?: number;
  readonly last502?: number;
  /** In order of time; requests without a time are in none. */
  readonly minutes: readonly NginxAccessMinute[];
}

export interface NginxAccessStats extends NginxAccessTotals {
  /** By Host (else server name, else ""), most 502 first. */
  readonly vhosts: readonly (NginxAccessTotals & { readonly vhost: string })[];
}

/** A client may invent any Host: beyond this many the rest is counted under "(others)". */
const MAX_VHOSTS = 500;

/** Counts requests by status, virtual host and minute. */
export function nginxAccessStats(records: readonly NginxAccessRecord[]): NginxAccessStats {
  const groups = new Map<string, NginxAccessRecord[]>();
  for (const record of records) {
    const name = (record.host ?? record.serverName ?? "").toLowerCase();
    const vhost = groups.has(name) || groups.size < MAX_VHOSTS ? name : "(others)";
    const group = groups.get(vhost);
    if (group === undefined) groups.set(vhost, [record]);
    else group.push(record);
  }
  const vhosts = [...groups].map(([vhost, group]) => ({ vhost, ...totals(group) }));
  vhosts.sort((a, b) => b.count502 - a.count502 || b.total - a.total || (a.vhost < b.vhost ? -1 : 1));
  return { ...totals(records), vhosts };
}

function totals(records: readonly NginxAccessRecord[]): NginxAccessTotals {
  const byStatus: Record<string, number> = {};
  const minutes = new Map<number, { at: number; total: number; count5xx: number; count502: number }>();
  const times502: number[] = [];
  let count5xx = 0;
  let count502 = 0;
  for (const { status, at } of records) {
    const key = status === undefined ? "unknown" : String(status).padStart(3, "0");
    byStatus[key] = (byStatus[key] ?? 0) + 1;
    const is5xx = status !== undefined && status >= 500 && status <= 599;
    if (is5xx) count5xx++;
    if (status === 502) count502++;
    if (at === undefined || Number.isNaN(at)) continue;
    if (status === 502) times502.push(at);
    const begin = Math.floor(at / 60) * 60;
    const minute = minutes.get(begin) ?? { at: begin, total: 0, count5xx: 0, count502: 0 };
    minute.total++;
    if (is5xx) minute.count5xx++;
    if (status === 502) minute.count502++;
    minutes.set(begin, minute);
  }
  // Requests end out of order with buffered logs, so the extremes are searched, not taken from the ends.
  const first502 = times502.reduce<number | undefined>(
    (a, b) => (a === undefined || b < a ? b : a),
    undefined,
  );
  const last502 = times502.reduce<number | undefined>(
    (a, b) => (a === undefined || b > a ? b : a),
    undefined,
  );
  return {
    total: records.length,
    byStatus,
    share5xx: records.length === 0 ? 0 : count5xx / records.length,
    count502,
    ...(first502 === undefined ? {} : { first502 }),
    ...(last502 === undefined ? {} : { last502 }),
    minutes: [...minutes.values()].sort((a, b) => a.at - b.at),
  };
}
