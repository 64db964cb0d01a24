import { REDACTED } from "./redact-keys.ts";

// Values of these variables explain failures and are no secrets; everything else in an environment goes.
const KEPT =
  /^(?:NODE_ENV|RAILS_ENV|RACK_ENV|APP_ENV|FLASK_ENV|DJANGO_SETTINGS_MODULE|PM2_HOME|HOME|PATH|LANG|LC_ALL|TZ|USER|LOGNAME|SHELL|NVM_BIN|NODE_APP_INSTANCE|instances|exec_mode|status|name|namespace|pm_id|cwd|username)$/;
const PORT_NAME = /(?:^|_)PORT$/i;
const ADDRESS_NAME = /(?:^|_)(?:HOST|BIND|LISTEN|ADDR|ADDRESS)$/i;
const PORT = /^\d{1,5}$/;
const ADDRESS = /^(?:\d{1,3}(?:\.\d{1,3}){3}|\[?[0-9a-f:]{2,39}\]?|localhost)(?::\d{1,5})?$/i;

/** True when a variable's value may leave the host: ports, bind addresses and a few well-known names. */
function isKept(name: string, value: string): boolean {
  if (value === "" || value === REDACTED || KEPT.test(name)) return true;
  return (PORT_NAME.test(name) && PORT.test(value)) || (ADDRESS_NAME.test(name) && ADDRESS.test(value));
}

/** `Environment=A=1 "B=two words"` of systemctl show and of unit files: values replaced, names kept. */
export function redactEnvironmentLine(line: string): string {
  const match = /^(?:[^\s:]{1,300}:\d{1,7}:)?[ \t]*(?:Default)?Environment=/.exec(line);
  if (match === null) return line;
  const rest = line.slice(match[0].length);
  const words = rest.replaceAll(
    /(["']?)([A-Za-z_]\w{0,120})=((?<=["'][A-Za-z_]\w{0,120}=)(?:[^"'\\]|\\.)*|(?:[^\s"'\\]|\\.|"(?:[^"\\]|\\.)*"|'[^']*')*)/g,
    (_whole, quote: string, name: string, value: string) =>
      `${quote}${name}=${isKept(name, value.replaceAll(/^["']|["']$/g, "")) ? value : REDACTED}`,
  );
  return match[0] + words;
}

/** pm2's and docker's environments inside JSON: values of `"env": {…}`, of upper-case keys beside it, and of `"Env": ["A=b"]`. */
export function redactJsonEnvironment(text: string): string {
  let out = text;
  if (out.includes('"pm2_env"') || out.includes('"pm_exec_path"')) {
    out = inside(out, /"(?:env|env_\w{1,40}|filter_env)"\s*:\s*\{/g, (part) => redactMembers(part));
    out = redactMembers(out, /^[A-Z_][A-Z0-9_]{0,120}$/);
  }
  if (out.includes('"Env"')) out = inside(out, /"Env"\s*:\s*\[/g, redactAssignments);
  return out;
}

/** Applies `change` to what stands between each opening (the pattern's last character) and its closing bracket. */
function inside(text: string, opening: RegExp, change: (part: string) => string): string {
  let out = "";
  let done = 0;
  for (let match = opening.exec(text); match !== null; match = opening.exec(text)) {
    const start = opening.lastIndex;
    const end = closingBracket(text, start);
    out += text.slice(done, start) + change(text.slice(start, end));
    done = end;
    opening.lastIndex = end;
  }
  return done === 0 ? text : out + text.slice(done);
}

function closingBracket(text: string, start: number): number {
  const token = /"(?:[^"\\]|\\[^])*(?:"|$)|[[\]{}]/g;
  token.lastIndex = start;
  let depth = 1;
  for (let match = token.exec(text); match !== null; match = token.exec(text)) {
    if (match[0] === "{" || match[0] === "[") depth += 1;
    else if (match[0] === "}" || match[0] === "]") depth -= 1;
    if (depth === 0) return match.index;
  }
  return text.length;
}

function member(whole: string, name: string, separator: string, value: string): string {
  return isKept(name, value) ? whole : `"${name}"${separator}"${REDACTED}"`;
}

/** Walks string by string, so that a closing quote is never taken for an opening one; an open string ends the walk. */
const STRING_OR_MEMBER = /"((?:[^"\\]|\\[^])*)(?:"|$)(?:(\s*:\s*)"((?:[^"\\]|\\[^])*)(?:"|$))?/g;

function redactMembers(part: string, names = /./): string {
  return part.replaceAll(
    STRING_OR_MEMBER,
    (whole: string, name: string, separator?: string, value?: string) =>
      separator === undefined || value === undefined || !names.test(name) || !whole.endsWith('"')
        ? whole
        : member(whole, name, separator, value),
  );
}

function redactAssignments(part: string): string {
  return part.replaceAll(
    /"([\w.-]{1,200})=((?:[^"\\]|\\.)*)"/g,
    (whole: string, name: string, value: string) =>
      name === undefined || isKept(name, value) ? whole : `"${name}=${REDACTED}"`,
  );
}
