import type { KeepingStore, KeptEntry } from "./keeping-store.ts";
import type { Clock, Store } from "./ports.ts";

/** How often the log is looked at. */
const LOOK_MS = 2000;
/** A sink that fails is tried again ever later, up to this. */
const LATEST_MS = 60_000;
const LEASE_MS = 30_000;
const PAGE = 200;
/** What is left when the bot stops is given so long. */
const LAST_MS = 3000;

/** A place outside that gets every entry of the audit log. */
export interface AuditSink {
  /** Where it is; its position in the log is kept under this name. */
  readonly name: string;
  readonly kind: "file" | "syslog";
  /** Resolves when the entries are there. @throws Error with a sentence when they are not; they come again then. */
  write(entries: readonly KeptEntry[]): Promise<void>;
}

export interface StreamWorld {
  readonly store: Pick<Store, "lease" | "release"> & KeepingStore;
  readonly clock: Clock;
  /** Tells this process from others: one at a time writes to a sink. */
  readonly owner: string;
}

/** One sink's stream, from the last entry that it got on: each entry at least once, in order, also after a crash. */
export class AuditStream {
  readonly sink: AuditSink;
  readonly #world: StreamWorld;
  #leasedUntil = 0;
  /** Why the sink does not get its entries, and since when. */
  failing: { readonly why: string; readonly since: number } | undefined;

  constructor(world: StreamWorld, sink: AuditSink) {
    this.#world = world;
    this.sink = sink;
  }

  get #lease(): string {
    return `audit:${this.sink.name}`;
  }

  /**
   * Sends what the sink has not got.
   * @param until when to stop, in the clock's time
   * @returns false while another process does so
   */
  async drain(until = Infinity): Promise<boolean> {
    const { store, clock } = this.#world;
    for (;;) {
      if (!(await this.#myTurn())) return false;
      const entries = await store.auditAfter(await store.auditSent(this.sink.name), PAGE);
      const last = entries.at(-1);
      if (last === undefined) return true;
      await this.sink.write(entries);
      await store.markAuditSent(this.sink.name, last.seq);
      if (entries.length < PAGE || clock.now() >= until) return true;
    }
  }

  /** Works until the signal; what is left then is sent if that is quick. @param tell called when it fails, and when it works again */
  async run(signal: AbortSignal, tell: (stream: AuditStream) => void): Promise<void> {
    const { clock } = this.#world;
    let pause = LOOK_MS;
    for (;;) {
      const stopping = signal.aborted;
      const before = this.failing;
      try {
        await this.drain(stopping ? clock.now() + LAST_MS : Infinity);
        this.failing = undefined;
        pause = LOOK_MS;
      } catch (error) {
        const why = error instanceof Error ? error.message : String(error);
        this.failing = { why, since: before?.since ?? clock.now() };
        pause = Math.min(pause * 2, LATEST_MS);
      }
      if (this.failing?.why !== before?.why) tell(this);
      if (stopping) break;
      await clock.wait(pause, signal);
    }
    await this.release();
  }

  /** Lets another process have its turn. A state that is gone frees the turn by itself, later. */
  async release(): Promise<void> {
    if (this.#leasedUntil === 0) return;
    this.#leasedUntil = 0;
    await this.#world.store.release(this.#lease, this.#world.owner).catch(() => undefined);
  }

  async #myTurn(): Promise<boolean> {
    const { store, clock, owner } = this.#world;
    const now = clock.now();
    if (this.#leasedUntil - now > LEASE_MS / 2) return true;
    const mine = await store.lease(this.#lease, owner, LEASE_MS);
    this.#leasedUntil = mine ? now + LEASE_MS : 0;
    return mine;
  }
}

/** What people should know of the streams: those that fail, with how far behind they are. */
export async function streamWarnings(
  streams: readonly AuditStream[],
  store: Pick<KeepingStore, "auditBehind">,
): Promise<string[]> {
  const failing = streams.filter((s) => s.failing !== undefined);
  if (failing.length === 0) return [];
  const behind = await store.auditBehind(failing.map((s) => s.sink.name));
  return failing.map(({ sink, failing: how }) => {
    const since = new Date(how?.since ?? 0).toISOString();
    const entries = behind.get(sink.name) ?? 0;
    return `The audit log's ${sink.kind} is ${entries} entries behind since ${since}: ${how?.why ?? ""} Nothing is lost: the entries are kept and follow.`;
  });
}
