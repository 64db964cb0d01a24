/** Waits for a turn; what it gives ends the turn, once. */
export type TakeTurn = (key: string) => Promise<() => void>;

/** At most `limit` turns at once for each key; the others wait in the order they came. */
export function turns(limit: number): TakeTurn {
  const busy = new Map<string, number>();
  const waiting = new Map<string, (() => void)[]>();
  return async (key) => {
    const held = busy.get(key) ?? 0;
    if (held < limit) busy.set(key, held + 1);
    else await new Promise<void>((go) => waiting.set(key, [...(waiting.get(key) ?? []), go]));
    let ended = false;
    return () => {
      if (ended) return;
      ended = true;
      const [next, ...others] = waiting.get(key) ?? [];
      waiting.set(key, others);
      // Whoever is next takes the place over: the number stays.
      if (next === undefined) busy.set(key, (busy.get(key) ?? 1) - 1);
      else next();
    };
  };
}
