import { auditLine } from "../workflows/audit-line.ts";
import type { KeptEntry } from "../workflows/keeping-store.ts";

/** rsyslog as shipped cuts a message at 8 KiB: the JSON stays whole below that. */
const MOST_BYTES = 7900;
/** authpriv (10), notice (5). */
const PRIORITY = 10 * 8 + 5;

/** @returns the entry as JSON that fits into one message of syslog */
export function syslogJson(entry: KeptEntry): string {
  return auditLine(entry, MOST_BYTES);
}

/** @returns the entry as one message of RFC 5424, without the framing that a transport adds */
export function syslogLine(entry: KeptEntry, from: { readonly host: string; readonly pid: number }): string {
  const host = from.host.replaceAll(/[^\x21-\x7e]/g, "").slice(0, 255) || "-";
  const time = new Date(entry.at).toISOString();
  return `<${PRIORITY}>1 ${time} ${host} fiveohtwo ${from.pid} audit - ${syslogJson(entry)}`;
}
