import type { Hop } from "../domain/host.ts";
import { connect, type Link } from "./connect.ts";
import type { Way } from "./connect-error.ts";
import { forward } from "./forward.ts";

/** A connection to the last of some hops, shared with others who go the same way. */
export interface Lease {
  readonly link: Link;
  /** Gives it back; the last one who does closes it. */
  readonly release: () => void;
}

interface Shared {
  readonly lease: Promise<Lease>;
  users: number;
}

/**
 * The connections to jump hosts. Hosts behind the same bastion share one connection to it while any
 * of them is in use: a bastion admits few logins at a time (MaxStartups), but any number of
 * forwarded streams.
 */
export class HopPool {
  readonly #shared = new Map<string, Shared>();

  /** Connects to the last of the hops through those before it; undefined for no hops. Throws ShellError. */
  async use(hops: readonly Hop[], deadlineAt: number): Promise<Lease | undefined> {
    if (hops.length === 0) return undefined;
    const key = JSON.stringify(hops);
    let shared = this.#shared.get(key);
    if (shared === undefined) {
      shared = { lease: this.#open(hops, deadlineAt), users: 0 };
      this.#shared.set(key, shared);
    }
    const mine = shared;
    mine.users += 1;
    const forget = (): void => {
      if (this.#shared.get(key) === mine) this.#shared.delete(key);
    };
    try {
      const { link, release } = await mine.lease;
      void link.gone.then(forget);
      let held = true;
      return {
        link,
        release: () => {
          if (!held) return;
          held = false;
          mine.users -= 1;
          if (mine.users > 0) return;
          forget();
          release();
        },
      };
    } catch (error) {
      forget();
      throw error;
    }
  }

  async #open(hops: readonly Hop[], deadlineAt: number): Promise<Lease> {
    const hop = hops.at(-1);
    if (hop === undefined) throw new RangeError("there is no hop");
    const before = await this.use(hops.slice(0, -1), deadlineAt);
    try {
      const link = await reach(
        { hop, isHop: true, ...through(hops), timeoutMs: 0 },
        before?.link,
        deadlineAt,
      );
      return {
        link,
        release: () => {
          link.close();
          before?.release();
        },
      };
    } catch (error) {
      before?.release();
      throw error;
    }
  }
}

/** Connects to a machine by TCP, or over a stream that the hop before it opens, in what time is left. */
export async function reach(way: Way, before: Link | undefined, deadlineAt: number): Promise<Link> {
  const left = Math.max(1, deadlineAt - performance.now());
  const timed = { ...way, timeoutMs: Math.min(way.hop.connectTimeoutMs, left) };
  return before === undefined ? connect(timed) : connect(timed, () => forward(before, timed));
}

function through(hops: readonly Hop[]): { through?: string } {
  const before = hops.at(-2);
  return before === undefined ? {} : { through: before.name };
}
