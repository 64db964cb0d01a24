const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/** When a line was written: an instant where the line names its zone, else the local time as printed ("2026-11-20T10:22:05"). */
export interface LogTime {
  /** Milliseconds since 1970. */
  readonly at?: number;
  readonly localTime?: string;
  /** The line behind its time and brackets. */
  readonly rest: string;
}

const ISO =
  /^\[?(\d{4})-(\d\d)-(\d\d)[T ](\d\d):(\d\d):(\d\d)(?:[.,]\d{1,9})?(?: ?(Z|UTC|[+-]\d\d:?\d\d))?\]?:?\s?/;
const FPM = /^\[(\d\d)-([A-Z][a-z]{2})-(\d{4}) (\d\d):(\d\d):(\d\d)(?:\.\d{1,6})?(?: (UTC|GMT))?\]\s?/;
const CTIME =
  /^\[?(?:[A-Z][a-z]{2}) ([A-Z][a-z]{2}) {1,2}(\d{1,2}) (\d\d):(\d\d):(\d\d) (\d{4})\]?(?: - )?\s?/;

/** Reads the time at the beginning of a log line (gunicorn, php-fpm, uWSGI, ISO 8601); without one, only `rest`. */
export function parseLogTime(line: string): LogTime {
  const iso = ISO.exec(line);
  if (iso !== null) {
    const [all, year, month, day, hour, minute, second, zone] = iso;
    return timeOf([year, month, day, hour, minute, second], zone, line.slice(all.length));
  }
  const fpm = FPM.exec(line);
  if (fpm !== null) {
    const [all, day, month = "", year, hour, minute, second, zone] = fpm;
    return timeOf([year, monthOf(month), day, hour, minute, second], zone, line.slice(all.length));
  }
  const ctime = CTIME.exec(line);
  if (ctime === null) return { rest: line };
  const [all, month = "", day = "", hour, minute, second, year] = ctime;
  return timeOf(
    [year, monthOf(month), day.padStart(2, "0"), hour, minute, second],
    undefined,
    line.slice(all.length),
  );
}

function monthOf(name: string): string {
  return String(MONTHS.indexOf(name) + 1).padStart(2, "0");
}

function timeOf(parts: readonly (string | undefined)[], zone: string | undefined, rest: string): LogTime {
  const [year, month, day, hour, minute, second] = parts;
  const localTime = `${year}-${month}-${day}T${hour}:${minute}:${second}`;
  if (zone === undefined) return { localTime, rest };
  const offset =
    zone === "Z" || zone === "UTC" || zone === "GMT" ? "Z" : zone.replace(/^([+-]\d\d):?(\d\d)$/, "$1:$2");
  const at = Date.parse(localTime + offset);
  return Number.isNaN(at) ? { rest } : { at, rest };
}
