import { sql, type Kysely } from "kysely";
import { Migrator, type Migration } from "kysely/migration";
import type { Database } from "./schema.ts";

export type Engine = "sqlite" | "postgres";

/** The migrations in order; a released one is never edited, the next is added below it. */
function migrations(engine: Engine): Record<string, Migration> {
  return {
    "0001-first": { up: (db) => first(db, engine) },
    "0002-channels": { up: channels },
    "0003-keeping": { up: keeping },
    "0004-four-eyes": { up: fourEyes },
    "0005-verdict": { up: (db) => verdict(db, engine) },
  };
}

async function first(db: Kysely<Database>, engine: Engine): Promise<void> {
  const bytes = engine === "postgres" ? "bytea" : "blob";
  const statements = [
    `create table run (id text primary key, host text not null, request text not null, actor text not null,
      destination text, state text not null, created_at bigint not null, finished_at bigint, diagnosis text)`,
    `create index run_host on run (host, created_at)`,
    `create index run_created on run (created_at)`,
    `create table bundle (run_id text primary key references run (id) on delete cascade, data ${bytes} not null)`,
    `create table offer (run_id text not null references run (id) on delete cascade, fix_id text not null,
      rank integer not null, host text not null, created_at bigint not null, expires_at bigint not null,
      payload text not null, digest text not null, primary key (run_id, fix_id))`,
    `create index offer_host on offer (host, expires_at)`,
    `create table approval (id text primary key, run_id text not null references run (id), host text not null,
      fix_id text not null, digest text not null, state text not null, requested_by text not null,
      requested_at bigint not null, expires_at bigint not null, votes_needed integer not null, decided_by text,
      decided_at bigint, outcome text, why text, verification text)`,
    `create index approval_host on approval (host, state)`,
    `create index approval_state on approval (state, requested_at)`,
    `create table vote (approval_id text not null references approval (id), voter text not null,
      at bigint not null, reason text, primary key (approval_id, voter))`,
    `create table journal (approval_id text not null references approval (id), idx integer not null,
      at bigint not null, result text not null, primary key (approval_id, idx))`,
    `create table lease (name text primary key, owner text not null, holder text not null, until bigint not null)`,
    `create table outbox (id text primary key, channel text not null, pos bigint not null, key text not null,
      thread_key text, body text not null, created_at bigint not null, state text not null,
      attempts integer not null, due_at bigint not null, error text)`,
    `create index outbox_order on outbox (state, channel, pos)`,
    `create unique index outbox_pending on outbox (key) where state = 'pending'`,
    `create table outbox_key (key text primary key, channel text not null, ts text not null)`,
    `create table outbox_channel (channel text primary key, last_pos bigint not null)`,
    `create table audit (seq bigint primary key, at bigint not null, actor text not null, via text not null,
      action text not null, host text, run_id text, approval_id text, digest text, detail text not null,
      hash text not null)`,
    `create index audit_host on audit (host, seq)`,
    `create table audit_head (id integer primary key, seq bigint not null, hash text not null)`,
    `insert into audit_head (id, seq, hash) values (1, 0, '${"0".repeat(64)}')`,
    `create table audit_anchor (seq bigint primary key, hash text not null, at bigint not null, mac text not null)`,
    `create table instance (name text primary key, pid integer not null, boot_id text not null,
      machine text not null, started_at bigint not null, heartbeat_at bigint not null)`,
    `create table tick (schedule text not null, due_at bigint not null, claimed_at bigint not null,
      primary key (schedule, due_at))`,
  ];
  if (engine === "sqlite") {
    statements.push(
      `create table job (id text primary key, kind text not null, ref text not null, singleton text,
        state text not null, due_at bigint not null, attempts integer not null, lease_owner text,
        lease_until bigint not null, error text, created_at bigint not null)`,
      `create index job_due on job (state, due_at)`,
      `create unique index job_singleton on job (kind, singleton) where state = 'queued' and attempts = 0`,
    );
  }
  for (const statement of statements) await sql.raw(statement).execute(db);
}

/** Reports, schedules, silences, and what is remembered of alerts and watches. */
async function channels(db: Kysely<Database>): Promise<void> {
  const statements = [
    `create table report (id text primary key, schedule text, due_at bigint, state text not null,
      created_at bigint not null, finished_at bigint, body text not null, summary text)`,
    `create unique index report_tick on report (schedule, due_at)`,
    `create index report_created on report (created_at)`,
    `create table schedule (id text primary key, body text not null)`,
    `create table silence (id text primary key, until bigint not null, body text not null)`,
    `create index silence_until on silence (until)`,
    `create table memo (kind text not null, key text not null, body text not null, version bigint not null,
      primary key (kind, key))`,
  ];
  for (const statement of statements) await sql.raw(statement).execute(db);
}

/** How far the audit log was streamed, where it begins, how old posted messages are, and which approvals a run has. */
async function keeping(db: Kysely<Database>): Promise<void> {
  const statements = [
    `create table audit_start (id integer primary key, seq bigint not null, hash text not null,
      at bigint not null, mac text not null)`,
    `create table audit_sent (sink text primary key, seq bigint not null, at bigint not null)`,
    `create index approval_run on approval (run_id)`,
    // What was posted so far counts as posted now: it is kept rather too long than too short.
    `alter table outbox_key add column sent_at bigint not null default ${Date.now()}`,
  ];
  for (const statement of statements) await sql.raw(statement).execute(db);
}

/** An approval keeps the rule that was in force when it was asked for; earlier ones were not bound to it. */
async function fourEyes(db: Kysely<Database>): Promise<void> {
  await sql.raw(`alter table approval add column four_eyes integer not null default 0`).execute(db);
}

/** A run's verdict has a column: which of 500 hosts are not well is asked without reading their diagnoses. */
async function verdict(db: Kysely<Database>, engine: Engine): Promise<void> {
  const said = engine === "sqlite" ? `json_extract(diagnosis, '$.verdict')` : `(diagnosis::json)->>'verdict'`;
  for (const statement of [
    `alter table run add column verdict text`,
    `update run set verdict = ${said} where diagnosis is not null`,
  ])
    await sql.raw(statement).execute(db);
}

/**
 * Brings the database to this version's schema. Several processes may do so at once.
 * @throws the failed migration's error, or one saying that a newer version wrote the database
 */
export async function migrate(db: Kysely<Database>, engine: Engine): Promise<void> {
  const { error } = await new Migrator({
    db,
    provider: { getMigrations: async () => migrations(engine) },
  }).migrateToLatest();
  if (error !== undefined)
    throw error instanceof Error ? error : new Error("The migration failed.", { cause: error });
}
