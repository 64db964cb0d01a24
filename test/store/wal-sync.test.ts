import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import SqliteFile from "better-sqlite3";
import { Kysely, sql } from "kysely";
import { immediateSqlite } from "../../src/store/sqlite-dialect.ts";
import { WalSync } from "../../src/store/wal-sync.ts";

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "fiveohtwo-wal-"));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

test("who waits before a sync begins shares it; who comes after it began gets one of his own", async () => {
  const path = join(dir, "log");
  writeFileSync(path, "x");
  const wal = new WalSync(path);
  const [a, b] = [wal.settled(), wal.settled()];
  expect(a).toBe(b);
  await a;
  const c = wal.settled();
  expect(c).not.toBe(a);
  await c;
  await wal.end();
});

test("whoever wrote is told only when the log is on the disk, and of a disk that fails", async () => {
  const wal = new WalSync(join(dir, "missing", "log"));
  await expect(wal.settled()).rejects.toThrow("ENOENT");
  await expect(wal.settled()).rejects.toThrow("ENOENT");
  await wal.end();
});

test("writers wait for the disk together and not for one another", async () => {
  const path = join(dir, "db");
  const file = new SqliteFile(path);
  file.pragma("journal_mode = WAL");
  const db = new Kysely<{ t: { n: number } }>({ dialect: immediateSqlite(file) });
  await sql`create table t (n integer)`.execute(db);
  const done: string[] = [];
  const write = (n: number): Promise<void> =>
    db.transaction().execute(async (trx) => {
      await trx.insertInto("t").values({ n }).execute();
      done.push(`committed ${n}`);
    });
  await Promise.all([1, 2, 3].map((n) => write(n).then(() => done.push(`told ${n}`))));
  // Without sharing, 1 would be told before 3 had its turn.
  expect(done.slice(0, 3)).toEqual(["committed 1", "committed 2", "committed 3"]);
  expect(await db.selectFrom("t").selectAll().execute()).toHaveLength(3);
  await db.destroy();
});
