/** Stands where a secret stood; safe inside JSON strings, nginx words and shell words. */
export const REDACTED = "[redacted]";

// A key, its closing quote if any (JSON inside JSON has backslashes before it), and the separator.
// The look-behind starts at words only (linear time) and leaves paths alone (/etc/.htpasswd: …).
const KEY = /(?<![\w./-])([\w.-]{1,80})(\\{0,7}["'])?[ \t]{0,3}(=>|!=|[:=])[ \t]{0,3}/g;
const SENSITIVE =
  /passw(?:or)?d|passphrase|(?:^|[_.-])pass(?:$|[_.-])|(?:db|user|root|sql)pass$|^pwd$|[_.-]pwd$|secret|token(?!s$|ize)|(?:api|access|private|signing|encryption|master|auth|account|shared)[-_.]?key|^apikey|authorization|^auth$|[_.-]auth$|cookie$|credential|(?:^|[_.-])sess(?:ion)?[-_]?(?:id|key)$|phpsessid|connect\.sid|^dsn$|[_.-]dsn$|connection[-_.]?string|(?:^|[_.-])jwt$|(?:^|[_.-])salt$|webhook/i;
const NOT_SENSITIVE =
  /^(?:PWD|OLDPWD|NOPASSWD|PASSWD|(?:proxy|fastcgi|uwsgi|scgi|grpc|memcached)_pass|PassEnvironment|PassCredentials|PassSecurity|PassPacketInfo|(?:Load|Set|Import)Credential\w*|.*\.(?:service|socket|target|timer|mount|scope|slice|path))$/;
const HEADER = /authorization$|cookie$|api[-_]?key$|^x-.*token$/i;
const PORT_AFTER_NAME = /^\d{1,5}(?![\w.-])/;
// References, empty markers and switches say nothing secret, and causes such as a missing variable need them.
const HARMLESS =
  /^(?:\$|%[a-z]|\[redacted\]|(?:undefined|null|none|\(null\)|true|false|yes|no|on|off)(?![\w-]))/i;

/**
 * Replaces the values of keys that name a secret: `key=value`, `"key": "value"`, `Header: value`; line by line.
 * `json`: the line is JSON, where a bare quote behind `password=` ends the string it stands in.
 */
export function redactKeys(line: string, json: boolean): string {
  let out = "";
  let done = 0;
  let limit = -1;
  KEY.lastIndex = 0;
  for (let match = KEY.exec(line); match !== null; match = KEY.exec(line)) {
    const key = match[1] ?? "";
    if (!SENSITIVE.test(key) || NOT_SENSITIVE.test(key)) continue;
    const start = KEY.lastIndex;
    // In JSON, a key that no bare quote closes stands inside a string, and so does its value.
    if (json && match[2] !== '"' && limit < start) limit = stringEnd(line, start);
    const scope = json && match[2] !== '"' ? line.slice(0, limit) : line;
    if (start >= scope.length) continue;
    const [end, text] = valueAt(scope, start, match[2] ?? "", key, match[3] ?? "");
    out += line.slice(done, start) + text;
    done = end;
    KEY.lastIndex = Math.max(end, start);
  }
  return done === 0 ? line : out + line.slice(done);
}

/** The index of the next quote without a backslash, or the line's length. */
function stringEnd(line: string, start: number): number {
  const token = /\\.|"/g;
  token.lastIndex = start;
  for (let match = token.exec(line); match !== null; match = token.exec(line))
    if (match[0] === '"') return match.index;
  return line.length;
}

/** Where the value at `start` ends, and what to write instead of it. */
function valueAt(
  line: string,
  start: number,
  keyQuote: string,
  key: string,
  separator: string,
): [number, string] {
  const opening = /^(\\{0,7})(["'])/.exec(line.slice(start, start + 8));
  if (opening !== null) {
    const quote = opening[0];
    const from = start + quote.length;
    const close = closing(line, from, opening[1] ?? "", opening[2] ?? '"');
    if (close < 0) return [line.length, quote + REDACTED];
    if (HARMLESS.test(line.slice(from, from + 16)) || close === from)
      return [close, line.slice(start, close)];
    return [close, quote + REDACTED];
  }
  const json = keyQuote.endsWith('"');
  if (json && line[start] === "[") return arrayAt(line, start);
  if (json && (line[start] === "{" || HARMLESS.test(line.slice(start, start + 16)))) return [start, ""];
  if (HARMLESS.test(line.slice(start, start + 16))) return [start, ""];
  // "server token-api:3000" is an address.
  if (!json && line[start - 1] === ":" && PORT_AFTER_NAME.test(line.slice(start, start + 8)))
    return [start, ""];
  const number = json ? /^-?[\d.eE+-]{1,40}/.exec(line.slice(start, start + 40)) : null;
  const end =
    number === null ? bareEnd(line, start, separator === ":" && HEADER.test(key)) : start + number[0].length;
  if (end === start) return [start, ""];
  return [end, json ? keyQuote + REDACTED + keyQuote : REDACTED];
}

/** The index of the quote (with exactly these backslashes before it) that closes a value, or -1. */
function closing(line: string, from: number, slashes: string, quote: string): number {
  for (let at = line.indexOf(quote, from); at >= 0; at = line.indexOf(quote, at + 1)) {
    let before = at;
    while (before > from && line[before - 1] === "\\") before -= 1;
    const count = at - before;
    // Inside a JSON string the closing \" has the same backslashes as the opening one; in plain text
    // a quote is closing when an even number of backslashes stands before it. Fewer always end it.
    if (slashes === "" ? quote === "'" || count % 2 === 0 : count <= slashes.length)
      return at - Math.min(count, slashes.length);
  }
  return -1;
}

/** A JSON array: its leading strings are replaced, commas and brackets stay. */
function arrayAt(line: string, start: number): [number, string] {
  const strings = /\[\s*(?:"(?:[^"\\]|\\.)*"[\s,]*)*/y;
  strings.lastIndex = start;
  const part = strings.exec(line)?.[0] ?? "";
  return [start + part.length, part.replaceAll(/"(?:[^"\\]|\\.)*"/g, `"${REDACTED}"`)];
}

/** The end of an unquoted value: white space or a quote; a header's value reaches to the end of its line. */
function bareEnd(line: string, start: number, header: boolean): number {
  const stops = header ? /["'\\]/g : /[\s"'\\&]/g;
  stops.lastIndex = start;
  let end = stops.exec(line)?.index ?? line.length;
  while (end > start && /[,;)}\]\s]/.test(line[end - 1] ?? "")) end -= 1;
  return end;
}
