import { setTimeout as sleep } from "node:timers/promises";
import type SqliteFile from "better-sqlite3";
import {
  SqliteAdapter,
  SqliteDriver,
  SqliteIntrospector,
  SqliteQueryCompiler,
  type CompiledQuery,
  type DatabaseConnection,
  type Dialect,
  type QueryResult,
} from "kysely";
import { WalSync } from "./wal-sync.ts";

/** How long a transaction waits for another process before it gives up, in milliseconds. */
const PATIENCE_MS = 10_000;
/** What a lone statement waits, blocking: only SQLite's own short locks are left to it. */
const BUSY_MS = 5000;
/** How many compiled statements are kept: ours are fewer, but lists of values make variants. */
const STATEMENTS = 300;

function isBusy(error: unknown): boolean {
  return error instanceof Error && "code" in error && String(error.code).startsWith("SQLITE_BUSY");
}

/** One after the other, in the order they came. */
class Turn {
  #last: Promise<void> = Promise.resolve();
  #giveBack: () => void = () => undefined;

  async take(): Promise<void> {
    const before = this.#last;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#last = promise;
    await before;
    this.#giveBack = resolve;
  }

  give(): void {
    this.#giveBack();
  }
}

/**
 * Kysely's SQLite driver begins transactions deferred: one that reads and then writes fails at once when
 * another process wrote in between. Here each takes the write lock first, and waits for it without
 * blocking the event loop (sqlite3_busy_timeout would stop the whole bot). Nor does a commit block it: whoever wrote
 * gives the connection on to the next, and only then waits for the disk.
 */
class ImmediateDriver extends SqliteDriver {
  readonly #file: SqliteFile.Database;
  readonly #readOnly: boolean;
  readonly #turn = new Turn();
  readonly #wal: WalSync | undefined;
  readonly #statements = new Map<string, SqliteFile.Statement<unknown[]>>();
  #connection: DatabaseConnection | undefined;
  #written = false;

  constructor(file: SqliteFile.Database) {
    super({ database: file });
    this.#file = file;
    this.#readOnly = file.pragma("query_only", { simple: true }) === 1;
    const logged = file.pragma("journal_mode", { simple: true }) === "wal";
    this.#wal = logged && !this.#readOnly ? new WalSync(`${file.name}-wal`) : undefined;
  }

  override async acquireConnection(): Promise<DatabaseConnection> {
    await this.#turn.take();
    this.#connection ??= this.#noticing(await super.acquireConnection());
    return this.#connection;
  }

  override async releaseConnection(): Promise<void> {
    const written = this.#written;
    this.#written = false;
    this.#turn.give();
    if (written) await this.#wal?.settled();
  }

  override async destroy(): Promise<void> {
    await this.#wal?.end();
    await super.destroy();
  }

  /** As Kysely does it, but a statement is compiled once: that takes as long as running it. */
  async #execute<R>({ sql, parameters }: CompiledQuery): Promise<QueryResult<R>> {
    let statement = this.#statements.get(sql);
    if (statement === undefined) {
      if (this.#statements.size >= STATEMENTS) this.#statements.clear();
      statement = this.#file.prepare<unknown[], R>(sql);
      this.#statements.set(sql, statement);
    }
    if (statement.reader) return { rows: statement.all(...parameters) as R[] };
    const { changes, lastInsertRowid } = statement.run(...parameters);
    return { insertId: BigInt(lastInsertRowid), numAffectedRows: BigInt(changes), rows: [] };
  }

  /** The connection, which says when something other than a plain select ran on it. */
  #noticing(inner: DatabaseConnection): DatabaseConnection {
    return {
      executeQuery: <R>(query: CompiledQuery) => {
        if (query.query.kind !== "SelectQueryNode") this.#written = true;
        return this.#execute<R>(query);
      },
      streamQuery: <R>(query: CompiledQuery, size: number) => inner.streamQuery<R>(query, size),
    };
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

  /** There is one, but the driver itself hands it out in turn: Kysely would hold it until the disk has answered. */
  override get supportsMultipleConnections(): boolean {
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
