import { nginxEffect, type NginxEffect } from "../parsers/nginx-error-effect.ts";
import type { NaiveTime, NginxErrorRecord } from "../parsers/nginx-error-log.ts";
import { parseNginxErrorLog } from "../parsers/nginx-error-log.ts";
import type { Journal } from "../parsers/journal.ts";
import type { FactSet } from "./facts.ts";

/** An error-log record with its moment and what the client of that attempt got. */
export interface LogLine {
  readonly record: NginxErrorRecord;
  /** Epoch seconds. */
  readonly at: number;
  readonly effect: NginxEffect;
  readonly source: string;
}

export interface LogView {
  /** False: no error log could be read; absence of a line proves nothing then. */
  readonly seen: boolean;
  readonly lines: readonly LogLine[];
  readonly paths: readonly string[];
}

const CHECKS = ["error-log", "error-logs", "error-logs-again", "rotated-logs"];
const JOURNALS = ["error-journal", "error-journal-again"];
/** What syslog writes before the line; journald keeps it where nginx names the host, too (ngx_syslog.c). */
const SYSLOG_HEAD = /^(?:\S{1,255} )?\w{1,64}: (?=\d{4}\/\d\d\/\d\d )/;

/**
 * All error-log lines that were read, once each, oldest first.
 * @param now the host's clock, epoch seconds
 * @param zoneMinutes the host's zone, minutes east of UTC; nginx writes local time without a zone, so that without
 *   it no line could be told from one of another hour
 */
export function logView(
  facts: FactSet,
  now: number,
  zoneMinutes: number | undefined,
  version?: readonly number[],
): LogView {
  if (zoneMinutes === undefined) return { seen: false, lines: [], paths: [] };
  const lines = new Map<string, LogLine>();
  const paths: string[] = [];
  let seen = false;
  const add = (text: string, source: string): void => {
    for (const record of parseNginxErrorLog(text).records) {
      if (lines.has(record.raw)) continue;
      const at = moment(record.at, now, zoneMinutes);
      lines.set(record.raw, { record, at, effect: nginxEffect(record, version), source });
    }
  };
  for (const check of CHECKS) {
    for (const result of facts.results(check)) {
      if (result.end !== "exited" && result.end !== "cut") continue;
      if (result.exitCode !== 0) continue;
      seen = true;
      paths.push(result.argv.at(-1) ?? "");
      add(result.stdout, result.id);
    }
  }
  for (const check of JOURNALS) {
    for (const { value, id } of facts.all<Journal>(check)) {
      // None at all may be a journal that hides them.
      if (value.entries.length === 0) continue;
      seen = true;
      add(value.entries.map(({ message }) => message.replace(SYSLOG_HEAD, "")).join("\n"), id);
    }
  }
  return { seen, lines: [...lines.values()].toSorted((a, b) => a.at - b.at), paths };
}

/**
 * The epoch seconds of a naive local time. A clock that runs ahead of the host's by whole quarter hours is
 * another zone (a container's UTC), not the future.
 */
export function moment(at: NaiveTime, now: number, zoneMinutes: number): number {
  const utc = Date.UTC(at.year, at.month - 1, at.day, at.hour, at.minute, at.second) / 1000;
  const guess = utc - zoneMinutes * 60;
  const ahead = guess - now;
  if (ahead <= 120) return guess;
  return guess - Math.ceil((ahead - 120) / 900) * 900;
}

/** Lines that report a request that failed or a peer that did; notices and warnings are left out. */
export function failures(view: LogView): LogLine[] {
  return view.lines.filter(
    (l) =>
      l.effect !== "none" ||
      l.record.class === "connect-failed" ||
      l.record.class === "no-live-upstreams" ||
      l.record.class === "proxy-protocol-broken",
  );
}
