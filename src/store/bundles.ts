import { promisify } from "node:util";
import { gunzip, gzipSync } from "node:zlib";
import type { Kysely } from "kysely";
import { Bundle } from "../domain/bundle.ts";
import type { Database } from "./schema.ts";

/** Packed in one go: inside a transaction nothing is awaited but the database. */
export async function saveBundle(db: Kysely<Database>, runId: string, bundle: Bundle): Promise<void> {
  const data = gzipSync(JSON.stringify(bundle));
  await db
    .insertInto("bundle")
    .values({ run_id: runId, data })
    .onConflict((c) => c.column("run_id").doUpdateSet({ data }))
    .execute();
}

/** @throws ZodError when a stored bundle is not one */
export async function readBundle(db: Kysely<Database>, runId: string): Promise<Bundle | undefined> {
  const row = await db.selectFrom("bundle").select("data").where("run_id", "=", runId).executeTakeFirst();
  if (row === undefined) return undefined;
  return Bundle.parse(JSON.parse((await promisify(gunzip)(row.data)).toString("utf8")));
}
