import { Kysely, PostgresDialect } from "kysely";
import { Pool, types } from "pg";
import type { Database } from "./schema.ts";

const INT8 = 20;

/**
 * Opens a pool of at most 10 connections; nothing is connected until the first statement.
 * @param onError told when an idle connection breaks: the pool replaces it
 */
export function openPostgres(url: string, onError: (error: unknown) => void): Kysely<Database> {
  const pool = new Pool({
    connectionString: url,
    max: 10,
    connectionTimeoutMillis: 10_000,
    // int8 arrives as text otherwise. Every integer of ours fits in a double.
    types: {
      getTypeParser: (oid: number, format?: "text" | "binary") =>
        oid === INT8 ? Number : types.getTypeParser(oid, format),
    },
  });
  pool.on("error", onError);
  return new Kysely<Database>({ dialect: new PostgresDialect({ pool }) });
}
