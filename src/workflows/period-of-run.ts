import type { BundledCommand } from "../domain/bundle.ts";
import type { Certificate, HostPeriod, VhostPeriod } from "../domain/report.ts";
import { accessLogs } from "../model/access-logs.ts";
import { factSet } from "../model/facts.ts";
import { logView } from "../model/log-view.ts";
import { nginxZone } from "../model/log-zone.ts";
import { type NginxView, nginxView } from "../model/nginx-view.ts";
import { parsePs } from "../parsers/ps.ts";
import { parseX509 } from "../parsers/x509.ts";

/** Vhosts a host's period lists; a client may invent any Host. */
const MOST_VHOSTS = 30;

export interface PeriodRequest {
  /** Epoch milliseconds. */
  readonly since: number;
  readonly until: number;
  readonly bucketMs: number;
}

/**
 * The traffic of a host over a period, from the logs its run collected: requests and 502s by vhost, error-log lines
 * by class, and how far back the logs reach. The bot's own requests do not count. `because` says why there is no rate.
 */
export function periodOf(commands: readonly BundledCommand[], request: PeriodRequest): HostPeriod {
  const facts = factSet(commands, (check) => (check === "processes" ? parsePs : undefined));
  const view = nginxView(facts);
  const { nowS, zoneMinutes } = clockOf(commands, request.until);
  // The host's clock may differ from the bot's: the period is meant in the host's own time.
  const skewS = nowS - request.until / 1000;
  const sinceS = request.since / 1000 + skewS;
  const named = accessLogs(view, facts).flatMap((l) => l.records);
  const users = named.filter((r) => !/fiveohtwo/.test(r.record.userAgent ?? ""));
  const timed = users.filter((r) => (r.record.at ?? 0) >= sinceS);
  const oldest = named.reduce<number | undefined>(
    (a, r) => (r.record.at === undefined || (a !== undefined && a <= r.record.at) ? a : r.record.at),
    undefined,
  );
  const log = logView(facts, nowS, nginxZone(facts) ?? zoneMinutes, view.build?.numbers);
  const bounded = named.length > 0 && oldest !== undefined && oldest > sinceS && wasCut(commands);
  return {
    vhosts: byVhost(timed, request, sinceS),
    classes: classesOf(
      log.lines
        .filter((l) => l.at >= sinceS)
        .map((l) => l.record)
        .filter((r) => r.level !== "notice" && r.level !== "info")
        .map((r) => r.class),
    ),
    ...(bounded ? { coveredFrom: Math.round((oldest - skewS) * 1000) } : {}),
    ...(named.length === 0 ? { because: whyNoRate(commands, view) } : {}),
    certificates: certificatesOf(commands),
  };
}

type Named = ReturnType<typeof accessLogs>[number]["records"][number];

function byVhost(records: readonly Named[], request: PeriodRequest, sinceS: number): VhostPeriod[] {
  const count = Math.max(1, Math.ceil((request.until - request.since) / request.bucketMs));
  const found = new Map<string, { total: number; count502: number; count5xx: number; buckets: number[] }>();
  for (const { vhost, record } of records) {
    const one = found.get(vhost) ?? {
      total: 0,
      count502: 0,
      count5xx: 0,
      buckets: Array.from({ length: count }, () => 0),
    };
    found.set(vhost, one);
    one.total += 1;
    const status = record.status ?? 0;
    if (status >= 500) one.count5xx += 1;
    if (status !== 502) continue;
    one.count502 += 1;
    const at = Math.min(
      count - 1,
      Math.max(0, Math.floor((((record.at ?? 0) - sinceS) * 1000) / request.bucketMs)),
    );
    one.buckets[at] = (one.buckets[at] ?? 0) + 1;
  }
  return [...found]
    .map(([vhost, one]) => ({ vhost, ...one }))
    .toSorted((a, b) => b.count502 - a.count502 || b.total - a.total || (a.vhost < b.vhost ? -1 : 1))
    .slice(0, MOST_VHOSTS);
}

function classesOf(names: readonly string[]): { name: string; count: number }[] {
  const counts = new Map<string, number>();
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
  return [...counts]
    .map(([name, count]) => ({ name, count }))
    .toSorted((a, b) => b.count - a.count || (a.name < b.name ? -1 : 1));
}

/** Only the end of the access logs is read. */
function wasCut(commands: readonly BundledCommand[]): boolean {
  return commands.some((c) => {
    const wanted = Number(c.argv[c.argv.indexOf("-c") + 1]);
    return c.id.startsWith("access-logs") && (c.end === "cut" || c.stdout.length >= wanted * 0.95);
  });
}

function whyNoRate(commands: readonly BundledCommand[], view: NginxView): string {
  const tried = commands.filter((c) => c.id.startsWith("access-logs"));
  const failed = tried.find((c) => c.end !== "exited" || c.exitCode !== 0);
  if (failed?.end === "denied" || /permission denied/i.test(failed?.stderr ?? "")) {
    return "the access log may not be read: let the login into the group adm, or allow the tail in sudoers";
  }
  if (failed !== undefined) return `the access log could not be read (${failed.end})`;
  if (view.routes === undefined) return "nginx's configuration could not be read";
  return tried.length === 0
    ? "no access log is written to a file"
    : "the access log is empty, or its format could not be read";
}

function clockOf(commands: readonly BundledCommand[], until: number): { nowS: number; zoneMinutes: number } {
  const [, seconds, sign, hours, minutes] =
    /^(\d{9,12}) ([+-])(\d\d)(\d\d)$/m.exec(commands.find((c) => c.id === "clock")?.stdout ?? "") ?? [];
  if (seconds === undefined) return { nowS: until / 1000, zoneMinutes: 0 };
  const offset = Number(hours) * 60 + Number(minutes);
  return { nowS: Number(seconds), zoneMinutes: sign === "-" ? -offset : offset };
}

function certificatesOf(commands: readonly BundledCommand[]): Certificate[] {
  return commands
    .filter((c) => c.id.startsWith("certificate#"))
    .flatMap((c) => {
      const parsed = parseX509(c);
      const path = c.argv[c.argv.indexOf("-in") + 1] ?? "";
      return parsed?.notAfter === undefined
        ? []
        : [{ path, names: parsed.dnsNames.slice(0, 5), notAfter: parsed.notAfter * 1000 }];
    })
    .toSorted((a, b) => a.notAfter - b.notAfter);
}
