/** The longest pause while the database fails, in milliseconds. */
const LONGEST_MS = 5000;

export interface WorkerOptions {
  /** Jobs in hand at most. */
  readonly concurrency: number;
  /** How often an idle worker looks for what is due, in milliseconds. */
  readonly pollMs: number;
  readonly onError: (error: unknown) => void;
}

/** Takes jobs one after another and runs up to `concurrency` of them at a time, until it is stopped. */
export class Worker {
  readonly #opts: WorkerOptions;
  readonly #take: () => Promise<(() => Promise<void>) | undefined>;
  readonly #running = new Set<Promise<void>>();
  #stopped = false;
  #wake: () => void = () => undefined;
  #awake = false;
  #failures = 0;
  #loop: Promise<void> = Promise.resolve();

  /** @param take leases the next job and gives what runs it, or undefined when none is due */
  constructor(opts: WorkerOptions, take: () => Promise<(() => Promise<void>) | undefined>) {
    this.#opts = opts;
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
      const run =
        this.#running.size < Math.max(1, this.#opts.concurrency) ? await this.#tryTake() : undefined;
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
      this.#opts.onError(error);
      return undefined;
    }
  }

  #begin(run: () => Promise<void>): void {
    const done: Promise<void> = run()
      .catch(this.#opts.onError)
      .finally(() => {
        this.#running.delete(done);
        this.wake();
      });
    this.#running.add(done);
  }

  /** Until woken, or for pollMs; longer while the database fails. */
  async #rest(): Promise<void> {
    if (this.#awake || this.#stopped) return;
    const ms = Math.min(LONGEST_MS, this.#opts.pollMs * 2 ** Math.min(this.#failures, 10));
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
