import { randomBytes } from "node:crypto";
import type { Kysely, Selectable, Transaction } from "kysely";
import type { DeadJob, Job, JobKind } from "../workflows/ports.ts";
import type { JobTables, NewJob } from "./link.ts";
import { backoffMs, LEASE_MS, MAX_ATTEMPTS } from "./retry.ts";

type Db = Kysely<JobTables>;

/** Which jobs a worker takes. */
export interface Wanted {
  readonly kinds: readonly JobKind[];
  readonly onlyRefs?: ReadonlySet<string>;
}

function toJob(row: Selectable<JobTables["job"]>): Job {
  return { id: row.id, kind: row.kind, ref: row.ref, attempt: row.attempts };
}

/** Writes a job in the caller's transaction; a waiting singleton of the same key is kept, at the earlier due time. */
export async function insertJob(trx: Transaction<JobTables>, job: NewJob, now: number): Promise<void> {
  const due = job.dueAt ?? now;
  if (job.singleton !== undefined) {
    const waiting = await trx
      .updateTable("job")
      .set((e) => ({ due_at: e.case().when("due_at", ">", due).then(due).else(e.ref("due_at")).end() }))
      .where("kind", "=", job.kind)
      .where("singleton", "=", job.singleton)
      .where("state", "=", "queued")
      .where("attempts", "=", 0)
      .returning("id")
      .execute();
    if (waiting.length > 0) return;
  }
  await trx
    .insertInto("job")
    .values({
      id: `job-${now.toString(36).padStart(9, "0")}-${randomBytes(6).toString("hex")}`,
      kind: job.kind,
      ref: job.ref,
      singleton: job.singleton ?? null,
      state: "queued",
      due_at: due,
      attempts: 0,
      lease_owner: null,
      lease_until: 0,
      error: null,
      created_at: now,
    })
    .execute();
}

function takeable(db: Db, wanted: Wanted, now: number) {
  let query = db
    .selectFrom("job")
    .where("kind", "in", [...wanted.kinds])
    .where("due_at", "<=", now)
    .where((w) =>
      w.or([w("state", "=", "queued"), w.and([w("state", "=", "active"), w("lease_until", "<=", now)])]),
    );
  if (wanted.onlyRefs !== undefined) query = query.where("ref", "in", [...wanted.onlyRefs]);
  return query.orderBy("due_at").orderBy("id").limit(1);
}

/**
 * Takes the next due job for LEASE_MS. A job whose worker died with its last attempt is given up.
 * @returns the job, "dead" when one was given up, or undefined when nothing is due
 */
export async function takeJob(
  db: Db,
  wanted: Wanted,
  owner: string,
  now: number,
): Promise<Job | "dead" | undefined> {
  if (wanted.kinds.length === 0 || wanted.onlyRefs?.size === 0) return undefined;
  // Looked up first without the write lock: an idle worker disturbs nobody.
  if ((await takeable(db, wanted, now).select("id").executeTakeFirst()) === undefined) return undefined;
  return db.transaction().execute(async (trx) => {
    const row = await takeable(trx, wanted, now).selectAll().executeTakeFirst();
    if (row === undefined) return undefined;
    if (row.attempts >= MAX_ATTEMPTS) {
      const error = row.error ?? `The worker ended in the middle of the job, ${row.attempts} times.`;
      await trx
        .updateTable("job")
        .set({ state: "dead", error, lease_owner: null })
        .where("id", "=", row.id)
        .execute();
      return "dead";
    }
    const taken = await trx
      .updateTable("job")
      .set({ state: "active", attempts: row.attempts + 1, lease_owner: owner, lease_until: now + LEASE_MS })
      .where("id", "=", row.id)
      .returningAll()
      .executeTakeFirstOrThrow();
    return toJob(taken);
  });
}

/** The attempt in hand: nobody else's row is touched once the lease was lost. */
function mine(trx: Transaction<JobTables>, job: Job, owner: string) {
  return trx
    .updateTable("job")
    .where("id", "=", job.id)
    .where("lease_owner", "=", owner)
    .where("attempts", "=", job.attempt)
    .where("state", "=", "active");
}

export async function renewJob(db: Db, job: Job, owner: string, now: number): Promise<void> {
  await db.transaction().execute((trx) =>
    mine(trx, job, owner)
      .set({ lease_until: now + LEASE_MS })
      .execute(),
  );
}

export async function completeJob(db: Db, job: Job, owner: string): Promise<void> {
  await db
    .transaction()
    .execute((trx) =>
      trx
        .deleteFrom("job")
        .where("id", "=", job.id)
        .where("lease_owner", "=", owner)
        .where("attempts", "=", job.attempt)
        .execute(),
    );
}

/** Puts the job off, or gives it up after its last attempt. @returns true when it was given up */
export async function failJob(db: Db, job: Job, owner: string, error: string, now: number): Promise<boolean> {
  const last = job.attempt >= MAX_ATTEMPTS;
  await db.transaction().execute((trx) =>
    mine(trx, job, owner)
      .set({
        state: last ? "dead" : "queued",
        due_at: now + backoffMs(job.attempt),
        lease_owner: null,
        error,
      })
      .execute(),
  );
  return last;
}

/** Frees what earlier bots of this file held: there is one bot, so they are gone. */
export async function reclaimJobs(db: Db, owner: string): Promise<void> {
  await db
    .transaction()
    .execute((trx) =>
      trx
        .updateTable("job")
        .set({ lease_until: 0 })
        .where("state", "=", "active")
        .where("lease_owner", "like", "bot/%")
        .where("lease_owner", "<>", owner)
        .execute(),
    );
}

export async function deadJobs(db: Db, limit: number): Promise<DeadJob[]> {
  const rows = await db
    .selectFrom("job")
    .selectAll()
    .where("state", "=", "dead")
    .orderBy("due_at", "desc")
    .limit(limit)
    .execute();
  return rows.map((row) => ({
    ...toJob(row),
    error: row.error ?? "",
    at: Math.max(row.due_at, row.lease_until),
  }));
}
