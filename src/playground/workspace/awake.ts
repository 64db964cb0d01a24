/** The clock looks so often whether this process still runs. */
const BEAT_MS = 50;
/** Asleep for so long, the app may have lost its connections: it counts the same time as silence of ours. */
const LONG_SLEEP_MS = 1_000;

/**
 * How long this process has been awake, in milliseconds. While its event loop stands still (a busy machine, a closed
 * laptop, work in between) nothing that was sent can be taken in, so that time is nobody's lateness. The demo's bot
 * lives in this very process and stands still with it.
 */
export class AwakeClock {
  #slept = 0;
  #beat = performance.now();
  #wokeAt = Number.NEGATIVE_INFINITY;
  readonly #timer: NodeJS.Timeout;

  constructor() {
    this.#timer = setInterval(() => this.#count(), BEAT_MS);
    this.#timer.unref();
  }

  /** The time awake so far. */
  now(): number {
    this.#count();
    return this.#beat - this.#slept;
  }

  /** Whether a long sleep ended within the last `ms` milliseconds. */
  wokeWithin(ms: number): boolean {
    return this.now() - this.#wokeAt <= ms;
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  #count(): void {
    const now = performance.now();
    const gap = now - this.#beat;
    this.#beat = now;
    if (gap <= 2 * BEAT_MS) return;
    this.#slept += gap - BEAT_MS;
    if (gap >= LONG_SLEEP_MS) this.#wokeAt = now - this.#slept;
  }
}
