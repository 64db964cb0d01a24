import { closeSync, existsSync, mkdirSync, openSync } from "node:fs";
import { join } from "node:path";
import SqliteFile from "better-sqlite3";
import { Kysely } from "kysely";
import type { Database } from "./schema.ts";
import { immediateSqlite } from "./sqlite-dialect.ts";

/** The database's name inside the state folder. */
export const SQLITE_NAME = "502.sqlite";

/**
 * Opens (and creates) the file, readable by its owner only. WAL lets the terminal read while the bot
 * writes; synchronous=FULL makes a commit survive a power loss.
 * @throws better-sqlite3's error when the file cannot be opened
 */
export function openSqlite(dir: string): { readonly db: Kysely<Database>; readonly path: string } {
  // An existing folder keeps its mode: it may be a shared one. The file is closed to others in any case.
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  const path = join(dir, SQLITE_NAME);
  // SQLite gives -wal and -shm the mode of the file, so that one is made first.
  if (!existsSync(path)) closeSync(openSync(path, "a", 0o600));
  const file = new SqliteFile(path, { timeout: 5000 });
  try {
    file.pragma("journal_mode = WAL");
    file.pragma("synchronous = FULL");
    file.pragma("foreign_keys = ON");
  } catch (error) {
    file.close();
    throw error;
  }
  return { db: new Kysely<Database>({ dialect: immediateSqlite(file) }), path };
}
