import type { Clock } from "../workflows/ports.ts";

const FIRST_MS = 400;
const LONGEST_MS = 2_000;

/** Channels whose messages wait because the database failed: nothing is given up for that. */
export class Pauses {
  readonly #clock: Clock;
  readonly #paused = new Map<string, { readonly ms: number; readonly until: number; readonly why: string }>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  add(channel: string, error: unknown): void {
    const ms = Math.min(LONGEST_MS, 2 * (this.#paused.get(channel)?.ms ?? FIRST_MS / 2));
    const why = error instanceof Error ? error.message : String(error);
    this.#paused.set(channel, { ms, until: this.#clock.now() + ms, why });
  }

  over(channel: string): void {
    this.#paused.delete(channel);
  }

  /** Those that wait now. */
  channels(): string[] {
    const now = this.#clock.now();
    return [...this.#paused].filter(([, p]) => p.until > now).map(([channel]) => channel);
  }

  /** A sentence; undefined where none waits. */
  get why(): string | undefined {
    // One that is over by so much was served by another replica.
    const now = this.#clock.now();
    const first = [...this.#paused.values()].find((p) => p.until + LONGEST_MS > now);
    return first === undefined ? undefined : `Messages wait for the database: ${first.why}`;
  }
}
