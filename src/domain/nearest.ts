/** @returns how many letters must be inserted, removed, replaced or swapped (Damerau-Levenshtein, adjacent). */
function distance(a: string, b: string): number {
  let before: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const cost = a[i - 1] === b[j - 1] ? 0 : 1;
      let best = Math.min((row[j - 1] ?? 0) + 1, (last[j] ?? 0) + 1, (last[j - 1] ?? 0) + cost);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1])
        best = Math.min(best, (before[j - 2] ?? 0) + 1);
      row.push(best);
    }
    before = last;
    last = row;
  }
  return last[b.length] ?? 0;
}

/** @returns the known word most like the given one, or undefined when none is like it (a third may differ) */
export function nearest(word: string, known: Iterable<string>): string | undefined {
  let best: string | undefined;
  let least = Math.max(1, Math.floor(word.length / 3)) + 1;
  for (const candidate of known) {
    const d = distance(word.toLowerCase(), candidate.toLowerCase());
    if (d < least) {
      least = d;
      best = candidate;
    }
  }
  return best;
}

/** "did you mean x? Known: a, b, c" for an error's hint; at most twelve are listed. */
export function suggest(word: string, known: Iterable<string>): string {
  const all = [...known];
  const like = nearest(word, all);
  const list = all.slice(0, 12).join(", ") + (all.length > 12 ? `, … (${all.length} in all)` : "");
  const known_ = all.length === 0 ? "there is none" : `known: ${list}`;
  return like === undefined ? known_ : `did you mean "${like}"? ${known_}`;
}
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
