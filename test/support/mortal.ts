import type { FixWorld } from "../../src/workflows/fix-world.ts";
import type { Session, Store, StoreTx } from "../../src/workflows/ports.ts";
import type { MemoryStore } from "./memory-store.ts";

/** What a killed process's calls end in: nothing it does reaches the world any more. */
export class Killed extends Error {}

/**
 * A process that dies at its n-th call of a port, before the call or just after its effect; from then on none of
 * its calls reaches anything. Without n it lives, and counts.
 */
export class Mortal {
  calls = 0;
  dead = false;
  readonly names: string[] = [];
  readonly #at: number | undefined;
  readonly #when: "before" | "after";

  constructor(at?: number, when: "before" | "after" = "before") {
    this.#at = at;
    this.#when = when;
  }

  async call<T>(name: string, effect: () => Promise<T>): Promise<T> {
    if (this.dead) throw new Killed(name);
    this.calls += 1;
    this.names.push(name);
    const last = this.calls === this.#at;
    if (last && this.#when === "before") this.#die(name);
    const value = await effect();
    if (last) this.#die(name);
    if (this.dead) throw new Killed(name);
    return value;
  }

  #die(name: string): never {
    this.dead = true;
    throw new Killed(name);
  }

  /** Every method of a port dies with the process. */
  port<T extends object>(port: T, prefix: string): T {
    return new Proxy(port, {
      get: (target, key) => {
        const value: unknown = Reflect.get(target, key, target);
        if (typeof value !== "function" || typeof key !== "string") return value;
        return (...args: unknown[]) =>
          this.call(`${prefix}.${key}`, async () => Reflect.apply(value, target, args) as unknown);
      },
    });
  }

  /** The world as this process sees it. */
  world(world: FixWorld, store: MemoryStore): FixWorld {
    const outer = this.port<Store>(store, "store");
    return {
      ...world,
      store: new Proxy(outer, {
        get: (target, key) =>
          key === "transaction"
            ? <T>(work: (tx: StoreTx) => Promise<T>) =>
                this.call("store.commit", () => store.transaction(work, (tx) => this.port(tx, "tx")))
            : (Reflect.get(target, key, target) as unknown),
      }),
      shell: {
        open: (host, opts) =>
          this.call("shell.open", async () => this.#session(await world.shell.open(host, opts))),
      },
      diagnose: (req) => this.call("diagnose", () => world.diagnose(req)),
    };
  }

  #session(session: Session): Session {
    return {
      hostKey: session.hostKey,
      runWave: (commands, onResult) => this.call("wave", () => session.runWave(commands, onResult)),
      runFix: (commands, opts) =>
        this.call("fix", () =>
          session.runFix(commands, {
            ...opts,
            beforeEach: (i, done) =>
              this.call("before", async () => (await opts.beforeEach?.(i, done)) ?? true),
          }),
        ),
      close: () => this.call("close", () => session.close()),
    };
  }
}
