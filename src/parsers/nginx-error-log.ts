import { classifyNginxError } from "./nginx-error-class.ts";
import type { NginxErrorClass } from "./nginx-error-class.ts";
import { isCutMark } from "./nginx-cut.ts";
import { splitContext } from "./nginx-error-context.ts";
import type { NginxLogContext } from "./nginx-error-context.ts";
import { splitPhase } from "./nginx-error-phase.ts";
import type { NginxPhase } from "./nginx-error-phase.ts";

/** nginx writes its local time without a zone: these are the clock's digits, not a moment. */
export interface NaiveTime {
  readonly year: number;
  readonly month: number;
  readonly day: number;
  readonly hour: number;
  readonly minute: number;
  readonly second: number;
}

export interface NginxErrorRecord extends Readonly<NginxLogContext> {
  readonly at: NaiveTime;
  /** debug, info, notice, warn, error, crit, alert, emerg. */
  readonly level: string;
  readonly pid: number;
  readonly tid: number;
  /** The `*N` of the connection; missing for resolver, accept and master lines. */
  readonly connection?: number;
  /** Without phase and context. */
  readonly message: string;
  readonly class: NginxErrorClass;
  /** Linux error number; the text beside it differs between glibc and musl. */
  readonly errno?: number;
  /** A number of the class: resolver code, TLS alert or verify code, signal, frame size, status, limit. */
  readonly code?: number;
  /** The host, address, path or name the message is about. */
  readonly subject?: string;
  /** Where a configuration error stands. */
  readonly config?: { readonly file: string; readonly line: number };
  readonly phase?: NginxPhase;
  /** 1-based line of the text, and how many lines the record has. */
  readonly line: number;
  readonly lines: number;
  readonly raw: string;
}

const HEAD =
  /^(?:[^\n]{0,120} nginx(?:\[\d+\])?: )?(\d{4})\/(\d\d)\/(\d\d) (\d\d):(\d\d):(\d\d) \[([a-z]+)\] (\d{1,10})#(\d{1,10}): (?:\*(\d{1,15}) )?/;
const ERRNO = /\((\d{1,3}): [^)]{0,100}\)/;
const CONFIG = / in (\/[^"]{1,1024}|\S+\.conf\S*):(\d{1,7})$/;

/** Bounds of one record; a quoted answer of a backend may run over many lines. */
const MAX_LINES = 200;
const MAX_RAW = 16_384;

/** Reads one record (its lines joined by "\n"); undefined when it does not begin like one. */
export function parseNginxErrorLine(text: string, line = 1): NginxErrorRecord | undefined {
  const head = HEAD.exec(text);
  if (head === null) return undefined;
  const [, year, month, day, hour, minute, second, level = "", pid, tid, connection] = head;
  const { message, context } = splitContext(text.slice(head[0].length));
  const { text: words, phase } = splitPhase(message);
  const classified = classifyNginxError(words, level, phase);
  const errno = classified.class === "resolve-failed" ? undefined : ERRNO.exec(words)?.[1];
  const config = level === "emerg" || level === "warn" ? CONFIG.exec(words) : null;
  return {
    at: {
      year: Number(year),
      month: Number(month),
      day: Number(day),
      hour: Number(hour),
      minute: Number(minute),
      second: Number(second),
    },
    level,
    pid: Number(pid),
    tid: Number(tid),
    ...(connection === undefined ? {} : { connection: Number(connection) }),
    message: words,
    ...classified,
    ...(errno === undefined || words.startsWith("FastCGI sent") ? {} : { errno: Number(errno) }),
    ...(config === null ? {} : { config: { file: config[1] ?? "", line: Number(config[2]) } }),
    ...(phase === undefined ? {} : { phase }),
    ...context,
    line,
    lines: 1,
    raw: text,
  };
}

/**
 * Reads an error log. Lines that carry on a quoted text (a PHP message, a broken PROXY header) are joined to
 * their record; what is no part of a record (a first line cut in half, `grep`'s notes) is counted.
 */
export function parseNginxErrorLog(text: string): { records: NginxErrorRecord[]; unparsed: number } {
  const records: NginxErrorRecord[] = [];
  let unparsed = 0;
  let open: { line: number; lines: number; size: number; quoted: boolean; parts: string[] } | undefined;
  const flush = () => {
    if (open === undefined) return;
    const record = parseNginxErrorLine(open.parts.join("\n"), open.line);
    if (record === undefined) unparsed++;
    else records.push({ ...record, lines: open.lines });
    open = undefined;
  };
  let number = 0;
  for (const each of text.split("\n")) {
    number++;
    const line = each.endsWith("\r") ? each.slice(0, -1) : each;
    if (isCutMark(line)) {
      // The record before may have lost its end, and with it the fields that prove something.
      if (open !== undefined) unparsed++;
      open = undefined;
    } else if (HEAD.test(line)) {
      flush();
      open = {
        line: number,
        lines: 1,
        size: line.length,
        quoted: isOpen(line, false),
        parts: [cut(line)],
      };
    } else if (open?.quoted === true && open.lines < MAX_LINES && open.size < MAX_RAW) {
      open.parts.push(cut(line));
      open.lines++;
      open.size += line.length + 1;
      open.quoted = isOpen(line, true);
    } else if (line.trim() !== "") unparsed++;
  }
  flush();
  return { records, unparsed };
}

const cut = (line: string) => line.slice(0, MAX_RAW);

/** True while a quotation mark is not closed: the record goes on in the next line. */
function isOpen(line: string, before: boolean): boolean {
  let open = before;
  for (let at = line.indexOf('"'); at >= 0; at = line.indexOf('"', at + 1)) open = !open;
  return open;
}

/** Seconds since the epoch, given the offset of nginx's own zone in seconds (east is positive). */
export function naiveToEpoch(at: NaiveTime, offsetSeconds: number): number {
  return Date.UTC(at.year, at.month - 1, at.day, at.hour, at.minute, at.second) / 1000 - offsetSeconds;
}
