import type { Kysely, Selectable } from "kysely";
import type { Report, ReportSummary } from "../domain/report.ts";
import { fromJson } from "./json.ts";
import type { ReportTable } from "./channel-schema.ts";
import type { Database } from "./schema.ts";

function toReport(row: Selectable<ReportTable>): Report {
  return {
    ...fromJson(row.body),
    state: row.state,
    ...(row.finished_at === null ? {} : { finishedAt: row.finished_at }),
    ...(row.summary === null ? {} : { summary: fromJson(row.summary) }),
  };
}

/** @returns false when its schedule's due time has a report already */
export async function insertReport(db: Kysely<Database>, report: Report): Promise<boolean> {
  const inserted = await db
    .insertInto("report")
    .values({
      id: report.id,
      schedule: report.schedule ?? null,
      due_at: report.dueAt ?? null,
      state: report.state,
      created_at: report.createdAt,
      finished_at: null,
      body: JSON.stringify(report),
      summary: null,
    })
    .onConflict((c) => c.columns(["schedule", "due_at"]).doNothing())
    .returning("id")
    .execute();
  return inserted.length === 1;
}

/** @returns false when it had ended before */
export async function finishReport(
  db: Kysely<Database>,
  id: string,
  at: number,
  summary: ReportSummary,
): Promise<boolean> {
  const moved = await db
    .updateTable("report")
    .set({ state: "done", finished_at: at, summary: JSON.stringify(summary) })
    .where("id", "=", id)
    .where("state", "=", "open")
    .returning("id")
    .execute();
  return moved.length === 1;
}

export async function readReport(db: Kysely<Database>, id: string): Promise<Report | undefined> {
  const row = await db.selectFrom("report").selectAll().where("id", "=", id).executeTakeFirst();
  return row === undefined ? undefined : toReport(row);
}

/** Newest first. */
export async function listReports(
  db: Kysely<Database>,
  filter: { readonly schedule?: string; readonly state?: Report["state"]; readonly limit: number },
): Promise<Report[]> {
  let query = db.selectFrom("report").selectAll();
  if (filter.schedule !== undefined) query = query.where("schedule", "=", filter.schedule);
  if (filter.state !== undefined) query = query.where("state", "=", filter.state);
  const rows = await query.orderBy("created_at", "desc").orderBy("id", "desc").limit(filter.limit).execute();
  return rows.map(toReport);
}
