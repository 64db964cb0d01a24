import type { Kysely } from "kysely";
import type { Database } from "./schema.ts";

/**
 * Takes or renews a lease in one statement; an expired one passes to whoever comes first.
 * @param holder the process, so that a restarted bot can free what its predecessor held
 * @returns false while another owner holds it
 */
export async function takeLease(
  db: Kysely<Database>,
  lease: { readonly name: string; readonly owner: string; readonly holder: string; readonly until: number },
  now: number,
): Promise<boolean> {
  const { owner, holder, until } = lease;
  const taken = await db
    .insertInto("lease")
    .values(lease)
    .onConflict((c) =>
      c
        .column("name")
        .doUpdateSet({ owner, holder, until })
        .where((w) => w.or([w("lease.owner", "=", owner), w("lease.until", "<=", now)])),
    )
    .returning("name")
    .execute();
  return taken.length === 1;
}

/** Gives a lease back; another owner's is left alone. */
export async function releaseLease(db: Kysely<Database>, name: string, owner: string): Promise<void> {
  await db.deleteFrom("lease").where("name", "=", name).where("owner", "=", owner).execute();
}

/**
 * Claims a schedule's due time, once among all replicas.
 * @returns false when it was claimed before
 */
export async function claimTick(
  db: Kysely<Database>,
  schedule: string,
  dueAt: number,
  now: number,
): Promise<boolean> {
  const claimed = await db
    .insertInto("tick")
    .values({ schedule, due_at: dueAt, claimed_at: now })
    .onConflict((c) => c.columns(["schedule", "due_at"]).doNothing())
    .returning("schedule")
    .execute();
  return claimed.length === 1;
}
