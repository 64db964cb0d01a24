import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import SqliteFile from "better-sqlite3";
import { Client } from "pg";
import { openQueue } from "../../src/jobs/open-queue.ts";
import { SQLITE_NAME } from "../../src/store/open-sqlite.ts";
import { type OpenStore, openStore } from "../../src/store/open.ts";
import type { Clock } from "../../src/workflows/ports.ts";

export type OpenedStore = OpenStore;

export const TEST_KEY = "an-obviously-fake-audit-key-for-tests";

/** A PostgreSQL server for tests; each test makes its own database in it. */
const TEST_DATABASE_URL = process.env["FIVEOHTWO_TEST_DATABASE_URL"];

/** What a state test runs on: its own state folder, and on PostgreSQL its own database. */
export interface Place {
  readonly dir: string;
  readonly url?: string;
  /** Opens the state; closed with the place. */
  open(opts?: { readonly clock?: Clock; readonly onError?: (e: unknown) => void }): Promise<OpenedStore>;
  /** Runs a statement behind the store's back. */
  sql(statement: string): Promise<void>;
  end(): Promise<void>;
}

export const realClock: Clock = {
  now: () => Date.now(),
  // Without the signal a lease that is given back would be waited for until its next renewal.
  wait: (ms, signal) =>
    new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      signal?.addEventListener("abort", () => {
        clearTimeout(timer);
        resolve();
      });
    }),
};

export const ENGINES = [
  { engine: "SQLite", skipped: false },
  {
    engine: TEST_DATABASE_URL === undefined ? "PostgreSQL (needs FIVEOHTWO_TEST_DATABASE_URL)" : "PostgreSQL",
    skipped: TEST_DATABASE_URL === undefined,
  },
] as const;

async function onServer(sql: string, url = TEST_DATABASE_URL): Promise<void> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}

/** Makes an empty place of the engine. */
export async function makePlace(engine: string): Promise<Place> {
  const root = mkdtempSync(join(tmpdir(), "fiveohtwo-state-"));
  const dir = join(root, "state");
  const opened: OpenedStore[] = [];
  let url: string | undefined;
  const database = `fiveohtwo_${randomBytes(6).toString("hex")}`;
  if (engine.startsWith("PostgreSQL")) {
    await onServer(`create database ${database}`);
    const own = new URL(TEST_DATABASE_URL ?? "");
    own.pathname = `/${database}`;
    url = own.href;
  }
  return {
    dir,
    ...(url === undefined ? {} : { url }),
    open: async (opts = {}) => {
      const store = await openStore({
        dir,
        auditKey: TEST_KEY,
        clock: opts.clock ?? realClock,
        queue: openQueue,
        ...(url === undefined ? {} : { url }),
        onError: opts.onError ?? (() => undefined),
      });
      opened.push(store);
      return store;
    },
    sql: async (statement) => {
      if (url !== undefined) return onServer(statement, url);
      const file = new SqliteFile(join(dir, SQLITE_NAME));
      try {
        file.exec(statement);
      } finally {
        file.close();
      }
    },
    end: async () => {
      for (const store of opened) await store.close();
      if (url !== undefined) await onServer(`drop database ${database} with (force)`);
      rmSync(root, { recursive: true, force: true });
    },
  };
}

/** Waits until the condition holds; fails with the given words after `ms`. */
export async function until(
  what: string,
  condition: () => boolean | Promise<boolean>,
  ms = 15_000,
): Promise<void> {
  const giveUp = performance.now() + ms;
  while (!(await condition())) {
    if (performance.now() > giveUp) throw new Error(`Waited ${ms} ms in vain: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
