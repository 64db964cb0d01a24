/** Hands out ids and message timestamps that never repeat within one workspace. */
export class Ids {
  readonly #clock: () => number;
  #count = 0;
  #lastStamp = 0;

  constructor(clock: () => number) {
    this.#clock = clock;
  }

  /** An id such as F0000000012: the prefix and a running number in base 36. */
  next(prefix: string): string {
    this.#count += 1;
    return `${prefix}${this.#count.toString(36).toUpperCase().padStart(10, "0")}`;
  }

  /** A message timestamp, seconds.microseconds, strictly rising. */
  stamp(): string {
    const micros = Math.max(Math.floor(this.#clock() * 1000), this.#lastStamp + 1);
    this.#lastStamp = micros;
    const seconds = Math.floor(micros / 1_000_000);
    return `${String(seconds)}.${String(micros % 1_000_000).padStart(6, "0")}`;
  }
}
