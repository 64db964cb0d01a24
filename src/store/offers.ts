import { sql, type Kysely, type Selectable } from "kysely";
import type { Offer } from "../workflows/ports.ts";
import type { Database, OfferTable } from "./schema.ts";

function toOffer(row: Selectable<OfferTable>): Offer {
  return {
    runId: row.run_id,
    host: row.host,
    fixId: row.fix_id,
    createdAt: row.created_at,
    expiresAt: row.expires_at,
    payload: row.payload,
    digest: row.digest,
  };
}

/** Keeps their order, best first. An offer that exists stays as it was shown. */
export async function insertOffers(db: Kysely<Database>, offers: readonly Offer[]): Promise<void> {
  for (const [rank, o] of offers.entries()) {
    await db
      .insertInto("offer")
      .values({
        run_id: o.runId,
        fix_id: o.fixId,
        rank,
        host: o.host,
        created_at: o.createdAt,
        expires_at: o.expiresAt,
        payload: o.payload,
        digest: o.digest,
      })
      .onConflict((c) => c.columns(["run_id", "fix_id"]).doNothing())
      .execute();
  }
}

export async function readOffer(
  db: Kysely<Database>,
  runId: string,
  fixId: string,
): Promise<Offer | undefined> {
  const row = await db
    .selectFrom("offer")
    .selectAll()
    .where("run_id", "=", runId)
    .where("fix_id", "=", fixId)
    .executeTakeFirst();
  return row === undefined ? undefined : toOffer(row);
}

/** Best first. */
export async function listOffers(db: Kysely<Database>, runId: string): Promise<Offer[]> {
  const rows = await db.selectFrom("offer").selectAll().where("run_id", "=", runId).orderBy("rank").execute();
  return rows.map(toOffer);
}

/** Ends the offers of the host's runs that are not newer than the excepted one: they expire at the given time. */
export async function endOffers(
  db: Kysely<Database>,
  host: string,
  exceptRunId: string,
  at: number,
): Promise<void> {
  await db
    .updateTable("offer")
    .set({ expires_at: at })
    .where("expires_at", ">", at)
    .where("run_id", "in", earlierRuns(db, host, exceptRunId))
    .execute();
}

/** The host's runs before the given one; all others when that one is not stored. */
export function earlierRuns(db: Kysely<Database>, host: string, runId: string) {
  return db
    .selectFrom("run")
    .select("run.id")
    .where("run.host", "=", host)
    .where("run.id", "<>", runId)
    .where((w) =>
      w(
        "run.created_at",
        "<=",
        w.fn.coalesce(
          w.selectFrom("run as newer").select("newer.created_at").where("newer.id", "=", runId),
          sql<number>`9007199254740991`,
        ),
      ),
    );
}
