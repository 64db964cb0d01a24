import { closeSync, existsSync, openSync, readFileSync } from "node:fs";
import { hostname } from "node:os";
import SqliteFile from "better-sqlite3";
import type { Kysely } from "kysely";
import { StoreError } from "./errors.ts";
import type { Database } from "./schema.ts";

/** How often a bot says that it lives, in milliseconds. */
const HEARTBEAT_MS = 10_000;

/** @returns the id of this boot of the machine; "unknown" where the system has none */
function bootId(): string {
  try {
    return readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
  } catch {
    return "unknown";
  }
}

/**
 * The lock file of the one bot of an SQLite file: an exclusive SQLite lock on a file beside it, which the
 * kernel frees when the process ends, however it ends, and which also holds between containers that share
 * the folder. Pid and boot are written inside the database, for the sentence that refuses a second bot.
 * @returns undefined while another process holds it
 */
function lockFile(path: string): SqliteFile.Database | undefined {
  if (!existsSync(path)) closeSync(openSync(path, "a", 0o600));
  const file = new SqliteFile(path, { timeout: 200 });
  try {
    file.pragma("journal_mode = DELETE");
    file.exec("begin exclusive");
    return file;
  } catch (error) {
    file.close();
    if (error instanceof Error && "code" in error && String(error.code).startsWith("SQLITE_BUSY"))
      return undefined;
    throw error;
  }
}

export interface Claim {
  /** Frees the name. */
  end(): Promise<void>;
}

/**
 * Says that this process is the bot `name`, and goes on saying so.
 * @param file the SQLite database, whose only bot this must be; undefined on PostgreSQL, where several may be
 * @throws StoreError "instance-running" naming the other's pid and the file
 */
export async function claimInstance(
  db: Kysely<Database>,
  opts: { readonly name: string; readonly file?: string; readonly now: () => number },
): Promise<Claim> {
  const { name, file, now } = opts;
  const lock = file === undefined ? undefined : lockFile(`${file}.instance`);
  if (file !== undefined && lock === undefined) throw await running(db, file);
  const me = {
    name,
    pid: process.pid,
    boot_id: bootId(),
    machine: hostname(),
    started_at: now(),
    heartbeat_at: now(),
  };
  try {
    await db.transaction().execute(async (trx) => {
      // One bot a file: whatever other name stands there is of one that is gone.
      if (file !== undefined) await trx.deleteFrom("instance").execute();
      await trx
        .insertInto("instance")
        .values(me)
        .onConflict((c) => c.column("name").doUpdateSet(me))
        .execute();
    });
  } catch (error) {
    lock?.close();
    throw error;
  }
  const beat = setInterval(() => {
    // A missed beat is no harm, the next one follows; the lock does not depend on it.
    heartbeat(db, me.name, now()).catch(() => undefined);
  }, HEARTBEAT_MS);
  beat.unref();
  return {
    end: async () => {
      clearInterval(beat);
      try {
        await db.deleteFrom("instance").where("name", "=", name).where("pid", "=", process.pid).execute();
      } finally {
        lock?.close();
      }
    },
  };
}

async function heartbeat(db: Kysely<Database>, name: string, now: number): Promise<void> {
  await db.transaction().execute(async (trx) => {
    await trx.updateTable("instance").set({ heartbeat_at: now }).where("name", "=", name).execute();
  });
}

async function running(db: Kysely<Database>, file: string): Promise<StoreError> {
  const other = await db
    .selectFrom("instance")
    .selectAll()
    .orderBy("heartbeat_at", "desc")
    .executeTakeFirst();
  const who =
    other === undefined ? "another bot" : `the bot ${other.name} (pid ${other.pid} on ${other.machine})`;
  return new StoreError(
    "instance-running",
    `The database ${file} already has its bot: ${who}.`,
    other === undefined
      ? "Stop it first, or name another state folder; several bots need PostgreSQL (DATABASE_URL)."
      : `Stop it first (kill ${other.pid}), or name another state folder; several bots need PostgreSQL (DATABASE_URL).`,
  );
}
