import { REDACTED } from "./redact-keys.ts";

const BEGIN = /-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----/;
const END = /-----END [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----/;
const ONE_LINE =
  /(-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----)(?:[^"'\n\\]|\\[^"'\n])*?(-----END [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----|(?=\\?["'\n])|$)/g;
// A key of 16,384 bits has some 200 lines; a block without its end stops there.
const LONGEST_BLOCK = 250;
const BASE64 = /^[\w./-]{0,300}(?::\d{1,7}:)?\s*[A-Za-z0-9+/]{16,}={0,2}\s*$/;

/** Replaces the bodies of private-key blocks in place: line by line, so that line numbers stay. */
export function redactPrivateKeys(lines: string[]): string[] {
  if (!lines.some((line) => line.includes("PRIVATE KEY"))) return lines;
  const out = [...lines];
  let left = 0;
  let journal = false;
  out.forEach((line, index) => {
    const begin = BEGIN.exec(line);
    if (begin !== null) {
      out[index] = line.replaceAll(ONE_LINE, `$1${REDACTED}$2`);
      journal = line.startsWith("{");
      // Inside a quoted string the block ends with the string; journald's JSON has one object a line.
      const open = journal || !/["']/.test(line.slice(begin.index));
      left = open && !END.test(line) ? LONGEST_BLOCK : 0;
    } else if (END.test(line)) {
      // The output was cut above: what stands before an END without a BEGIN is a key as well.
      const above =
        left === 0 ? out.slice(0, index).findLastIndex((earlier) => !BASE64.test(earlier)) : index;
      out.fill(REDACTED, above + 1, index);
      left = 0;
    } else if (left > 0 && journal === line.startsWith("{")) {
      left -= 1;
      out[index] = journal ? line.replaceAll(LONG_WORD, word) : body(line);
    } else left = 0;
  });
  return out;
}

const LONG_WORD = /(?<![\w])[A-Za-z0-9+/=]{20,}/g;

/** In a JSON line only long base64 words go; a number stays one. */
function word(text: string): string {
  return /[A-Za-z]/.test(text) ? REDACTED : text;
}

/** One line of a key; after `FILE:LINE:` everything goes. */
function body(line: string): string {
  const place = /^[^\s:]{1,300}:\d{1,7}:/.exec(line)?.[0] ?? "";
  return line.slice(place.length).trim() === "" ? line : place + REDACTED;
}
