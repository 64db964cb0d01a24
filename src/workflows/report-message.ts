import type { Report } from "../domain/report.ts";

/** The table of a group, from "0 of 12 hosts" to the answer: one message, updated. */
export interface GroupBody {
  readonly kind: "group";
  readonly report: Report;
  /** Hosts that have answered so far. */
  readonly done: number;
}

/** A scheduled report: said once. */
export interface ReportBody {
  readonly kind: "report";
  readonly report: Report;
  /** The summary of the report before it, for the trend. */
  readonly before?: Report["summary"];
}

/** The details of a scheduled report, in its thread. */
export interface ReportDetailsBody {
  readonly kind: "report-details";
  readonly report: Report;
}

/** A picture, a table or the whole wording of a report: a file in its thread. It is made when it is uploaded. */
export interface ReportFileBody {
  readonly kind: "report-file";
  readonly reportId: string;
  readonly what: "chart" | "csv" | "text";
}

/** The key of a report's message; its details and files are posted in its thread. */
export const reportKey = (id: string): string => `report:${id}`;

export function groupBody(report: Report, done: number): GroupBody {
  return { kind: "group", report, done };
}
