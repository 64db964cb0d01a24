import type { Clock } from "../workflows/ports.ts";

/** Slack waits three seconds for an acknowledgement; what takes longer than this is answered otherwise. */
const PATIENCE_MS = 2_000;

/** What the work gave within Slack's patience, or "late"; its failure is the caller's. */
export async function inTime<T>(clock: Clock, work: Promise<T>): Promise<T | "late"> {
  const enough = new AbortController();
  // Its failure is told by whoever waits for it, also when that comes after the acknowledgement.
  work.catch(() => undefined);
  try {
    return await Promise.race([work, clock.wait(PATIENCE_MS, enough.signal).then(() => "late" as const)]);
  } finally {
    enough.abort();
  }
}
