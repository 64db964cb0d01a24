import { type Kysely, sql } from "kysely";
import { z } from "zod";
import type { ApprovalState } from "../domain/approval.ts";
import type { Purged, PurgeQuery } from "../workflows/keeping-store.ts";
import type { Engine } from "./migrations.ts";
import type { Database } from "./schema.ts";

const OPEN: readonly ApprovalState[] = ["requested", "approved", "applying"];
/** A claimed moment says for so long that it was claimed; it is never asked for again after minutes. */
const TICK_MS = 2 * 86_400_000;

const Resolved = z.object({ status: z.literal("resolved"), resolvedAt: z.number() });
const Said = z.object({ at: z.number() });

/** Removes what is old and not needed, at most `limit` rows of each kind, oldest first. */
export async function purgeRows(db: Kysely<Database>, engine: Engine, q: PurgeQuery): Promise<Purged> {
  const bundles = await removeBundles(db, q);
  const { runs, approvals } = await removeRuns(db, q);
  const messages = await removeMessages(db, q);
  const reports = await removeReports(db, q);
  await db
    .deleteFrom("tick")
    .where("claimed_at", "<", q.now - TICK_MS)
    .execute();
  await db.deleteFrom("silence").where("until", "<", q.runsBefore).execute();
  if (engine === "sqlite")
    await db.deleteFrom("job").where("state", "=", "dead").where("created_at", "<", q.runsBefore).execute();
  await removeMemos(db, q);
  return { runs, bundles, approvals, messages, reports };
}

/** Ended runs from before the moment whose approvals are all decided and whose offers are over. */
function oldRuns(db: Kysely<Database>, before: number, now: number) {
  return db
    .selectFrom("run")
    .select("run.id")
    .where("run.created_at", "<", before)
    .where("run.state", "in", ["done", "failed"])
    .where((w) =>
      w.not(
        w.exists(
          w
            .selectFrom("approval")
            .select("approval.id")
            .whereRef("approval.run_id", "=", "run.id")
            .where((a) => a.or([a("approval.state", "in", OPEN), a("approval.requested_at", ">=", before)])),
        ),
      ),
    )
    .where((w) =>
      w.not(
        w.exists(
          w
            .selectFrom("offer")
            .select("offer.fix_id")
            .whereRef("offer.run_id", "=", "run.id")
            .where("offer.expires_at", ">", now),
        ),
      ),
    )
    .orderBy("run.created_at");
}

async function removeBundles(db: Kysely<Database>, q: PurgeQuery): Promise<number> {
  const old = await oldRuns(db, q.bundlesBefore, q.now)
    .innerJoin("bundle", "bundle.run_id", "run.id")
    .limit(q.limit)
    .execute();
  if (old.length === 0) return 0;
  await db
    .deleteFrom("bundle")
    .where(
      "run_id",
      "in",
      old.map((r) => r.id),
    )
    .execute();
  return old.length;
}

async function removeRuns(
  db: Kysely<Database>,
  q: PurgeQuery,
): Promise<{ readonly runs: number; readonly approvals: number }> {
  const runs = (await oldRuns(db, q.runsBefore, q.now).limit(q.limit).execute()).map((r) => r.id);
  if (runs.length === 0) return { runs: 0, approvals: 0 };
  const ofRuns = db.selectFrom("approval").select("id").where("run_id", "in", runs);
  await db.deleteFrom("journal").where("approval_id", "in", ofRuns).execute();
  await db.deleteFrom("vote").where("approval_id", "in", ofRuns).execute();
  const approvals = await db.deleteFrom("approval").where("run_id", "in", runs).returning("id").execute();
  // Bundles and offers go with their run.
  await db.deleteFrom("run").where("id", "in", runs).execute();
  return { runs: runs.length, approvals: approvals.length };
}

/** Messages that were given up or replaced, and where old ones stand: they are not changed any more. */
async function removeMessages(db: Kysely<Database>, q: PurgeQuery): Promise<number> {
  const over = await db
    .selectFrom("outbox")
    .select("id")
    .where("state", "in", ["dead", "lost", "replaced"])
    .where("created_at", "<", q.runsBefore)
    .limit(q.limit)
    .execute();
  const ids = over.map((m) => m.id);
  if (ids.length > 0) await db.deleteFrom("outbox").where("id", "in", ids).execute();
  const open = db.selectFrom("approval").where("state", "in", OPEN);
  const posted = await db
    .selectFrom("outbox_key")
    .select("key")
    .where("sent_at", "<", q.runsBefore)
    .where("key", "not in", open.select(sql<string>`'run:' || run_id`.as("key")))
    .where("key", "not in", open.select(sql<string>`'approval:' || id`.as("key")))
    .where("key", "not in", db.selectFrom("outbox").select("key").where("state", "=", "pending"))
    .limit(q.limit)
    .execute();
  const keys = posted.map((m) => m.key);
  if (keys.length > 0) await db.deleteFrom("outbox_key").where("key", "in", keys).execute();
  return ids.length + keys.length;
}

/** Ended reports, but the newest of each schedule: it says up to when the schedule was served. */
async function removeReports(db: Kysely<Database>, q: PurgeQuery): Promise<number> {
  const old = await db
    .selectFrom("report")
    .select("id")
    .where("state", "=", "done")
    .where("created_at", "<", q.runsBefore)
    .where((w) =>
      w.or([
        w("schedule", "is", null),
        w.exists(
          w
            .selectFrom("report as newer")
            .select("newer.id")
            .whereRef("newer.schedule", "=", "report.schedule")
            .whereRef("newer.created_at", ">", "report.created_at"),
        ),
      ]),
    )
    .limit(q.limit)
    .execute();
  const ids = old.map((r) => r.id);
  if (ids.length > 0) await db.deleteFrom("report").where("id", "in", ids).execute();
  return ids.length;
}

/** Alerts that were resolved long ago, and what was sent through the second outlet. */
async function removeMemos(db: Kysely<Database>, q: PurgeQuery): Promise<void> {
  const rows = await db
    .selectFrom("memo")
    .select(["kind", "key", "body"])
    .where("kind", "in", ["alert", "outlet"])
    .execute();
  for (const { kind, key, body } of rows) {
    const value: unknown = JSON.parse(body);
    const at = kind === "alert" ? Resolved.safeParse(value).data?.resolvedAt : Said.safeParse(value).data?.at;
    if (at !== undefined && at < q.runsBefore)
      await db.deleteFrom("memo").where("kind", "=", kind).where("key", "=", key).execute();
  }
}
