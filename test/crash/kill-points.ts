import type { Session, Shell, Store, StoreTx } from "../../src/workflows/ports.ts";

/**
 * Where a process dies: at the n-th of the points it passes once counting has begun. A point is the moment before or
 * after anything it does to the world: a transaction (before it, with its statements made but not committed, after
 * it), a connection, a wave, a fix, and each command of a fix.
 */
export class KillPoints {
  passed = 0;
  readonly #at: number | undefined;
  #counting = false;

  constructor(at: number | undefined) {
    this.#at = at;
  }

  begin(): void {
    this.#counting = true;
  }

  #point(): void {
    if (!this.#counting) return;
    this.passed += 1;
    if (this.passed === this.#at) process.kill(process.pid, "SIGKILL");
  }

  async #around<T>(effect: () => Promise<T>): Promise<T> {
    this.#point();
    const value = await effect();
    this.#point();
    return value;
  }

  /** Transactions die between their last statement and the commit, too. */
  store<T extends Store>(store: T): T {
    const transaction = <V>(work: (tx: StoreTx) => Promise<V>): Promise<V> =>
      this.#around(() =>
        store.transaction(async (tx) => {
          const value = await work(tx);
          this.#point();
          return value;
        }),
      );
    return new Proxy(store, {
      get: (target, key) => {
        if (key === "transaction") return transaction;
        const value: unknown = Reflect.get(target, key, target);
        return typeof value === "function" ? (value.bind(target) as unknown) : value;
      },
    });
  }

  shell(shell: Shell): Shell {
    return { open: (host, opts) => this.#around(async () => this.#session(await shell.open(host, opts))) };
  }

  #session(session: Session): Session {
    return {
      hostKey: session.hostKey,
      runWave: (commands, onResult) => this.#around(() => session.runWave(commands, onResult)),
      runFix: (commands, opts) =>
        this.#around(() =>
          session.runFix(commands, {
            ...opts,
            beforeEach: async (index, done) => {
              this.#point();
              const goes = (await opts.beforeEach?.(index, done)) ?? true;
              this.#point();
              return goes;
            },
          }),
        ),
      close: () => session.close(),
    };
  }
}
