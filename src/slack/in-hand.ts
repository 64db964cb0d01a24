import type { Clock } from "../workflows/ports.ts";

/** The handlers that are at work, so that a stop can wait for them: Bolt does not. */
export class InHand {
  readonly #running = new Set<Promise<void>>();

  async hold(work: () => Promise<void>): Promise<void> {
    const done = work().finally(() => this.#running.delete(done));
    this.#running.add(done);
    await done;
  }

  /** @returns true when all ended within ms */
  async drain(clock: Clock, ms: number): Promise<boolean> {
    const enough = new AbortController();
    const all = Promise.allSettled(this.#running).then(() => true);
    const late = clock.wait(ms, enough.signal).then(() => false);
    const drained = await Promise.race([all, late]);
    enough.abort();
    return drained;
  }
}
