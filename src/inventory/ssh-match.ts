import { wildcard } from "../domain/wildcard.ts";

/** True when a list of patterns means the text: one matches and no `!` one does (ssh_config(5) PATTERNS). */
export function patternList(patterns: readonly string[], text: string): boolean {
  let matched = false;
  for (const pattern of patterns) {
    if (pattern.startsWith("!")) {
      if (wildcard(pattern.slice(1).toLowerCase(), text.toLowerCase())) return false;
    } else if (wildcard(pattern.toLowerCase(), text.toLowerCase())) matched = true;
  }
  return matched;
}

export interface MatchSubject {
  readonly name: string;
  readonly hostName: string;
  readonly user: string;
  readonly localUser: string;
}

/**
 * Judges the criteria of a Match line in their order, as ssh does: the first that fails decides.
 * "exec": a program would have to decide; "unknown": a criterion that is not known here.
 */
export function matchSection(words: readonly string[], subject: MatchSubject): boolean | "exec" | "unknown" {
  const queue = words.flatMap((word) => (word.includes("=") ? word.split(/=(.*)/s, 2) : [word]));
  while (queue.length > 0) {
    const word = (queue.shift() ?? "").toLowerCase();
    const negated = word.startsWith("!");
    const criterion = negated ? word.slice(1) : word;
    if (criterion === "all") {
      if (negated) return false;
      continue;
    }
    // There is no second pass after canonicalisation here.
    if (criterion === "canonical" || criterion === "final") {
      if (!negated) return false;
      continue;
    }
    const patterns = (queue.shift() ?? "").split(",");
    if (criterion === "exec") return "exec";
    const value = valueOf(criterion, subject);
    if (value === undefined) return "unknown";
    if (patternList(patterns, value) === negated) return false;
  }
  return true;
}

function valueOf(criterion: string, subject: MatchSubject): string | undefined {
  if (criterion === "host") return subject.hostName;
  if (criterion === "originalhost") return subject.name;
  if (criterion === "user") return subject.user;
  if (criterion === "localuser") return subject.localUser;
  return undefined;
}
