/** What changed; the page and waiting tests listen. */
export type Change =
  | { type: "message"; action: "posted" | "updated" | "deleted"; channel: string; ts: string }
  | { type: "view"; user: string }
  | { type: "home"; user: string }
  | { type: "channel"; channel: string }
  | { type: "connection"; count: number };

/** Tells every listener of every change, in order. */
export class Changes {
  readonly #listeners = new Set<(change: Change) => void>();

  /** Listens until the returned function is called. */
  on(listener: (change: Change) => void): () => void {
    this.#listeners.add(listener);
    return () => {
      this.#listeners.delete(listener);
    };
  }

  emit(change: Change): void {
    for (const listener of this.#listeners) listener(change);
  }

  /**
   * Waits until `look` answers something other than undefined, looking now and after every change.
   * Throws after `timeoutMs` with `what` in the message.
   */
  async until<T>(what: string, look: () => T | undefined, timeoutMs = 10_000): Promise<T> {
    const now = look();
    if (now !== undefined) return now;
    return new Promise<T>((resolve, reject) => {
      const timer = setTimeout(() => {
        stop();
        reject(new Error(`waited ${String(timeoutMs)} ms for ${what}, and it did not come`));
      }, timeoutMs);
      const stop = this.on(() => {
        const found = look();
        if (found === undefined) return;
        clearTimeout(timer);
        stop();
        resolve(found);
      });
    });
  }
}
