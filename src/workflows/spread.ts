export interface Spread<T> {
  /** At once in all. */
  readonly total: number;
  /** At once with the same key; items without a key share no other bound. */
  readonly perKey: number;
  readonly keyOf: (item: T) => string | undefined;
}

/**
 * Works on items at once within bounds, each as early as its bounds allow; an item whose key is full does not
 * hold up those behind it. `work` must not throw: what it throws ends the whole.
 */
export async function spread<T extends object>(
  items: readonly T[],
  bounds: Spread<T>,
  work: (item: T) => Promise<void>,
): Promise<void> {
  const waiting = [...items];
  const running = new Set<Promise<void>>();
  const busy = new Map<string, number>();
  while (waiting.length > 0 || running.size > 0) {
    for (let i = 0; i < waiting.length && running.size < bounds.total;) {
      const item = waiting[i];
      if (item === undefined) break;
      const key = bounds.keyOf(item);
      const held = key === undefined ? 0 : (busy.get(key) ?? 0);
      if (key !== undefined && held >= bounds.perKey) {
        i += 1;
        continue;
      }
      waiting.splice(i, 1);
      if (key !== undefined) busy.set(key, held + 1);
      const one: Promise<void> = work(item).finally(() => {
        running.delete(one);
        if (key !== undefined) busy.set(key, (busy.get(key) ?? 1) - 1);
      });
      running.add(one);
    }
    await Promise.race(running);
  }
}
