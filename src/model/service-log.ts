import type { AppLog } from "../parsers/app-log.ts";
import type { JournalEvent } from "../parsers/journal-events.ts";
import type { JournalEntry } from "../parsers/journal.ts";
import type { Service } from "./service.ts";

/** What one service's own logs say. */
export interface ServiceLog {
  readonly entries: readonly JournalEntry[];
  readonly events: readonly JournalEvent[];
  readonly result: string;
  /** Only some of its lines were read: what is not among them may have been said all the same. */
  readonly partial: boolean;
}

/** Log files hold the past as well: what is older than this is another story. */
const FILE_MS = 15 * 60_000;

/** A service's own log files (pm2's, php-fpm's, those its definition names). A line without a clock counts as new. */
export function fromFiles(
  service: Service,
  files: readonly { readonly path: string; readonly id: string; readonly log: AppLog }[],
  nowMs: number,
  zoneMinutes: number | undefined,
): ServiceLog | undefined {
  const own = files.filter((f) => service.logs.includes(f.path));
  const [first] = own;
  if (!first) return undefined;
  // A time of a zone that was not seen may be any: such a line is of no time at all.
  const at = (e: AppLog["events"][number]): number => {
    if (e.at !== undefined || e.localTime === undefined) return e.at ?? nowMs;
    return zoneMinutes === undefined ? -Infinity : Date.parse(`${e.localTime}Z`) - zoneMinutes * 60_000;
  };
  const all = own.flatMap((f) => f.log.events.map((e) => ({ ...e, at: at(e) })));
  const events = all.filter((e) => nowMs - e.at < FILE_MS);
  const entries = own.flatMap((f) => f.log.tail.map((message) => ({ at: nowMs, message })));
  return {
    entries,
    events,
    result: own.find((f) => f.log.events.some((e) => nowMs - at(e) < FILE_MS))?.id ?? first.id,
    partial: all.some((e) => e.at === -Infinity),
  };
}

/** What the journal and the service's own files say, as one. */
export function joined(
  journal: ServiceLog | undefined,
  file: ServiceLog | undefined,
): ServiceLog | undefined {
  if (!journal || !file) return journal ?? file;
  return {
    entries: [...file.entries, ...journal.entries],
    events: [...journal.events, ...file.events].toSorted((a, b) => a.at - b.at),
    result: file.events.length > 0 ? file.result : journal.result,
    partial: journal.partial || file.partial,
  };
}
