import type { Kysely, Selectable } from "kysely";
import type { Diagnosis } from "../domain/diagnosis.ts";
import type { Run } from "../domain/run.ts";
import { fromJson, toJson } from "./json.ts";
import type { Database, RunTable } from "./schema.ts";

export type StoredRun = Run & { readonly diagnosis?: Diagnosis };

function toRun(row: Selectable<RunTable>): StoredRun {
  return {
    id: row.id,
    request: fromJson(row.request),
    actor: fromJson(row.actor),
    state: row.state,
    createdAt: row.created_at,
    ...(row.destination === null ? {} : { destination: fromJson(row.destination) }),
    ...(row.finished_at === null ? {} : { finishedAt: row.finished_at }),
    ...(row.diagnosis === null ? {} : { diagnosis: fromJson(row.diagnosis) }),
  };
}

export async function insertRun(db: Kysely<Database>, run: Run): Promise<void> {
  await db
    .insertInto("run")
    .values({
      id: run.id,
      host: run.request.host,
      request: JSON.stringify(run.request),
      actor: JSON.stringify(run.actor),
      destination: toJson(run.destination),
      state: run.state,
      created_at: run.createdAt,
      finished_at: run.finishedAt ?? null,
      diagnosis: null,
      verdict: null,
    })
    .execute();
}

/** queued → running; a running one stays so (a redelivered job). @returns false when it had ended */
export async function startRun(db: Kysely<Database>, id: string): Promise<boolean> {
  const moved = await db
    .updateTable("run")
    .set({ state: "running" })
    .where("id", "=", id)
    .where("state", "in", ["queued", "running"])
    .returning("id")
    .execute();
  return moved.length === 1;
}

/** Ends a run that is open. @returns false when it had ended before: the first end stays */
export async function finishRun(
  db: Kysely<Database>,
  id: string,
  state: "done" | "failed",
  at: number,
  diagnosis: Diagnosis | undefined,
): Promise<boolean> {
  const moved = await db
    .updateTable("run")
    .set({ state, finished_at: at, diagnosis: toJson(diagnosis), verdict: diagnosis?.verdict ?? null })
    .where("id", "=", id)
    .where("state", "in", ["queued", "running"])
    .returning("id")
    .execute();
  return moved.length === 1;
}

export async function readRun(db: Kysely<Database>, id: string): Promise<StoredRun | undefined> {
  const row = await db.selectFrom("run").selectAll().where("id", "=", id).executeTakeFirst();
  return row === undefined ? undefined : toRun(row);
}

/** Newest first. */
export async function listRuns(
  db: Kysely<Database>,
  filter: { readonly host?: string; readonly hosts?: readonly string[]; readonly limit: number },
): Promise<StoredRun[]> {
  let query = db.selectFrom("run").selectAll();
  if (filter.hosts !== undefined) {
    if (filter.hosts.length === 0) return [];
    query = query.where("host", "in", filter.hosts);
  }
  if (filter.host !== undefined) query = query.where("host", "=", filter.host);
  const rows = await query.orderBy("created_at", "desc").orderBy("id", "desc").limit(filter.limit).execute();
  return rows.map(toRun);
}

/** Hosts whose newest run with a verdict did not find them healthy, the latest first. */
export async function unwellHosts(db: Kysely<Database>): Promise<string[]> {
  const rows = await db
    .with("newest", (q) =>
      q
        .selectFrom("run")
        .where("verdict", "is not", null)
        .groupBy("host")
        .select((e) => ["host", e.fn.max("created_at").as("at")]),
    )
    .selectFrom("run")
    .innerJoin("newest", (join) =>
      join.onRef("run.host", "=", "newest.host").onRef("run.created_at", "=", "newest.at"),
    )
    .where("run.verdict", "is not", null)
    .where("run.verdict", "!=", "healthy")
    .orderBy("run.created_at", "desc")
    .select("run.host")
    .execute();
  // Two runs of one moment.
  return [...new Set(rows.map((row) => row.host))];
}

/** @returns the newest run of the host that is queued or running */
export async function openRuns(db: Kysely<Database>, host: string): Promise<Run[]> {
  const rows = await db
    .selectFrom("run")
    .selectAll()
    .where("host", "=", host)
    .where("state", "in", ["queued", "running"])
    .orderBy("created_at", "desc")
    .execute();
  return rows.map((row) => toRun(row));
}
