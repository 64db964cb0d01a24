import type { Host } from "../domain/host.ts";
import { ShellError } from "../domain/shell-error.ts";
import { connect, forward, type Link } from "./connect.ts";
import type { Way } from "./connect-error.ts";

/** All connections on the way to one host. */
export interface Chain {
  readonly target: Link;
  close(): void;
}

/**
 * Connects to a host through all its jumps, each with its own time-out, host key check and login,
 * before the deadline (milliseconds as of performance.now()). Throws ShellError, leaving nothing open.
 */
export async function connectChain(host: Host, deadlineAt: number): Promise<Chain> {
  const links: Link[] = [];
  const close = (): void => {
    for (const link of links.toReversed()) link.close();
  };
  try {
    let through: string | undefined;
    for (const hop of [...host.jumps, host]) {
      const left = deadlineAt - performance.now();
      if (left <= 0) throw outOfTime(host.name, hop.name);
      const timeoutMs = Math.min(hop.connectTimeoutMs, left);
      const way: Way = { hop, target: host.name, timeoutMs, ...(through === undefined ? {} : { through }) };
      const last = links.at(-1);
      const link = await (last === undefined ? connect(way) : connect(way, await forward(last, way)));
      links.push(link);
      through = hop.name;
    }
    const target = links.at(-1);
    if (target === undefined) throw new RangeError("a chain has at least its target");
    return { target, close };
  } catch (error) {
    close();
    throw error;
  }
}

function outOfTime(target: string, hop: string): ShellError {
  return new ShellError(
    hop === target ? "connect-timeout" : "hop-timeout",
    `The run's time was over before ${hop} was connected.`,
    "Raise limits.runSeconds, or look at why the way to the host is slow.",
  );
}
