import { chmodSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import SqliteFile from "better-sqlite3";
import { Kysely } from "kysely";
import { afterEach, beforeEach, expect, test } from "vitest";
import { insertRun, readRun } from "../../src/store/runs.ts";
import { translate } from "../../src/store/errors.ts";
import { migrate } from "../../src/store/migrations.ts";
import type { Database } from "../../src/store/schema.ts";
import { immediateSqlite } from "../../src/store/sqlite-dialect.ts";
import { startChild, type Child } from "../support/child.ts";
import { anApproval, aRun } from "../support/nouns.ts";
import { makePlace, until, type Place } from "../support/place.ts";

let place: Place;
const children: Child[] = [];
beforeEach(async () => {
  place = await makePlace("SQLite");
});
afterEach(async () => {
  for (const child of children.splice(0)) await child.kill();
  await place.end();
});

function child(orders: object): Child {
  const started = startChild({ dir: place.dir, ...orders });
  children.push(started);
  return started;
}

test("folder and files belong to their owner only", async () => {
  const store = await place.open();
  await store.claimInstance("bot");
  await store.transaction(async (tx) => {
    await tx.audit({ at: 1, actor: "local:ops", via: "terminal", action: "test", detail: {} });
  });
  const mode = (path: string) => (statSync(path).mode & 0o777).toString(8);
  expect(mode(place.dir)).toBe("700");
  const inside = readdirSync(place.dir);
  expect(inside).toEqual(expect.arrayContaining(["502.sqlite", "502.sqlite-wal", "502.sqlite.instance"]));
  for (const name of inside) expect([name, mode(join(place.dir, name))]).toEqual([name, "600"]);
  const beside = readdirSync(dirname(place.dir)).filter((n) => n !== "state");
  expect(beside).toEqual(["state.audit-head"]);
  for (const name of beside) expect(mode(join(dirname(place.dir), name))).toBe("600");
});

test("a commit survives kill -9, and two processes share the file", async () => {
  const writer = child({ audit: 40 });
  const store = await place.open();
  for (let n = 0; n < 20; n += 1) await store.transaction((tx) => tx.insertRun(aRun(`run-${n}`)));
  await writer.saw(/^ready$/);
  await writer.kill();
  expect(await store.runs({ limit: 99 })).toHaveLength(20);
  expect((await store.auditVerify()).entries).toBe(40);
});

test("one of 20 decisions of four processes wins", async () => {
  const store = await place.open();
  await store.transaction(async (tx) => {
    await tx.insertRun(aRun("run-1"));
    await tx.insertApproval(anApproval("ap-1", "run-1", { votes: [{ by: "U0000FAKE2", at: 2500 }] }));
  });
  const deciders = Array.from({ length: 4 }, () => child({ approve: { id: "ap-1", times: 5, at: 3000 } }));
  for (const d of deciders) await d.saw(/^ready$/);
  const lines = deciders.flatMap((d) => d.lines);
  expect(lines.filter((l) => l === "lost")).toHaveLength(19);
  const won = lines.find((l) => l.startsWith("won "));
  expect(won).toBe(`won ${(await store.approval("ap-1"))?.decidedBy}`);
});

test("a second bot is refused with the first one's pid and the file", async () => {
  const first = child({ claim: "bot" });
  await first.saw(/^claimed$/);
  const second = await place.open();
  await expect(second.claimInstance("bot")).rejects.toMatchObject({
    name: "StoreError",
    code: "instance-running",
  });
  await expect(second.claimInstance("other")).rejects.toThrow(
    new RegExp(`${join(place.dir, "502.sqlite")} already has its bot: the bot bot \\(pid ${first.pid} on `),
  );
  // A terminal command claims nothing and works beside it.
  await second.transaction((tx) => tx.insertRun(aRun("run-1")));
  await first.kill();
  await second.claimInstance("bot");
  const third = child({ claim: "bot" });
  expect(await third.saw(/already has its bot/)).toContain(`pid ${process.pid}`);
  await second.close();
  const fourth = child({ claim: "bot" });
  await fourth.saw(/^claimed$/);
});

test("a bot that starts frees the leases of the one that died, not a terminal's", async () => {
  const first = await place.open();
  await first.claimInstance("bot");
  expect(await first.lease("host:web-1", "run-1", 600_000)).toBe(true);
  const terminal = await place.open();
  expect(await terminal.lease("host:web-2", "run-2", 600_000)).toBe(true);
  await first.close();
  const heir = await place.open();
  expect(await heir.lease("host:web-1", "run-3", 1000)).toBe(false);
  await heir.claimInstance("bot");
  expect(await heir.lease("host:web-1", "run-3", 1000)).toBe(true);
  expect(await heir.lease("host:web-2", "run-3", 1000)).toBe(false);
});

test("waits for another process's transaction without blocking the event loop", async () => {
  const store = await place.open();
  const other = new SqliteFile(join(place.dir, "502.sqlite"));
  other.exec("begin immediate");
  let written = false;
  const writing = store.transaction((tx) => tx.insertRun(aRun("run-1"))).then(() => (written = true));
  let turns = 0;
  await until("the event loop turned", () => (turns += 1) > 20);
  expect(written).toBe(false);
  expect(await store.run("run-1")).toBeUndefined();
  other.exec("commit");
  other.close();
  await writing;
  expect((await store.run("run-1"))?.id).toBe("run-1");
});

test("a full database says so, keeps what it has and goes on when there is space", async () => {
  await mkdir(place.dir, { recursive: true });
  const file = new SqliteFile(join(place.dir, "full.sqlite"));
  const db = new Kysely<Database>({ dialect: immediateSqlite(file) });
  await migrate(db, "sqlite");
  await insertRun(db, aRun("run-1"));
  file.pragma(`max_page_count = ${String(file.pragma("page_count", { simple: true }))}`);
  const big = aRun("run-2", { request: { host: "web-1", playbook: "x".repeat(200_000) } });
  const write = () => db.transaction().execute((trx) => insertRun(trx, big));
  const error: unknown = await write().catch((e: unknown) => translate(e, "full.sqlite"));
  expect(error).toMatchObject({
    name: "StoreError",
    code: "full",
    hint: expect.stringContaining("nothing that was"),
  });
  expect((await readRun(db, "run-1"))?.id).toBe("run-1");
  expect(await readRun(db, "run-2")).toBeUndefined();
  file.pragma("max_page_count = 100000");
  await write();
  expect((await readRun(db, "run-2"))?.id).toBe("run-2");
  await db.destroy();
});

test("a newer version's database is left alone", async () => {
  await (await place.open()).close();
  await place.sql("insert into kysely_migration (name, timestamp) values ('9999-later', '2030-01-01')");
  await expect(place.open()).rejects.toMatchObject({
    code: "newer-version",
    hint: expect.stringContaining("Update"),
  });
});

test("what is not a database is named", async () => {
  await mkdir(place.dir, { recursive: true });
  writeFileSync(
    join(place.dir, "502.sqlite"),
    "this is not a database, but it is long enough to look".repeat(99),
  );
  await expect(place.open()).rejects.toMatchObject({
    code: "damaged",
    message: expect.stringContaining("is not an SQLite database"),
  });
});

test("an existing shared folder keeps its mode", async () => {
  await mkdir(place.dir, { recursive: true });
  chmodSync(place.dir, 0o755);
  await place.open();
  expect(statSync(place.dir).mode & 0o777).toBe(0o755);
});
