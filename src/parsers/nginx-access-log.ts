import { compileLogFormat } from "./nginx-access-format.ts";
import { isCutMark } from "./nginx-cut.ts";
import type { NginxLogFormat } from "./nginx-logs.ts";

/** One request of an access log. What the format does not hold is left out. */
export interface NginxAccessRecord {
  /** Seconds since the epoch, at the request's end. */
  readonly at?: number;
  /** 9 for nginx's "009" (an HTTP/0.9 answer). */
  readonly status?: number;
  readonly method?: string;
  /** Without the query string. */
  readonly path?: string;
  /** Seconds. */
  readonly requestTime?: number;
  /** The peers asked, in order; a group's name where none was live; empty when no upstream was asked. */
  readonly upstreamAddr?: readonly string[];
  /** One a peer asked; null for "-". A number in upstreamHeaderTime says that the peer did answer. */
  readonly upstreamStatus?: readonly (number | null)[];
  readonly upstreamHeaderTime?: readonly (number | null)[];
  readonly upstreamConnectTime?: readonly (number | null)[];
  readonly upstreamResponseTime?: readonly (number | null)[];
  /** The upstream lists hold " : ": an internal redirect (error_page, X-Accel-Redirect) lies between. */
  readonly redirected?: boolean;
  readonly userAgent?: string;
  /** The Host asked for. */
  readonly host?: string;
  /** The server block's name. */
  readonly serverName?: string;
  readonly bytes?: number;
  /** The client's address without its host part. */
  readonly clientMasked?: string;
  /** 1-based line of the text. */
  readonly line: number;
}

/**
 * Reads an access log with the formats it may be written in (the first that fits a line counts; a file may
 * change its format at a reload). `unparsed` counts the lines that fit none.
 */
export function parseNginxAccessLog(
  text: string,
  formats: readonly NginxLogFormat[],
): { records: NginxAccessRecord[]; unparsed: number } {
  const readers = formats.map(compileLogFormat);
  const records: NginxAccessRecord[] = [];
  let unparsed = 0;
  const lines = text.split("\n");
  for (let at = 0; at < lines.length; at++) {
    const line = (lines[at] ?? "").replace(/\r$/, "");
    if (line === "" || isCutMark(line)) continue;
    const half = isCutMark(lines[at + 1] ?? "") || isCutMark(lines[at - 1] ?? "");
    let values: ReadonlyMap<string, string> | undefined;
    if (!half) for (const reader of readers) values ??= reader.read(line);
    if (values === undefined) unparsed++;
    else records.push(recordOf(values, at + 1));
  }
  return { records, unparsed };
}

function recordOf(values: ReadonlyMap<string, string>, line: number): NginxAccessRecord {
  const record: { -readonly [K in keyof NginxAccessRecord]: NginxAccessRecord[K] } = { line };
  const at = timeOf(values);
  if (at !== undefined) record.at = at;
  const number = (...names: string[]) => {
    const text = names.map((name) => values.get(name)).find((value) => value !== undefined);
    return text !== undefined && /^\d+(\.\d+)?$/.test(text) ? Number(text) : undefined;
  };
  const text = (...names: string[]) =>
    names
      .map((name) => values.get(name))
      .find((value) => value !== undefined && value !== "" && value !== "-");
  const status = number("status");
  if (status !== undefined) record.status = status;
  const requestTime = number("request_time");
  if (requestTime !== undefined) record.requestTime = requestTime;
  const bytes = number("body_bytes_sent", "bytes_sent");
  if (bytes !== undefined) record.bytes = bytes;

  // A line that is no request ("\x16\x03…", a TLS hello on a plain port) names neither method nor path.
  const line1 = /^([A-Z][A-Z_-]{0,31}) (\S+)/.exec(values.get("request") ?? "");
  const method = text("request_method") ?? line1?.[1];
  if (method !== undefined) record.method = method;
  const path = line1?.[2] ?? text("request_uri", "uri", "document_uri");
  if (path !== undefined) record.path = path.split(/[?#]/, 1)[0] ?? "";
  const userAgent = text("http_user_agent");
  if (userAgent !== undefined) record.userAgent = userAgent;
  const host = text("host", "http_host");
  if (host !== undefined) record.host = host;
  const serverName = text("server_name");
  if (serverName !== undefined) record.serverName = serverName;
  const client = text("remote_addr", "binary_remote_addr", "realip_remote_addr");
  if (client !== undefined) record.clientMasked = maskAddress(client);

  const addresses = values.get("upstream_addr");
  const statuses = values.get("upstream_status");
  const asked = !isNone(addresses ?? statuses ?? "?");
  if (addresses !== undefined) record.upstreamAddr = asked ? items(addresses) : [];
  if (statuses !== undefined) record.upstreamStatus = asked ? numbers(statuses) : [];
  const header = values.get("upstream_header_time");
  if (header !== undefined) record.upstreamHeaderTime = asked ? numbers(header) : [];
  const connect = values.get("upstream_connect_time");
  if (connect !== undefined) record.upstreamConnectTime = asked ? numbers(connect) : [];
  const response = values.get("upstream_response_time");
  if (response !== undefined) record.upstreamResponseTime = asked ? numbers(response) : [];
  const lists = [addresses, statuses, header, response].filter((each) => each !== undefined);
  if (lists.length > 0) record.redirected = lists.some((each) => each.includes(" : "));
  return record;
}

/** nginx writes "-" (with escape=json or none nothing) where no upstream was asked. */
const isNone = (text: string) => text === "-" || text === "";
const items = (text: string) => text.split(/, | : /);
const numbers = (text: string) => items(text).map((each) => (/^[\d.]+$/.test(each) ? Number(each) : null));

const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

function timeOf(values: ReadonlyMap<string, string>): number | undefined {
  const msec = values.get("msec");
  if (msec !== undefined) return Number(msec);
  const iso = values.get("time_iso8601");
  if (iso !== undefined) return Date.parse(iso) / 1000;
  const match = /^(\d\d)\/(\w{3})\/(\d{4}):(\d\d):(\d\d):(\d\d) ([+-])(\d\d)(\d\d)$/.exec(
    values.get("time_local") ?? "",
  );
  if (match === null) return undefined;
  const [, day, month = "", year, hour, minute, second, sign, offsetHours, offsetMinutes] = match;
  const local = Date.UTC(
    Number(year),
    MONTHS.indexOf(month),
    Number(day),
    Number(hour),
    Number(minute),
    Number(second),
  );
  const offset = (Number(offsetHours) * 60 + Number(offsetMinutes)) * 60;
  return local / 1000 - (sign === "-" ? -offset : offset);
}

/** "203.0.113.7" → "203.0.113.x", "2001:db8:1:2::3" → "2001:db8:1::x"; what is no address stays as it is. */
export function maskAddress(address: string): string {
  if (/^\d{1,3}(\.\d{1,3}){3}$/.test(address)) return address.replace(/\d+$/, "x");
  if (!/^[0-9A-Fa-f:.]+$/.test(address) || !address.includes(":")) return address;
  const groups = (address.split("::")[0] ?? "").split(":").slice(0, 3);
  return `${groups.join(":")}::x`;
}
