import { closeSync, existsSync, openSync } from "node:fs";
import { join } from "node:path";
import SqliteFile from "better-sqlite3";
import { Kysely } from "kysely";
import type { Database } from "./schema.ts";
import { immediateSqlite } from "./sqlite-dialect.ts";

/** The database's name inside the state folder. */
export const SQLITE_NAME = "502.sqlite";

/** The open file: one connection that writes, one that reads while the other waits for its turn. */
export interface OpenedSqlite {
  readonly db: Kysely<Database>;
  readonly reads: Kysely<Database>;
  readonly path: string;
}

/**
 * Opens (and creates) the file, readable by its owner only. WAL lets the terminal read while the bot
 * writes. A commit survives a power loss: not by synchronous=FULL, which blocks, but because the dialect syncs the
 * log before whoever wrote is told.
 * @throws better-sqlite3's error when the file cannot be opened
 */
export function openSqlite(dir: string): OpenedSqlite {
  const path = join(dir, SQLITE_NAME);
  // SQLite gives -wal and -shm the mode of the file, so that one is made first.
  if (!existsSync(path)) closeSync(openSync(path, "a", 0o600));
  const connect = (last: string): Kysely<Database> => {
    const file = new SqliteFile(path, { timeout: 5000 });
    try {
      file.pragma("journal_mode = WAL");
      file.pragma("synchronous = NORMAL");
      file.pragma(last);
    } catch (error) {
      file.close();
      throw error;
    }
    return new Kysely<Database>({ dialect: immediateSqlite(file) });
  };
  return { db: connect("foreign_keys = ON"), reads: connect("query_only = ON"), path };
}
