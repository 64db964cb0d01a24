import { toJson } from "./output.ts";
import { redactClients } from "./redact-clients.ts";
import { redactEnvironmentLine, redactJsonEnvironment } from "./redact-env.ts";
import { REDACTED, redactKeys } from "./redact-keys.ts";
import { redactPrivateKeys } from "./redact-pem.ts";

// Shapes of well-known tokens: found wherever they stand. All bounded, so a long line costs linear time.
const SHAPES =
  /(?<![A-Za-z0-9])(?:(?:AKIA|ASIA)[A-Z0-9]{16}|xox[a-z]-[A-Za-z0-9-]{10,250}|xapp-[A-Za-z0-9-]{10,250}|gh[pousr]_[A-Za-z0-9]{20,250}|github_pat_\w{20,250}|glpat-[\w-]{20,100}|npm_[A-Za-z0-9]{30,60}|[srp]k_(?:live|test)_[A-Za-z0-9]{10,250}|whsec_[A-Za-z0-9+/=]{10,250}|sk-[\w-]{20,250}|AIza[\w-]{35}|SG\.[\w-]{10,80}\.[\w-]{10,80}|do[opr]_v1_[a-f0-9]{40,80}|eyJ[\w-]{5,4000}\.[\w-]{5,8000}(?:\.[\w-]{0,2000})?)/g;
const SLACK_HOOK = /(?<=hooks\.slack\.com\/(?:services|workflows|triggers)\/)[\w/-]{5,200}/g;
const PASSWORD_HASH = /\$(?:apr1|2[aby]|5|6|y|argon2id?)\$[\w./$+=,-]{10,200}/g;
const SCHEME_WORD = /\b(Bearer|Basic|Digest|Negotiate|Splunk|GenieKey|token) {1,3}([\w+/.~:=-]{8,8000})/gi;
const ANY_CREDENTIALS = /(?<=[A-Za-z0-9]:\/\/)[^\s/"'\\?#<>]{1,512}@/g;
const STORE_CREDENTIALS =
  /(?<=\b(?:postgres|postgresql|mysql|mariadb|mongodb|mongodb\+srv|redis|rediss|amqp|amqps|sqlserver|clickhouse|ldap|ldaps|smtp|smtps|ftp|sftp):\/\/)[^\s"'\\<>]{1,512}@/g;
const DRIVER_CREDENTIALS = /(?<![\w/:])[\w.-]{1,64}:[^\s"'@\\/]{1,128}@(?=(?:tcp|unix)\()/g;
const LONG_OPTION =
  /(?<=(?:^|[\s"'])--?[\w-]{0,40}(?:password|passwd|passphrase|secret|token|api-?key|access-?key|auth|credentials?|requirepass)(?: |=))(?!\[redacted\]|-|\$)[^\s"'\\]{1,512}/gi;
const SHORT_OPTION =
  /(\b(?:mysql|mariadb)[\w-]{0,20} (?:[^\n]{0,300}? )?-p|\bcurl (?:[^\n]{0,300}? )?(?:-u|--user|--proxy-user) ?)(?!\[redacted\])[^\s"'\\-][^\s"'\\]{0,200}/g;
const HEADER_DIRECTIVE =
  /\b((?:proxy|fastcgi|uwsgi|scgi|grpc)_(?:set_header|param|pass_header)|add_header|set)([ \t]{1,40})(["']?\$?[\w-]{0,60}(?:authorization|cookie|passw|secret|token|api[-_]?key|credential)[\w-]{0,60}["']?)([ \t]{1,40})((?:"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|[^;\s])+)/gi;
const REQUEST_FIELD =
  /(request: "[A-Z]{3,12} [^\s?"]{0,4000}\?)[^\n]{1,8000}?(?= HTTP\/\d|", (?:subrequest|upstream|host|referrer|bytes)|"\)|"$)/g;
const REQUEST_LINE =
  /(?<=\b(?:GET|HEAD|POST|PUT|PATCH|DELETE|OPTIONS|PROPFIND|PRI) (?:[^\s?"\\]{0,4000})\?)(?!\[redacted\])(?:[^\s"\\]|\\[^"\s])+/g;
const URL_QUERY = /(?<=[A-Za-z]:\/\/[^\s?"'<>\\]{1,4000}\?)(?!\[redacted\])(?:[^\s"'<>\\;]|;(?=[^\s]))+/g;
const EMAIL =
  /(?<![\w.%+-])([A-Za-z0-9])[\w.%+-]{0,63}@([A-Za-z0-9])[A-Za-z0-9-]{0,62}(?:\.[A-Za-z0-9-]{1,62}){0,8}\.([A-Za-z]{2,24})(?![A-Za-z0-9-]|\.[A-Za-z0-9])/g;
const NOT_A_DOMAIN =
  /^(?:service|socket|target|slice|timer|mount|automount|swap|scope|path|device|sock|conf|pid|log|js|mjs|cjs|ts|json|py|rb|jar|lock|host)$/i;
const BYTE_ARRAY = /\[(?:[ \t]{0,4}\d{1,3}[ \t]{0,4},){3,}[ \t]{0,4}\d{1,3}[ \t]{0,4}\]/g;

const JSON_START = /^\s{0,100}(?:\{\s*["}]|\[\s*[[{"\]])/;

/**
 * Removes secrets and personal data from a command's output before anything reads it: keys, tokens, passwords,
 * cookies, credentials in connection strings, environments, e-mails, query strings; client addresses are masked.
 * Keeps the number of lines, the line numbers and the validity of JSON. Linear time; never throws; idempotent.
 */
export function redact(text: string): string {
  if (text === "") return text;
  const lines = redactPrivateKeys(redactJsonEnvironment(text).split("\n"));
  // Pretty-printed JSON is recognised as a whole, one object a line by its first characters.
  const json = JSON_START.test(text) && toJson(text) !== undefined;
  return lines.map((line) => redactLine(line, json || JSON_START.test(line))).join("\n");
}

function redactLine(line: string, json: boolean): string {
  if (line.length < 4) return line;
  let out = line.replaceAll(BYTE_ARRAY, byteArray);
  if (out.includes("Environment=")) out = redactEnvironmentLine(out);
  if (out.includes("?")) {
    out = out.replaceAll(REQUEST_FIELD, `$1${REDACTED}`);
    out = out.replaceAll(REQUEST_LINE, REDACTED).replaceAll(URL_QUERY, REDACTED);
  }
  if (out.includes("://")) {
    out = out.replaceAll(STORE_CREDENTIALS, `${REDACTED}@`).replaceAll(ANY_CREDENTIALS, `${REDACTED}@`);
    out = out.replaceAll(SLACK_HOOK, REDACTED);
  }
  out = out.replaceAll(SHAPES, REDACTED).replaceAll(PASSWORD_HASH, REDACTED);
  out = out.replaceAll(HEADER_DIRECTIVE, headerDirective);
  out = redactKeys(out, json);
  out = out.replaceAll(SCHEME_WORD, schemeWord);
  out = out.replaceAll(LONG_OPTION, REDACTED).replaceAll(SHORT_OPTION, `$1${REDACTED}`);
  if (out.includes("@")) {
    out = out.replaceAll(DRIVER_CREDENTIALS, `${REDACTED}@`);
    out = out.replaceAll(EMAIL, email);
  }
  return redactClients(out);
}

/** "Basic authentication" is prose; a credential has a digit, a capital behind its first letter, or padding. */
function schemeWord(whole: string, scheme: string, credential: string): string {
  return /\d|.[A-Z]|=$/.test(credential) ? `${scheme} ${REDACTED}` : whole;
}

/** `proxy_set_header Authorization "…";`: a value made of variables only says nothing secret. */
function headerDirective(
  whole: string,
  name: string,
  gap: string,
  key: string,
  gap2: string,
  value: string,
): string {
  const quote = /^["']/.exec(value)?.[0] ?? "";
  if (/^["']?(?:\$\{?\w+\}?|["']{2})["']?$/.test(value)) return whole;
  return `${name}${gap}${key}${gap2}${quote}${REDACTED}${quote}`;
}

function email(whole: string, user: string, domain: string, top: string): string {
  return NOT_A_DOMAIN.test(top) ? whole : `${user}***@${domain}…`;
}

/** journald prints a message with control characters as an array of bytes: a secret must not hide in one. */
function byteArray(whole: string): string {
  const bytes = whole.slice(1, -1).split(",").map(Number);
  if (bytes.some((byte) => byte > 255)) return whole;
  const decoded = Buffer.from(bytes).toString("utf8");
  const clean = decoded
    .split("\n")
    .map((line) => redactLine(line, false))
    .join("\n");
  return clean === decoded ? whole : JSON.stringify(clean);
}
