import type { ColumnType } from "kysely";
import type { ApprovalState, Outcome, VerificationPoint } from "../domain/approval.ts";
import type { Diagnosis, Verdict } from "../domain/diagnosis.ts";
import type { Actor, Destination, RunRequest, RunState } from "../domain/run.ts";
import type { JobKind } from "../workflows/ports.ts";
import type { ChannelTables } from "./channel-schema.ts";
import type { JsonColumn, OptionalJsonColumn } from "./json.ts";

/**
 * The tables, one portable schema for SQLite and PostgreSQL: text ids, epoch milliseconds as integers,
 * JSON as text. `job` exists on SQLite only; on PostgreSQL the queue keeps its own tables.
 */
export interface Database extends ChannelTables {
  run: RunTable;
  bundle: BundleTable;
  offer: OfferTable;
  approval: ApprovalTable;
  vote: VoteTable;
  journal: JournalTable;
  lease: LeaseTable;
  outbox: OutboxTable;
  outbox_key: OutboxKeyTable;
  outbox_channel: OutboxChannelTable;
  audit: AuditTable;
  audit_head: AuditHeadTable;
  audit_anchor: AuditAnchorTable;
  audit_start: AuditStartTable;
  audit_sent: AuditSentTable;
  instance: InstanceTable;
  tick: TickTable;
  job: JobTable;
}

export interface RunTable {
  id: string;
  host: string;
  request: JsonColumn<RunRequest>;
  actor: JsonColumn<Actor>;
  destination: OptionalJsonColumn<Destination>;
  state: RunState;
  created_at: number;
  finished_at: number | null;
  diagnosis: OptionalJsonColumn<Diagnosis>;
  /** The diagnosis' own; null where there is none. */
  verdict: Verdict | null;
}

interface BundleTable {
  run_id: string;
  /** gzipped JSON */
  data: ColumnType<Uint8Array, Uint8Array, Uint8Array>;
}

export interface OfferTable {
  run_id: string;
  fix_id: string;
  /** Its place among the run's offers, best first. */
  rank: number;
  host: string;
  created_at: number;
  expires_at: number;
  payload: string;
  digest: string;
}

export interface ApprovalTable {
  id: string;
  run_id: string;
  host: string;
  fix_id: string;
  digest: string;
  state: ApprovalState;
  requested_by: string;
  requested_at: number;
  expires_at: number;
  votes_needed: number;
  /** 1: the requester's own vote does not count. */
  four_eyes: number;
  decided_by: string | null;
  decided_at: number | null;
  outcome: Outcome | null;
  why: string | null;
  verification: OptionalJsonColumn<readonly VerificationPoint[]>;
}

export interface VoteTable {
  approval_id: string;
  voter: string;
  at: number;
  reason: string | null;
}

/** idx -1 is the intent, 0 and up are the commands of the fix. */
interface JournalTable {
  approval_id: string;
  idx: number;
  at: number;
  result: string;
}

interface LeaseTable {
  name: string;
  owner: string;
  /** The process that took it, so that a restarted bot can free what its predecessor held. */
  holder: string;
  until: number;
}

export interface OutboxTable {
  id: string;
  channel: string;
  /** Delivery order inside the channel. */
  pos: number;
  key: string;
  thread_key: string | null;
  body: string;
  created_at: number;
  /** pending, replaced (by a newer revision), dead (not delivered), lost (nor said elsewhere; due_at is when) */
  state: "pending" | "replaced" | "dead" | "lost";
  attempts: number;
  due_at: number;
  error: string | null;
}

interface OutboxKeyTable {
  key: string;
  channel: string;
  ts: string;
  /** When its newest revision was posted. */
  sent_at: number;
}

interface OutboxChannelTable {
  channel: string;
  last_pos: number;
}

export interface AuditTable {
  seq: number;
  at: number;
  actor: string;
  via: string;
  action: string;
  host: string | null;
  run_id: string | null;
  approval_id: string | null;
  digest: string | null;
  detail: JsonColumn<Readonly<Record<string, unknown>>>;
  hash: string;
}

interface AuditHeadTable {
  id: number;
  seq: number;
  hash: string;
}

interface AuditAnchorTable {
  seq: number;
  hash: string;
  at: number;
  mac: string;
}

/** Where the chain begins since its oldest entries were purged: the last of them, signed. */
interface AuditStartTable {
  id: number;
  seq: number;
  hash: string;
  at: number;
  mac: string;
}

/** The last entry that a sink of the audit log has got. */
interface AuditSentTable {
  sink: string;
  seq: number;
  at: number;
}

interface InstanceTable {
  name: string;
  pid: number;
  boot_id: string;
  machine: string;
  started_at: number;
  heartbeat_at: number;
}

/** One row per schedule and due time: exactly one replica wins it. */
interface TickTable {
  schedule: string;
  due_at: number;
  claimed_at: number;
}

interface JobTable {
  id: string;
  kind: JobKind;
  ref: string;
  singleton: string | null;
  /** queued, active or dead; a finished job's row is deleted */
  state: "queued" | "active" | "dead";
  due_at: number;
  attempts: number;
  lease_owner: string | null;
  lease_until: number;
  error: string | null;
  created_at: number;
}
