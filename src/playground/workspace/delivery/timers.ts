import type { AwakeClock } from "../awake.ts";

/** Timers that count the time this process is awake, and can all be ended at once: a closed server leaves nothing running. */
export class Timers {
  readonly #awake: AwakeClock;
  readonly #running = new Set<Timer>();

  constructor(awake: AwakeClock) {
    this.#awake = awake;
  }

  /** Runs once after `ms` milliseconds awake: after a sleep, what arrived meanwhile is taken in first. */
  after(ms: number, run: () => void): Timer {
    const due = this.#awake.now() + ms;
    const look = (): void => {
      // A timer may come a little early by this clock.
      const left = due - this.#awake.now();
      if (left >= 1) timer.handle = setTimeout(look, left);
      else {
        this.#running.delete(timer);
        run();
      }
    };
    const timer: Timer = { handle: setTimeout(look, ms) };
    this.#running.add(timer);
    return timer;
  }

  /** Runs every `ms` milliseconds until cleared. */
  every(ms: number, run: () => void): void {
    this.after(ms, () => {
      run();
      this.every(ms, run);
    });
  }

  drop(timer: Timer): void {
    clearTimeout(timer.handle);
    this.#running.delete(timer);
  }

  clear(): void {
    for (const timer of this.#running) clearTimeout(timer.handle);
    this.#running.clear();
  }
}

/** One that runs, for `drop`. */
export interface Timer {
  handle: NodeJS.Timeout;
}
