import { createHash } from "node:crypto";
import { mkdirSync } from "node:fs";
import type { Kysely } from "kysely";
import type { ChannelStore } from "../workflows/channel-store.ts";
import type { KeepingStore } from "../workflows/keeping-store.ts";
import type { Clock, Queue } from "../workflows/ports.ts";
import { HeadAnchor } from "./audit-head.ts";
import { besideState } from "./audit-key.ts";
import { translate, translated } from "./errors.ts";
import { migrate, type Engine } from "./migrations.ts";
import { openSqlite } from "./open-sqlite.ts";
import type { OpenQueue, QueueEngine } from "./queue-link.ts";
import type { Database } from "./schema.ts";
import { makeStore } from "./store.ts";

export interface StoreOptions {
  /** postgres:// or postgresql:// for PostgreSQL; absent: the SQLite file 502.sqlite in `dir`. */
  readonly url?: string;
  /** The state folder, made 0700 when it does not exist. */
  readonly dir: string;
  /** The key of the audit log: loadAuditKey(). */
  readonly auditKey: string | Buffer;
  readonly clock: Clock;
  /** The queue that shares the database: openQueue of jobs/. */
  readonly queue: OpenQueue;
  /** Told of what nobody waits for; without it, a warning of the process. */
  readonly onError?: (error: unknown) => void;
}

/** The state, with its queue. */
export type OpenStore = ChannelStore & KeepingStore & { readonly queue: Queue };

/** The server without user and password, for sentences. */
function withoutSecrets(url: string): string {
  try {
    const { protocol, host, pathname } = new URL(url);
    return `${protocol}//${host}${pathname}`;
  } catch {
    return "in DATABASE_URL";
  }
}

async function openDatabase(opts: StoreOptions): Promise<{
  readonly db: Kysely<Database>;
  readonly reads: Kysely<Database>;
  readonly engine: Engine;
  readonly where: string;
  readonly file?: string;
}> {
  const { url, dir } = opts;
  // An existing folder keeps its mode: it may be a shared one. The file is closed to others in any case.
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  if (url === undefined || url === "") {
    const { db, reads, path } = openSqlite(dir);
    return { db, reads, engine: "sqlite", where: path, file: path };
  }
  if (!/^postgres(ql)?:\/\//.test(url)) {
    throw new RangeError(
      "DATABASE_URL must begin with postgres:// or postgresql://; unset it to use SQLite.",
    );
  }
  const { openPostgres } = await import("./open-postgres.ts");
  const db = openPostgres(url, opts.onError ?? warn);
  return { db, reads: db, engine: "postgres", where: withoutSecrets(url) };
}

function warn(error: unknown): void {
  process.emitWarning(error instanceof Error ? error : String(error));
}

/**
 * Opens the state and its queue, and brings the schema up to date.
 * @throws StoreError with a sentence and a hint when the database cannot be used
 */
export async function openStore(opts: StoreOptions): Promise<OpenStore> {
  const { dir, clock, onError = warn } = opts;
  const where = opts.url ?? dir;
  let opened: Awaited<ReturnType<typeof openDatabase>>;
  try {
    opened = await openDatabase(opts);
  } catch (error) {
    throw translate(error, opts.url === undefined ? where : withoutSecrets(where));
  }
  const { db, reads, engine } = opened;
  let jobs: QueueEngine;
  try {
    await migrate(db, engine);
    const link = { engine, db: db.$pickTables<"job">(), now: () => clock.now(), onError };
    jobs = await opts.queue(opts.url === undefined ? link : { ...link, url: opts.url });
  } catch (error) {
    await Promise.all([db.destroy(), reads.destroy()]);
    throw translate(error, opened.where);
  }
  const auditKey = Buffer.isBuffer(opts.auditKey) ? opts.auditKey : Buffer.from(opts.auditKey, "utf8");
  // Each PostgreSQL database has its own log, so its own anchor.
  const suffix =
    engine === "sqlite" ? "" : `-${createHash("sha256").update(opened.where).digest("hex").slice(0, 8)}`;
  const anchor = new HeadAnchor(besideState(dir, `audit-head${suffix}`), auditKey);
  const { file } = opened;
  const store = makeStore({
    db,
    reads,
    engine,
    jobs,
    auditKey,
    anchor,
    clock,
    onError,
    ...(file === undefined ? {} : { file }),
  });
  return Object.assign(translated(store, opened.where), { queue: jobs.queue });
}
