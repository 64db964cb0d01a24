import { foldHosts } from "../domain/fold-hosts.ts";
import type { ReportSummary } from "../domain/report.ts";

const HEADER = [
  "host",
  "verdict",
  "cause",
  "grade",
  "failing_since",
  "vhost",
  "requests",
  "status_502",
  "status_5xx",
  "error_log",
  "period_from",
  "period_to",
  "blind_spots",
  "run",
  "headline",
];

/** A report as CSV (RFC 4180), one line a host and vhost, worst first; times in ISO 8601. */
export function reportCsv(summary: ReportSummary): string {
  const rows = foldHosts(summary.lines)
    .flatMap((f) => f.lines)
    .flatMap((line) => {
      const since = iso(line.cause?.since);
      const head = [line.host, line.verdict, line.cause?.id ?? "", line.cause?.grade ?? "", since];
      const errors = summary.periods[line.host]?.classes.map((c) => `${c.count} ${c.name}`).join("; ") ?? "";
      const [from, to] = [summary.since, summary.until].map(iso);
      const blind = line.blindSpots.map((b) => b.because).join("; ");
      const tail = [errors, from ?? "", to ?? "", blind, line.runId, line.headline];
      const vhosts = summary.periods[line.host]?.vhosts ?? [];
      if (vhosts.length === 0) return [[...head, "", "", "", "", ...tail]];
      return vhosts.map((v) => [
        ...head,
        v.vhost,
        String(v.total),
        String(v.count502),
        String(v.count5xx),
        ...tail,
      ]);
    });
  return [HEADER, ...rows].map((row) => `${row.map(cell).join(",")}\r\n`).join("");
}

function iso(at: number | undefined): string {
  return at === undefined ? "" : new Date(at).toISOString();
}

/** Quoted where needed; a cell that a spreadsheet would take for a formula is kept a text. */
function cell(text: string): string {
  const safe = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
