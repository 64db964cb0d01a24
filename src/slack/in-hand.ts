import type { Clock } from "../workflows/ports.ts";
import type { Listener } from "./answer.ts";
import { type Asked, forgetAsked, keepAsked } from "./unanswered.ts";
import type { SlackWorld } from "./world.ts";

/** Keeping what was asked may not delay its acknowledgement by more: Slack waits three seconds. */
const KEEP_MS = 1_000;

type World = Pick<SlackWorld, "store" | "clock" | "log" | "instance">;

/** What somebody said or pressed, and where they hear of it. */
interface InWork {
  /** In words, as Slack's mrkdwn: "`/502 web-1`". */
  readonly said: string;
  readonly to: Pick<Listener, "user" | "channel" | "threadTs">;
}

/** The handlers that are at work, so that a stop can wait for them: Bolt does not. */
export class InHand {
  readonly #world: World;
  readonly #running = new Set<Promise<void>>();
  #count = 0;

  constructor(world: World) {
    this.#world = world;
  }

  /** @param asked what is kept before the work begins, so that whoever asked hears of it if this process is killed */
  async hold(work: () => Promise<void>, asked?: InWork): Promise<void> {
    const done = (asked === undefined ? work() : this.#kept(work, asked)).finally(() =>
      this.#running.delete(done),
    );
    this.#running.add(done);
    await done;
  }

  async #kept(work: () => Promise<void>, { said, to }: InWork): Promise<void> {
    const { store, clock, log, instance } = this.#world;
    const key = `${instance}:${clock.now()}:${(this.#count += 1)}`;
    const { user, channel, threadTs } = to;
    const asked: Asked = { said, user, channel, threadTs, at: clock.now() };
    const kept = keepAsked(store, key, asked).catch((error: unknown) =>
      log.warn({ err: error, user }, "what was asked could not be kept"),
    );
    const enough = new AbortController();
    await Promise.race([kept, clock.wait(KEEP_MS, enough.signal)]);
    enough.abort();
    try {
      await work();
    } finally {
      await kept;
      await forgetAsked(store, key).catch((error: unknown) =>
        log.warn({ err: error, user }, "what was answered could not be forgotten"),
      );
    }
  }

  /** @returns true when all ended within ms */
  async drain(clock: Clock, ms: number): Promise<boolean> {
    const enough = new AbortController();
    const all = Promise.allSettled(this.#running).then(() => true);
    const late = clock.wait(ms, enough.signal).then(() => false);
    const drained = await Promise.race([all, late]);
    enough.abort();
    return drained;
  }
}
