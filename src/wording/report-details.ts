import type { ReportSummary } from "../domain/report.ts";
import { sayBlind, sayCertificates, sayFailing, sayFix, sayUnused } from "./report.ts";
import { sayOdd } from "./report-group.ts";

/** One part of a report's details. */
export interface ReportPart {
  readonly title: string;
  readonly items: readonly string[];
}

/** What stands behind a report: what fails, what was done about it, what ends soon, what was not seen. */
export function reportDetails(summary: ReportSummary): ReportPart[] {
  return [
    { title: "What fails", items: sayFailing(summary) },
    { title: "Fixes and whether they held", items: [...summary.fixes.map(sayFix), ...sayUnused(summary)] },
    { title: "Certificates that end within 30 days", items: sayCertificates(summary) },
    { title: "Blind spots to mend", items: sayBlind(summary) },
  ];
}

/** All of it as a file, with the hosts that differ; nothing is cut. */
export function reportDetailsText(summary: ReportSummary): string {
  const parts = [...reportDetails(summary), { title: "The odd one out", items: sayOdd(summary.odd) }];
  return parts
    .filter((p) => p.items.length > 0)
    .map((p) => `${p.title}\n${p.items.map((i) => `- ${i.replaceAll(/\s+/g, " ")}\n`).join("")}`)
    .join("\n");
}
