/** Counts what fails and is not tried for ever. */
export class Tries {
  readonly #most: number;
  readonly #failed = new Map<string, number>();

  constructor(most: number) {
    this.#most = most;
  }

  /** Counts a try that failed. @returns how many have, or undefined when that was the last one */
  again(what: string): number | undefined {
    const failed = (this.#failed.get(what) ?? 0) + 1;
    if (failed < this.#most) {
      this.#failed.set(what, failed);
      return failed;
    }
    this.#failed.delete(what);
    return undefined;
  }

  /** It is done: nothing of it is counted any more. */
  over(what: string): void {
    this.#failed.delete(what);
  }
}
