import type { Host } from "../domain/host.ts";
import type { Link } from "./connect.ts";
import { type HopPool, reach } from "./hop-pool.ts";

/** A connection to a host, with the hops it leans on. */
export interface Chain {
  readonly target: Link;
  close(): void;
}

/**
 * Connects to a host through all its jumps, each with its own time-out, host key check and login,
 * before the deadline (milliseconds as of performance.now()). Throws ShellError, leaving nothing open.
 */
export async function connectChain(host: Host, deadlineAt: number, pool: HopPool): Promise<Chain> {
  const lease = await pool.use(host.jumps, deadlineAt);
  const last = host.jumps.at(-1);
  const way = {
    hop: host,
    isHop: false,
    timeoutMs: 0,
    ...(last === undefined ? {} : { through: last.name }),
  };
  try {
    const target = await reach(way, lease?.link, deadlineAt);
    return {
      target,
      close: () => {
        target.close();
        lease?.release();
      },
    };
  } catch (error) {
    lease?.release();
    throw error;
  }
}
