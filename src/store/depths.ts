import { type Kysely, sql } from "kysely";
import type { Depths } from "../workflows/channel-store.ts";
import type { Engine } from "./migrations.ts";
import type { Database } from "./schema.ts";

const DAY_MS = 24 * 3_600_000;

/** Counts what waits: jobs that are due or begun, messages, approvals without a decision, and what was lost or given up within a day. */
export async function readDepths(db: Kysely<Database>, engine: Engine): Promise<Depths> {
  const outbox = await db
    .selectFrom("outbox")
    .select((e) => e.fn.countAll().as("n"))
    .where("state", "=", "pending")
    .executeTakeFirstOrThrow();
  const approvals = await db
    .selectFrom("approval")
    .select((e) => e.fn.countAll().as("n"))
    .where("state", "=", "requested")
    .executeTakeFirstOrThrow();
  const lost = await db
    .selectFrom("outbox")
    .select((e) => e.fn.countAll().as("n"))
    .where("state", "=", "lost")
    .where("due_at", ">=", Date.now() - DAY_MS)
    .executeTakeFirstOrThrow();
  return {
    lost: Number(lost.n),
    dead: await jobsDead(db, engine),
    jobs: await jobsWaiting(db, engine),
    outbox: Number(outbox.n),
    approvals: Number(approvals.n),
  };
}

async function jobsWaiting(db: Kysely<Database>, engine: Engine): Promise<number> {
  // On PostgreSQL the queue keeps its own table; "created" and "retry" wait, "active" is in hand.
  const { rows } =
    engine === "postgres"
      ? await sql<{ n: number | string }>`select count(*) as n from pgboss.job
          where state in ('created', 'retry', 'active') and start_after <= now()`.execute(db)
      : await sql<{ n: number | string }>`select count(*) as n from job
          where state in ('queued', 'active') and due_at <= ${Date.now()}`.execute(db);
  return Number(rows[0]?.n ?? 0);
}

async function jobsDead(db: Kysely<Database>, engine: Engine): Promise<number> {
  const since = Date.now() - DAY_MS;
  const { rows } =
    engine === "postgres"
      ? await sql<{ n: number | string }>`select count(*) as n from pgboss.job
          where state = 'failed' and completed_on >= to_timestamp(${since / 1000})`.execute(db)
      : await sql<{ n: number | string }>`select count(*) as n from job
          where state = 'dead' and due_at >= ${since}`.execute(db);
  return Number(rows[0]?.n ?? 0);
}
