import type { CelEnvironment, Context } from "./cel.ts";
import { evaluateValue } from "./cel.ts";
import { RuleError } from "./rule-error.ts";
import { compileParts, type Part } from "./template.ts";

/** One word of an argument vector: text and placeholders, or one list spread over several words. */
export type Word = readonly Part[];

export type Rendered =
  | { readonly ok: true; readonly argv: readonly string[] }
  | { readonly ok: false; readonly because: string; readonly missing?: string };

const MAX_WORD = 4096;
const MAX_WORDS = 256;

/**
 * Compiles one word of an argument vector.
 * @throws RuleError when a placeholder is wrong, or could become an option
 */
export function compileWord(environment: CelEnvironment, word: string): Word {
  const parts = compileParts(environment, word, ["string", "int"]);
  if (parts.some((part) => typeof part !== "string" && part.spread) && parts.length > 1)
    throw new RuleError("a list can only be spread as a word of its own", 0, 'write "${facts...}" alone');
  const [first, second] = parts;
  if (typeof first !== "string" || second === undefined || !first.startsWith("-") || first.includes("="))
    return parts;
  const countOnly = typeof second !== "string" && second.program.type === "int" && /^-[A-Za-z]$/.test(first);
  if (countOnly && parts.length === 2) return parts;
  throw new RuleError(
    `the value could become part of the option "${first}"`,
    0,
    "write --option=${…}, or give the value a word of its own",
  );
}

/**
 * Fills in an argument vector. A placeholder never adds a word or an option: a value is refused when it would
 * begin a word with "-" (unless the word before is --), is empty, too long or holds control characters.
 */
export function renderWords(words: readonly Word[], context: Context): Rendered {
  const argv: string[] = [];
  for (const word of words) {
    const texts = wordTexts(word, context);
    if (!Array.isArray(texts)) return texts;
    const before = argv.at(-1);
    for (const text of texts) {
      const because = word.every((part) => typeof part === "string")
        ? undefined
        : refusal(word, text, before);
      if (because !== undefined) return { ok: false, because };
      argv.push(text);
    }
  }
  if (argv.length > MAX_WORDS) return { ok: false, because: `more than ${MAX_WORDS} words` };
  return { ok: true, argv };
}

function wordTexts(word: Word, context: Context): string[] | (Rendered & { ok: false }) {
  let text = "";
  for (const part of word) {
    if (typeof part === "string") {
      text += part;
      continue;
    }
    const result = evaluateValue(part.program, context);
    if (!result.known) {
      const what = result.missing ?? result.problem ?? part.program.text;
      return {
        ok: false,
        because: `${what} is not known`,
        ...(result.missing === undefined ? {} : { missing: result.missing }),
      };
    }
    if (part.spread && Array.isArray(result.value)) return result.value.map(String);
    text += String(result.value);
  }
  return [text];
}

function refusal(word: Word, text: string, before: string | undefined): string | undefined {
  const shown = JSON.stringify(text.length > 60 ? `${text.slice(0, 60)}…` : text);
  if (text === "") return "a value of the command is empty";
  if (text.length > MAX_WORD) return `the value ${shown} is longer than ${MAX_WORD} characters`;
  if (/[\u0000-\u001f\u007f]/.test(text)) return `the value ${shown} holds a control character`;
  if (text.startsWith("-") && typeof word[0] !== "string" && before !== "--")
    return `the value ${shown} would be taken for an option`;
  return undefined;
}
