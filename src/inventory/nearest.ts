import { nearest } from "../playbook/nearest.ts";

/** The names most like a misspelt one (Damerau-Levenshtein, a third may differ), best first, at most `max`. */
export function nearestNames(word: string, names: Iterable<string>, max = 3): string[] {
  const left = new Set(names);
  const found: string[] = [];
  while (found.length < max) {
    const name = nearest(word, left);
    if (name === undefined) break;
    found.push(name);
    left.delete(name);
  }
  return found;
}
