import type { Clock, OutboxMessage } from "../workflows/ports.ts";
import { type Body, isPassing } from "./outgoing.ts";

const APART_MS = 1_000;

/** Keeps what only says how far things are to one update a second; what has ended is said at once. */
export class Pace {
  readonly #clock: Clock;
  readonly #sent = new Map<string, number>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Whether a revision waits a moment: what is behind it need not, since its message stands there already. */
  holdsBack({ key, ts }: OutboxMessage, body: Body | undefined): boolean {
    if (ts === undefined || body === undefined || !isPassing(body)) return false;
    return this.#clock.now() - (this.#sent.get(key) ?? Number.NEGATIVE_INFINITY) < APART_MS;
  }

  sent(key: string): void {
    const now = this.#clock.now();
    for (const [other, at] of this.#sent) if (now - at >= APART_MS) this.#sent.delete(other);
    this.#sent.set(key, now);
  }
}
