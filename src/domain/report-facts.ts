import { rankOf } from "./fold-hosts.ts";
import type { HostPeriod, ReportSummary } from "./report.ts";

/** Quiet mode: something is wrong, or something is not as it was in the report before. */
export function worthSaying(now: ReportSummary, before: ReportSummary | undefined): boolean {
  if (now.lines.some((l) => rankOf(l) !== "healthy")) return true;
  if (now.fixes.length > 0 || now.unused.length > 0 || endingSoon(now).length > 0) return true;
  if (failedMore(now, before)) return true;
  if (before === undefined) return false;
  return (
    before.lines.some((l) => rankOf(l) !== "healthy") ||
    oddOf(now) !== oddOf(before) ||
    hostsOf(now) !== hostsOf(before)
  );
}

/** Less than this share of 502s is the noise of any large site. */
const NOISE = 0.001;

/** All is well now, and yet a host failed since the last report, more than it had before. */
function failedMore(now: ReportSummary, before: ReportSummary | undefined): boolean {
  return Object.entries(now.periods).some(([host, period]) => {
    const share = shareOf(period);
    const was = before?.periods[host];
    // Half as much again: a share is never twice the same.
    return share >= NOISE && share > 1.5 * (was === undefined ? 0 : shareOf(was));
  });
}

function shareOf(period: HostPeriod): number {
  const total = period.vhosts.reduce((sum, v) => sum + v.total, 0);
  return total === 0 ? 0 : period.vhosts.reduce((sum, v) => sum + v.count502, 0) / total;
}

function oddOf(summary: ReportSummary): string {
  const told = summary.odd.flatMap((o) =>
    o.differences.map((d) => `${o.host} ${d.facet} ${d.key} ${d.here}`),
  );
  return told.toSorted().join("\n");
}

function hostsOf(summary: ReportSummary): string {
  return summary.lines
    .map((l) => l.host)
    .toSorted()
    .join(" ");
}

const SOON_MS = 30 * 86_400_000;

/** Certificates that end within 30 days of the report, the next first. */
export function endingSoon(
  summary: ReportSummary,
): { host: string; path: string; names: readonly string[]; notAfter: number }[] {
  return Object.entries(summary.periods)
    .flatMap(([host, p]) => p.certificates.map((c) => ({ host, ...c })))
    .filter((c) => c.notAfter - summary.until < SOON_MS)
    .toSorted((a, b) => a.notAfter - b.notAfter);
}

/** Requests and 502s of a report's period, over all hosts whose access log could be read. */
export function trafficOf(summary: ReportSummary): {
  readonly total: number;
  readonly count502: number;
  /** Hosts that were not seen, or whose access log could not be read. */
  readonly uncounted: readonly string[];
} {
  let total = 0;
  let count502 = 0;
  for (const period of Object.values(summary.periods)) {
    for (const vhost of period.vhosts) {
      total += vhost.total;
      count502 += vhost.count502;
    }
  }
  const uncounted = summary.lines
    .map((l) => l.host)
    .filter((host) => summary.periods[host] === undefined || summary.periods[host].because !== undefined);
  return { total, count502, uncounted };
}
