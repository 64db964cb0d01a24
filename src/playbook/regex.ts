import { RE2JS } from "re2js";

/** A log line is never longer: what follows is not looked at. */
const MAX_INPUT = 4096;
const MAX_PATTERNS = 512;

const compiled = new Map<string, RE2JS>();

/**
 * Compiles a pattern in RE2's syntax (no look-around, no back-references): linear in its input.
 * @throws Error in words when the pattern is wrong
 */
export function compilePattern(pattern: string): RE2JS {
  const known = compiled.get(pattern);
  if (known) return known;
  const made = RE2JS.compile(pattern);
  if (compiled.size >= MAX_PATTERNS) compiled.clear();
  compiled.set(pattern, made);
  return made;
}

/** CEL's `matches`: true when the pattern is found anywhere in the first 4,096 characters of the text. */
export function matches(text: string, pattern: string): boolean {
  return compilePattern(pattern).matcher(text.slice(0, MAX_INPUT)).find();
}
