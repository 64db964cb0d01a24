import { rankOf } from "./fold-hosts.ts";
import type { ReportSummary } from "./report.ts";

/** Quiet mode: something is wrong, or something is not as it was in the report before. */
export function worthSaying(now: ReportSummary, before: ReportSummary | undefined): boolean {
  if (now.lines.some((l) => rankOf(l) !== "healthy")) return true;
  if (now.fixes.length > 0 || endingSoon(now).length > 0) return true;
  return before !== undefined && before.lines.some((l) => rankOf(l) !== "healthy");
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
  readonly unread: readonly string[];
} {
  let total = 0;
  let count502 = 0;
  for (const period of Object.values(summary.periods)) {
    for (const vhost of period.vhosts) {
      total += vhost.total;
      count502 += vhost.count502;
    }
  }
  const unread = Object.entries(summary.periods)
    .filter(([, p]) => p.because !== undefined)
    .map(([host]) => host);
  return { total, count502, unread };
}
