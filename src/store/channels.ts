import type { Kysely } from "kysely";
import type { ChannelStore, ChannelTx } from "../workflows/channel-store.ts";
import type { Store } from "../workflows/ports.ts";
import { readDepths } from "./depths.ts";
import { readLost } from "./lost.ts";
import { listMemos, lockMemo, setMemo } from "./memos.ts";
import type { Engine } from "./migrations.ts";
import { readOverdue } from "./overdue.ts";
import { finishReport, insertReport, listReports, readReport } from "./reports.ts";
import { unwellHosts } from "./runs.ts";
import { listSchedules, listSilences, putSchedule, putSilence, removeSchedule } from "./schedules.ts";
import type { Database } from "./schema.ts";

/** The statements of reports, schedules, silences and alerts in a transaction. */
export function channelStatements(trx: Kysely<Database>): ChannelTx {
  return {
    insertReport: (report) => insertReport(trx, report),
    finishReport: (id, at, summary) => finishReport(trx, id, at, summary),
    putSchedule: (schedule) => putSchedule(trx, schedule),
    removeSchedule: (id) => removeSchedule(trx, id),
    putSilence: (silence) => putSilence(trx, silence),
    memo: (kind, key) => lockMemo(trx, kind, key),
    setMemo: (kind, key, value) => setMemo(trx, kind, key, value),
  };
}

/** What is read of them outside a transaction. */
export function channelReads(db: Kysely<Database>, engine: Engine): Omit<ChannelStore, keyof Store> {
  return {
    report: (id) => readReport(db, id),
    reports: (filter) => listReports(db, filter),
    schedules: () => listSchedules(db),
    silences: (now) => listSilences(db, now),
    memos: (kind) => listMemos(db, kind),
    unwellHosts: () => unwellHosts(db),
    depths: () => readDepths(db, engine),
    lost: (since, limit) => readLost(db, since, limit),
    overdue: (before, words, limit) => readOverdue(db, before, words, limit),
  };
}
