import { endOfLuaBlock } from "./nginx-lua-block.ts";

/** "raw" is the body of a `*_by_lua_block`, between "open" and "close". */
type NginxTokenKind = "word" | "semicolon" | "open" | "close" | "raw";

export interface NginxToken {
  readonly kind: NginxTokenKind;
  /** Unescaped as nginx does it; empty for punctuation. */
  readonly text: string;
  /** 1-based line where the token begins. */
  readonly line: number;
  readonly quoted: boolean;
}

/** What nginx would refuse, in its own words, and where. */
export interface NginxSyntaxError {
  readonly message: string;
  readonly line: number;
}

const LUA_BLOCK = /_by_lua_block$/;
const isSpace = (ch: string) => ch === " " || ch === "\t" || ch === "\r" || ch === "\n";

/**
 * Splits one configuration file into tokens, after `ngx_conf_read_token()` of ngx_conf_file.c. Where nginx
 * stops at a fault this goes on, so that a broken file is still readable, and reports each fault as a value.
 * Linear, never throws.
 */
export function lexNginx(text: string): { tokens: NginxToken[]; errors: NginxSyntaxError[] } {
  const tokens: NginxToken[] = [];
  const errors: NginxSyntaxError[] = [];
  let line = 1;
  let at = 0;
  /** First word of the statement being read, to recognise Lua blocks. */
  let statement: string | undefined;
  let words = 0;
  let depth = 0;

  const push = (kind: NginxTokenKind, value: string, where: number, quoted = false) => {
    tokens.push({ kind, text: value, line: where, quoted });
    if (kind === "word") {
      if (words === 0) statement = value;
      words++;
    } else {
      words = 0;
      statement = undefined;
    }
  };

  while (at < text.length) {
    const ch = text.charAt(at);
    if (isSpace(ch)) {
      if (ch === "\n") line++;
      at++;
    } else if (ch === "#") {
      const end = text.indexOf("\n", at);
      at = end < 0 ? text.length : end;
    } else if (ch === ";") {
      if (words === 0) errors.push({ message: 'unexpected ";"', line });
      else push("semicolon", "", line);
      at++;
    } else if (ch === "{") {
      const lua = statement !== undefined && LUA_BLOCK.test(statement);
      if (words === 0) errors.push({ message: 'unexpected "{"', line });
      push("open", "", line);
      depth++;
      at++;
      if (lua) {
        const end = endOfLuaBlock(text, at);
        const body = text.slice(at, end < 0 ? text.length : end);
        push("raw", body, line);
        line += countLines(body);
        at += body.length;
        if (end < 0) errors.push({ message: 'unexpected end of file, expecting "}"', line });
      }
    } else if (ch === "}") {
      // A statement without its ";" before "}": nginx refuses it, this ends it.
      if (words > 0) {
        errors.push({ message: 'unexpected "}"', line });
        push("semicolon", "", line);
      }
      if (depth > 0) {
        push("close", "", line);
        depth--;
      } else errors.push({ message: 'unexpected "}"', line });
      at++;
    } else {
      const word = readWord(text, at);
      push("word", unescape(word.raw), line, word.quoted);
      line += countLines(word.raw);
      at = word.end;
      if (word.fault === "end") {
        errors.push({ message: 'unexpected end of file, expecting ";" or "}"', line });
      } else if (word.fault !== undefined) {
        errors.push({ message: `unexpected "${word.fault}"`, line });
      }
    }
  }
  if (words > 0 && errors.at(-1)?.message.startsWith("unexpected end of file") !== true) {
    errors.push({ message: 'unexpected end of file, expecting ";" or "}"', line });
  }
  return { tokens, errors };
}

interface Word {
  raw: string;
  end: number;
  quoted: boolean;
  /** The character that may not follow a closing quote, or "end" for an unterminated word. */
  fault?: string;
}

function readWord(text: string, from: number): Word {
  const first = text[from];
  if (first === '"' || first === "'") {
    for (let at = from + 1; at < text.length; at++) {
      if (text[at] === "\\") at++;
      else if (text[at] === first) {
        const raw = text.slice(from + 1, at);
        const next = text[at + 1];
        // ")" may follow a quote: if ($x = "a").
        const fine = next === undefined || isSpace(next) || next === ";" || next === "{" || next === ")";
        return fine ? { raw, end: at + 1, quoted: true } : { raw, end: at + 1, quoted: true, fault: next };
      }
    }
    return { raw: text.slice(from + 1), end: text.length, quoted: true, fault: "end" };
  }
  let variable = false;
  for (let at = from; at < text.length; at++) {
    const ch = text.charAt(at);
    if (ch === "{" && variable) continue;
    variable = ch === "$";
    if (ch === "\\") at++;
    else if (isSpace(ch) || ch === ";" || ch === "{") {
      return { raw: text.slice(from, at), end: at, quoted: false };
    }
  }
  return { raw: text.slice(from), end: text.length, quoted: false, fault: "end" };
}

const ESCAPES: Readonly<Record<string, string>> = { t: "\t", r: "\r", n: "\n" };

function unescape(raw: string): string {
  if (!raw.includes("\\")) return raw;
  return raw.replace(/\\(["'\\trn])/g, (_, ch: string) => ESCAPES[ch] ?? ch);
}

function countLines(text: string): number {
  let lines = 0;
  for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", at + 1)) lines++;
  return lines;
}
