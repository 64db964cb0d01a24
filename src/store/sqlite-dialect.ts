import { setTimeout as sleep } from "node:timers/promises";
import type SqliteFile from "better-sqlite3";
import {
  SqliteAdapter,
  SqliteDriver,
  SqliteIntrospector,
  SqliteQueryCompiler,
  type DatabaseConnection,
  type Dialect,
} from "kysely";

/** How long a transaction waits for another process before it gives up, in milliseconds. */
const PATIENCE_MS = 10_000;
/** What a lone statement waits, blocking: only SQLite's own short locks are left to it. */
const BUSY_MS = 5000;

function isBusy(error: unknown): boolean {
  return error instanceof Error && "code" in error && String(error.code).startsWith("SQLITE_BUSY");
}

/**
 * Kysely's SQLite driver begins transactions deferred: one that reads and then writes fails at once when
 * another process wrote in between. Here each takes the write lock first, and waits for it without
 * blocking the event loop (sqlite3_busy_timeout would stop the whole bot).
 */
class ImmediateDriver extends SqliteDriver {
  readonly #file: SqliteFile.Database;

  readonly #readOnly: boolean;

  constructor(file: SqliteFile.Database) {
    super({ database: file });
    this.#file = file;
    this.#readOnly = file.pragma("query_only", { simple: true }) === 1;
  }

  override async beginTransaction(_connection: DatabaseConnection): Promise<void> {
    const giveUp = performance.now() + PATIENCE_MS;
    for (;;) {
      try {
        this.#file.pragma("busy_timeout = 0");
        this.#file.exec(this.#readOnly ? "begin" : "begin immediate");
        return;
      } catch (error) {
        if (!isBusy(error) || performance.now() > giveUp) throw error;
      } finally {
        this.#file.pragma(`busy_timeout = ${BUSY_MS}`);
      }
      await sleep(1 + Math.random() * 10);
    }
  }

  override async rollbackTransaction(_connection: DatabaseConnection): Promise<void> {
    // A full disk makes SQLite roll back by itself; a second rollback would hide the first error.
    if (this.#file.inTransaction) this.#file.exec("rollback");
  }
}

/** SQLite's DDL is transactional: so a migration runs under the write lock, once, whoever starts at the same time. */
class ImmediateAdapter extends SqliteAdapter {
  override get supportsTransactionalDdl(): boolean {
    return true;
  }
}

/** @returns Kysely's dialect over an open better-sqlite3 file. */
export function immediateSqlite(file: SqliteFile.Database): Dialect {
  return {
    createAdapter: () => new ImmediateAdapter(),
    createDriver: () => new ImmediateDriver(file),
    createIntrospector: (db) => new SqliteIntrospector(db),
    createQueryCompiler: () => new SqliteQueryCompiler(),
  };
}
