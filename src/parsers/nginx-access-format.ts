import type { NginxLogFormat } from "./nginx-logs.ts";

export interface CompiledLogFormat {
  readonly name: string;
  /** The variables a line yields, in order; those written side by side cannot be told apart and are left out. */
  readonly variables: readonly string[];
  /** The raw values of a line by variable; undefined when the line is not of this format. */
  readonly read: (line: string) => ReadonlyMap<string, string> | undefined;
}

/** nginx writes a request line of 8k at most, and a few of those values into one line. */
const MAX_LINE = 32_768;
const PART = /\$\{(\w+)\}|\$(\w+)/g;

const LIST_ITEMS: Readonly<Record<string, string>> = {
  upstream_addr: '[^\\s,"]+',
  upstream_status: "(?:\\d{1,3}|-)",
  upstream_response_time: "(?:[\\d.]+|-)",
  upstream_header_time: "(?:[\\d.]+|-)",
  upstream_connect_time: "(?:[\\d.]+|-)",
  upstream_first_byte_time: "(?:[\\d.]+|-)",
  upstream_response_length: "(?:\\d+|-)",
  upstream_bytes_received: "(?:\\d+|-)",
  upstream_bytes_sent: "(?:\\d+|-)",
};

const SHAPES: Readonly<Record<string, string>> = {
  status: "\\d{3}",
  time_local: "\\d\\d\\/[A-Z][a-z]{2}\\/\\d{4}:\\d\\d:\\d\\d:\\d\\d [+-]\\d{4}",
  time_iso8601: "\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d(?:[+-]\\d\\d:\\d\\d|Z)",
  msec: "\\d+\\.\\d{3}",
  request_time: "[\\d.]+|-",
};

/**
 * Compiles a `log_format` to a reader. A value ends where the text behind its variable begins; values that may
 * hold that text themselves (times, lists of several attempts, request lines) are known by their shape. Each
 * piece excludes the character that ends it, so a line is read in linear time.
 */
export function compileLogFormat({ name, escape, format }: NginxLogFormat): CompiledLogFormat {
  const variables: string[] = [];
  let pattern = "^";
  let at = 0;
  const matches = [...format.matchAll(PART)];
  for (let n = 0; n < matches.length; n++) {
    const match = matches[n];
    if (match === undefined) continue;
    const literal = format.slice(at, match.index);
    at = match.index + match[0].length;
    let alone = literal !== "" || n === 0;
    // Variables side by side: one opaque piece for all of them.
    while (matches[n + 1]?.index === at) {
      n++;
      at += matches[n]?.[0].length ?? 0;
      alone = false;
    }
    const variable = match[1] ?? match[2] ?? "";
    const next = format.charAt(at);
    const quoted = literal.endsWith('"') && next === '"';
    const piece = pieceFor(alone ? variable : "", next, quoted ? escape : undefined);
    pattern += escapeRegex(literal) + (alone ? `(${piece})` : `(?:${piece})`);
    if (alone) variables.push(variable);
  }
  const whole = new RegExp(`${pattern}${escapeRegex(format.slice(at))}$`);
  return { name, variables, read: (line) => readLine(line, whole, variables, escape) };
}

function readLine(
  line: string,
  whole: RegExp,
  variables: readonly string[],
  escape: NginxLogFormat["escape"],
): ReadonlyMap<string, string> | undefined {
  const match = line.length > MAX_LINE ? null : whole.exec(line);
  if (match === null) return undefined;
  return new Map(variables.map((variable, at) => [variable, unescapeValue(match[at + 1] ?? "", escape)]));
}

function pieceFor(variable: string, next: string, quoted: NginxLogFormat["escape"] | undefined): string {
  const item = LIST_ITEMS[variable];
  if (item !== undefined) return `-?|${item}(?:(?:, | : )${item})*`;
  const shape = SHAPES[variable];
  if (shape !== undefined) return shape;
  if (quoted === "json") return '(?:[^"\\\\]|\\\\.)*';
  if (quoted !== undefined) return '[^"]*';
  if (variable === "request" && next === " ") return "\\S+ \\S+ HTTP\\/[\\d.]+|\\S*";
  return next === "" ? ".*" : `[^${escapeClass(next)}]*`;
}

const escapeRegex = (text: string) => text.replace(/[\\^$.*+?()[\]{}|/]/g, "\\$&");
const escapeClass = (ch: string) => (/[\\\]^-]/.test(ch) ? `\\${ch}` : ch);

/** escape=default writes `\xHH` for quotes, backslashes and control bytes; escape=json as JSON does. */
function unescapeValue(text: string, escape: NginxLogFormat["escape"]): string {
  if (escape === "none" || !text.includes("\\")) return text;
  if (escape === "default") {
    return text.replace(/(?:\\x[0-9A-F]{2})+/g, decodeBytes);
  }
  return text.replace(/\\(?:u([0-9A-Fa-f]{4})|(.))/g, (_, hex?: string, ch?: string) =>
    hex === undefined ? (JSON_ESCAPES[ch ?? ""] ?? ch ?? "") : String.fromCharCode(Number.parseInt(hex, 16)),
  );
}

/** `\xC3\xA9` → "é"; bytes that are no UTF-8 one by one. */
function decodeBytes(escaped: string): string {
  try {
    return decodeURIComponent(escaped.replaceAll("\\x", "%"));
  } catch {
    return escaped.replace(/\\x(..)/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
  }
}

const JSON_ESCAPES: Readonly<Record<string, string>> = { n: "\n", r: "\r", t: "\t", b: "\b", f: "\f" };
