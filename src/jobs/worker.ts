/** How often an idle worker looks for jobs that another process enqueued or that became due, in milliseconds. */
const POLL_MS = 100;
/** The longest pause while the database fails, in milliseconds. */
const LONGEST_MS = 5000;

/** Takes jobs one after another and runs up to `concurrency` of them at a time, until it is stopped. */
export class Worker {
  readonly #concurrency: number;
  readonly #onError: (error: unknown) => void;
  readonly #take: () => Promise<(() => Promise<void>) | undefined>;
  readonly #running = new Set<Promise<void>>();
  #stopped = false;
  #wake: () => void = () => undefined;
  #awake = false;
  #failures = 0;
  #loop: Promise<void> = Promise.resolve();

  /** @param take leases the next job and gives what runs it, or undefined when none is due */
  constructor(
    concurrency: number,
    onError: (error: unknown) => void,
    take: () => Promise<(() => Promise<void>) | undefined>,
  ) {
    this.#concurrency = Math.max(1, concurrency);
    this.#onError = onError;
    this.#take = take;
  }

  start(): void {
    this.#loop = this.#run();
  }

  /** Looks for a job at once. */
  wake(): void {
    this.#awake = true;
    this.#wake();
  }

  /** Takes no more jobs and waits for those in hand. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.wake();
    await this.#loop;
    await Promise.all(this.#running);
  }

  async #run(): Promise<void> {
    while (!this.#stopped) {
      this.#awake = false;
      const run = this.#running.size < this.#concurrency ? await this.#tryTake() : undefined;
      if (run === undefined) await this.#rest();
      else this.#begin(run);
    }
  }

  async #tryTake(): Promise<(() => Promise<void>) | undefined> {
    try {
      const run = await this.#take();
      this.#failures = 0;
      return run;
    } catch (error) {
      this.#failures += 1;
      // The database is busy, full or gone: what is due stays due, the next look finds it.
      this.#onError(error);
      return undefined;
    }
  }

  #begin(run: () => Promise<void>): void {
    const done: Promise<void> = run()
      .catch(this.#onError)
      .finally(() => {
        this.#running.delete(done);
        this.wake();
      });
    this.#running.add(done);
  }

  /** Until woken, or POLL_MS; longer while the database fails. */
  async #rest(): Promise<void> {
    if (this.#awake || this.#stopped) return;
    const ms = Math.min(LONGEST_MS, POLL_MS * 2 ** Math.min(this.#failures, 10));
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
    this.#wake = () => undefined;
  }
}
