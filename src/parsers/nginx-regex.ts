import { RE2JS } from "re2js";

/** A longer pattern or subject is not tried: the answer is "could not look". */
const MAX_PATTERN = 1000;
const MAX_SUBJECT = 4096;

/**
 * Whether a regular expression of the configuration (PCRE, unanchored) matches, by RE2, so in linear time.
 * undefined: RE2 does not know the pattern (look-around, back references) or it is too long.
 */
export function matchesNginxRegex(pattern: string, subject: string, caseless: boolean): boolean | undefined {
  if (pattern.length > MAX_PATTERN || subject.length > MAX_SUBJECT) return undefined;
  try {
    const regex = RE2JS.compile(pattern, caseless ? RE2JS.CASE_INSENSITIVE : 0);
    // PCRE's "$" matches before a last line feed too ("/x.php%0a"), RE2's does not.
    return (
      regex.matcher(subject).find() || (subject.endsWith("\n") && regex.matcher(subject.slice(0, -1)).find())
    );
  } catch {
    // RE2JS throws on what it cannot compile: that is an answer here.
    return undefined;
  }
}
