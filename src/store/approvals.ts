import type { Kysely, Selectable } from "kysely";
import {
  mayFollow,
  START_MS,
  type Approval,
  type ApprovalState,
  type Outcome,
  type VerificationPoint,
  type Vote,
} from "../domain/approval.ts";
import { fromJson } from "./json.ts";
import { earlierRuns } from "./offers.ts";
import type { ApprovalTable, Database, VoteTable } from "./schema.ts";

export interface ApprovalChange {
  readonly at: number;
  readonly by?: string;
  readonly outcome?: Outcome;
  readonly why?: string;
  readonly verification?: readonly VerificationPoint[];
  /** To "approved" only: so many votes suffice, where glass was broken. */
  readonly votesNeeded?: number;
  /** To "applying" only: how long after its decision it may still start; START_MS when absent. */
  readonly startMs?: number;
}

function toVote(row: Selectable<VoteTable>): Vote {
  return { by: row.voter, at: row.at, ...(row.reason === null ? {} : { reason: row.reason }) };
}

async function withVotes(
  db: Kysely<Database>,
  rows: readonly Selectable<ApprovalTable>[],
): Promise<Approval[]> {
  if (rows.length === 0) return [];
  const votes = await db
    .selectFrom("vote")
    .selectAll()
    .where(
      "approval_id",
      "in",
      rows.map((r) => r.id),
    )
    .orderBy("at")
    .orderBy("voter")
    .execute();
  return rows.map((row) => ({
    id: row.id,
    runId: row.run_id,
    host: row.host,
    fixId: row.fix_id,
    digest: row.digest,
    state: row.state,
    requestedBy: row.requested_by,
    requestedAt: row.requested_at,
    expiresAt: row.expires_at,
    votesNeeded: row.votes_needed,
    fourEyes: row.four_eyes === 1,
    votes: votes.filter((v) => v.approval_id === row.id).map(toVote),
    ...(row.decided_by === null ? {} : { decidedBy: row.decided_by }),
    ...(row.decided_at === null ? {} : { decidedAt: row.decided_at }),
    ...(row.outcome === null ? {} : { outcome: row.outcome }),
    ...(row.why === null ? {} : { why: row.why }),
    ...(row.verification === null ? {} : { verification: fromJson(row.verification) }),
  }));
}

/** With the votes it already carries. */
export async function insertApproval(db: Kysely<Database>, a: Approval): Promise<void> {
  await db
    .insertInto("approval")
    .values({
      id: a.id,
      run_id: a.runId,
      host: a.host,
      fix_id: a.fixId,
      digest: a.digest,
      state: a.state,
      requested_by: a.requestedBy,
      requested_at: a.requestedAt,
      expires_at: a.expiresAt,
      votes_needed: a.votesNeeded,
      four_eyes: a.fourEyes ? 1 : 0,
      decided_by: a.decidedBy ?? null,
      decided_at: a.decidedAt ?? null,
      outcome: a.outcome ?? null,
      why: a.why ?? null,
      verification: a.verification === undefined ? null : JSON.stringify(a.verification),
    })
    .execute();
  for (const vote of a.votes) await castVote(db, a.id, vote);
}

async function castVote(db: Kysely<Database>, id: string, vote: Vote): Promise<boolean> {
  const cast = await db
    .insertInto("vote")
    .values({ approval_id: id, voter: vote.by, at: vote.at, reason: vote.reason ?? null })
    .onConflict((c) => c.columns(["approval_id", "voter"]).doNothing())
    .returning("voter")
    .execute();
  return cast.length === 1;
}

/**
 * One vote a person while the approval is requested and unexpired.
 * @returns the approval with the vote, or undefined when it was not counted
 */
export async function addVote(db: Kysely<Database>, id: string, vote: Vote): Promise<Approval | undefined> {
  // Writing the row, though nothing changes, locks it: a decision made meanwhile is waited for and seen.
  const rows = await db
    .updateTable("approval")
    .set((e) => ({ state: e.ref("state") }))
    .where("id", "=", id)
    .where("state", "=", "requested")
    .where("expires_at", ">", vote.at)
    .returningAll()
    .execute();
  if (rows.length === 0 || !(await castVote(db, id, vote))) return undefined;
  return (await withVotes(db, rows))[0];
}

/**
 * Compare-and-swap on the state, and in the same statement on the clock and the votes: an approval is
 * approved only before it expires and with the votes it needs, and applied only within startMs of its
 * decision.
 * @returns the new row, or undefined when it was not in that state any more, too late, or short of votes
 * @throws RangeError for a step the state machine does not know
 */
export async function moveApproval(
  db: Kysely<Database>,
  id: string,
  from: ApprovalState,
  to: ApprovalState,
  change: ApprovalChange,
): Promise<Approval | undefined> {
  if (!mayFollow(from, to)) throw new RangeError(`An approval cannot go from ${from} to ${to}.`);
  let query = db.updateTable("approval").set({ state: to }).where("id", "=", id).where("state", "=", from);
  if (from === "requested") {
    query = query.set({ decided_by: change.by ?? null, decided_at: change.at });
  }
  if (to === "approved") {
    const { votesNeeded } = change;
    query = query.where("expires_at", ">", change.at).where((w) =>
      w(
        votesNeeded === undefined ? w.ref("votes_needed") : w.val(votesNeeded),
        "<=",
        w
          .selectFrom("vote")
          .select((v) => v.fn.countAll<number>().as("n"))
          .where("approval_id", "=", id),
      ),
    );
  }
  if (to === "applying") query = query.where("decided_at", ">", change.at - (change.startMs ?? START_MS));
  if (change.outcome !== undefined) query = query.set({ outcome: change.outcome });
  if (change.why !== undefined) query = query.set({ why: change.why });
  if (change.verification !== undefined)
    query = query.set({ verification: JSON.stringify(change.verification) });
  return (await withVotes(db, await query.returningAll().execute()))[0];
}

/** Ends the requested approvals of the host's runs before the given one. @returns those it ended */
export async function supersedeApprovals(
  db: Kysely<Database>,
  host: string,
  exceptRunId: string,
  at: number,
): Promise<Approval[]> {
  const rows = await db
    .updateTable("approval")
    .set({ state: "superseded", decided_at: at })
    .where("state", "=", "requested")
    .where("run_id", "in", earlierRuns(db, host, exceptRunId))
    .returningAll()
    .execute();
  return withVotes(db, rows);
}

export async function readApproval(db: Kysely<Database>, id: string): Promise<Approval | undefined> {
  const rows = await db.selectFrom("approval").selectAll().where("id", "=", id).execute();
  return (await withVotes(db, rows))[0];
}

/** Newest first. */
export async function listApprovals(
  db: Kysely<Database>,
  filter: { readonly state?: readonly ApprovalState[]; readonly host?: string; readonly limit: number },
): Promise<Approval[]> {
  // PostgreSQL knows no empty list.
  if (filter.state?.length === 0) return [];
  let query = db.selectFrom("approval").selectAll();
  if (filter.state !== undefined) query = query.where("state", "in", [...filter.state]);
  if (filter.host !== undefined) query = query.where("host", "=", filter.host);
  const rows = await query
    .orderBy("requested_at", "desc")
    .orderBy("id", "desc")
    .limit(filter.limit)
    .execute();
  return withVotes(db, rows);
}
