import type { Clock } from "../../src/workflows/ports.ts";

interface Timer {
  readonly at: number;
  readonly done: () => void;
}

/**
 * A clock whose time passes only while everybody waits: the earliest timer fires as soon as nothing else is left
 * to do, so minutes take no time and the order of events is always the same.
 */
export class FakeClock implements Clock {
  #now: number;
  #timers: Timer[] = [];
  #pumping = false;

  constructor(start = 1_800_000_000_000) {
    this.#now = start;
  }

  now(): number {
    return this.#now;
  }

  /** Lets time pass at once, firing nothing: what a person's pause does. */
  pass(ms: number): void {
    this.#now += ms;
  }

  wait(ms: number, signal?: AbortSignal): Promise<void> {
    if (signal?.aborted === true) return Promise.resolve();
    return new Promise((resolve) => {
      const timer: Timer = { at: this.#now + ms, done: resolve };
      this.#timers.push(timer);
      signal?.addEventListener("abort", () => {
        this.#timers = this.#timers.filter((t) => t !== timer);
        resolve();
      });
      this.#pump();
    });
  }

  #pump(): void {
    if (this.#pumping || this.#timers.length === 0) return;
    this.#pumping = true;
    setImmediate(() => {
      this.#pumping = false;
      const [first] = this.#timers.toSorted((a, b) => a.at - b.at);
      if (first === undefined) return;
      this.#timers = this.#timers.filter((t) => t !== first);
      this.#now = Math.max(this.#now, first.at);
      first.done();
      this.#pump();
    });
  }
}

/** Real time, for tests that talk to real processes. */
export class RunningClock extends FakeClock {
  override now(): number {
    return Date.now();
  }

  override wait(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      signal?.addEventListener("abort", () => {
        clearTimeout(timer);
        resolve();
      });
    });
  }
}
