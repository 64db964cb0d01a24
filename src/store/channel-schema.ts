import type { Report, ReportSummary } from "../domain/report.ts";
import type { Schedule } from "../domain/schedule.ts";
import type { Silence } from "../domain/silence.ts";
import type { MemoKind } from "../workflows/channel-store.ts";
import type { JsonColumn, OptionalJsonColumn } from "./json.ts";

/** The tables of reports, schedules and silences, and of what is remembered under a key. */
export interface ChannelTables {
  report: ReportTable;
  schedule: ScheduleTable;
  silence: SilenceTable;
  memo: MemoTable;
}

/** Unique by schedule and due time: replicas that wake together make one report. */
export interface ReportTable {
  id: string;
  schedule: string | null;
  due_at: number | null;
  state: Report["state"];
  created_at: number;
  finished_at: number | null;
  body: JsonColumn<Report>;
  summary: OptionalJsonColumn<ReportSummary>;
}

interface ScheduleTable {
  id: string;
  body: JsonColumn<Schedule>;
}

interface SilenceTable {
  id: string;
  until: number;
  body: JsonColumn<Silence>;
}

/** `version` counts the reads that meant to write: the write is what locks the row. */
interface MemoTable {
  kind: MemoKind;
  key: string;
  body: string;
  version: number;
}
