/**
 * Finds the end of a raw Lua block (`content_by_lua_block { … }`), which nginx's own lexer does not read:
 * lua-nginx-module counts braces outside of Lua strings, comments and long brackets.
 *
 * Takes the text and the index just behind the opening brace; gives the index of the closing brace, or -1
 * when the block does not end. One pass, never throws.
 */
export function endOfLuaBlock(text: string, from: number): number {
  let depth = 1;
  let at = from;
  while (at < text.length) {
    const ch = text[at];
    if (ch === "{") depth++;
    else if (ch === "}") {
      depth--;
      if (depth === 0) return at;
    } else if (ch === '"' || ch === "'") {
      at = endOfLuaString(text, at, ch);
      continue;
    } else if (ch === "-" && text[at + 1] === "-") {
      const long = endOfLongBracket(text, at + 2);
      const lineEnd = text.indexOf("\n", at);
      if (long !== undefined) at = long;
      else at = lineEnd < 0 ? text.length : lineEnd;
      continue;
    } else if (ch === "[") {
      const long = endOfLongBracket(text, at);
      if (long !== undefined) {
        at = long;
        continue;
      }
    }
    at++;
  }
  return -1;
}

/** Index behind the closing quote; a Lua string ends at the line's end at the latest. */
function endOfLuaString(text: string, from: number, quote: string): number {
  for (let at = from + 1; at < text.length; at++) {
    const ch = text[at];
    if (ch === "\\") at++;
    else if (ch === quote) return at + 1;
    else if (ch === "\n") return at;
  }
  return text.length;
}

/** Index behind `]==]` when a long bracket `[==[` opens at `from`, else undefined. */
function endOfLongBracket(text: string, from: number): number | undefined {
  if (text[from] !== "[") return undefined;
  let at = from + 1;
  while (text[at] === "=") at++;
  if (text[at] !== "[") return undefined;
  const close = `]${"=".repeat(at - from - 1)}]`;
  const end = text.indexOf(close, at + 1);
  return end < 0 ? text.length : end + close.length;
}
