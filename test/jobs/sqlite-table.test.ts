import SqliteFile from "better-sqlite3";
import { Kysely, SqliteDialect } from "kysely";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { JobTables } from "../../src/jobs/link.ts";
import { LEASE_MS, MAX_ATTEMPTS, backoffMs } from "../../src/jobs/retry.ts";
import { completeJob, deadJobs, failJob, insertJob, renewJob, takeJob } from "../../src/jobs/sqlite-table.ts";
import { migrate } from "../../src/store/migrations.ts";
import type { Database } from "../../src/store/schema.ts";
import type { Job } from "../../src/workflows/ports.ts";

let db: Kysely<JobTables>;
beforeEach(async () => {
  const all = new Kysely<Database>({ dialect: new SqliteDialect({ database: new SqliteFile(":memory:") }) });
  await migrate(all, "sqlite");
  db = all.$pickTables<"job">();
  await db.transaction().execute((trx) => insertJob(trx, { kind: "apply-fix", ref: "ap-1" }, 0));
});
afterEach(() => db.destroy());

const WANTED = { kinds: ["apply-fix"] } as const;

async function take(owner: string, now: number): Promise<Job> {
  const job = await takeJob(db, WANTED, owner, now);
  if (job === undefined || job === "dead") throw new Error(`no job at ${now}`);
  return job;
}

test("a renewed lease keeps the job, one that ran out loses it", async () => {
  const first = await take("a", 0);
  await renewJob(db, first, "a", 20_000);
  expect(await takeJob(db, WANTED, "b", LEASE_MS)).toBeUndefined();
  const second = await take("b", 20_000 + LEASE_MS);
  expect(second).toEqual({ ...first, attempt: 2 });
  // Whoever lost it can no longer settle it.
  await renewJob(db, first, "a", 90_000);
  await completeJob(db, first, "a");
  await failJob(db, first, "a", "late", 90_000);
  await renewJob(db, second, "b", 60_000);
  expect(await takeJob(db, WANTED, "c", 60_000 + LEASE_MS - 1)).toBeUndefined();
  await completeJob(db, second, "b");
  expect(await takeJob(db, WANTED, "c", 1e12)).toBeUndefined();
});

test("a job whose workers keep dying is given up", async () => {
  let now = 0;
  for (let n = 1; n <= MAX_ATTEMPTS; n += 1) {
    expect((await take(`w${n}`, now)).attempt).toBe(n);
    now += LEASE_MS;
  }
  expect(await takeJob(db, WANTED, "last", now)).toBe("dead");
  expect(await takeJob(db, WANTED, "last", now)).toBeUndefined();
  expect(await deadJobs(db, 9)).toMatchObject([
    { ref: "ap-1", attempt: 5, error: "The worker ended in the middle of the job, 5 times." },
  ]);
});

test("the pauses double up to a minute", () => {
  expect([1, 2, 3, 4, 7, 20].map(backoffMs)).toEqual([1000, 2000, 4000, 8000, 60_000, 60_000]);
});
