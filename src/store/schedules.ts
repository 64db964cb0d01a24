import type { Kysely } from "kysely";
import type { Schedule } from "../domain/schedule.ts";
import type { Silence } from "../domain/silence.ts";
import { fromJson } from "./json.ts";
import type { Database } from "./schema.ts";

export async function putSchedule(db: Kysely<Database>, schedule: Schedule): Promise<void> {
  const body = JSON.stringify(schedule);
  await db
    .insertInto("schedule")
    .values({ id: schedule.id, body })
    .onConflict((c) => c.column("id").doUpdateSet({ body }))
    .execute();
}

/** @returns false when there is none of this id */
export async function removeSchedule(db: Kysely<Database>, id: string): Promise<boolean> {
  const gone = await db.deleteFrom("schedule").where("id", "=", id).returning("id").execute();
  return gone.length === 1;
}

/** By id. */
export async function listSchedules(db: Kysely<Database>): Promise<Schedule[]> {
  const rows = await db.selectFrom("schedule").select("body").orderBy("id").execute();
  return rows.map((row) => fromJson(row.body));
}

/** A silence of the same id takes the place of the earlier one; one that ends now is ended so. */
export async function putSilence(db: Kysely<Database>, silence: Silence): Promise<void> {
  const body = JSON.stringify(silence);
  const values = { id: silence.id, until: silence.until, body };
  await db
    .insertInto("silence")
    .values(values)
    .onConflict((c) => c.column("id").doUpdateSet({ until: silence.until, body }))
    .execute();
}

/** Those in force, the one that ends first first. */
export async function listSilences(db: Kysely<Database>, now: number): Promise<Silence[]> {
  const rows = await db
    .selectFrom("silence")
    .select("body")
    .where("until", ">", now)
    .orderBy("until")
    .execute();
  return rows.map((row) => fromJson(row.body));
}
