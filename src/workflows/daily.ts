import type { Clock, Store } from "./ports.ts";

const DAY_MS = 86_400_000;
/** How often is looked whether today's work has been done. */
const LOOK_MS = 10 * 60_000;

/**
 * Does something once a day, one replica for all, until the signal. What fails is tried again the next day.
 * @param what names it among the claimed moments
 */
export async function runDaily(
  world: { readonly store: Pick<Store, "claimTick">; readonly clock: Clock },
  what: string,
  work: () => Promise<void>,
  signal: AbortSignal,
  onError: (error: unknown) => void,
): Promise<void> {
  const { store, clock } = world;
  while (!signal.aborted) {
    try {
      const today = Math.floor(clock.now() / DAY_MS) * DAY_MS;
      if (await store.claimTick(what, today)) await work();
    } catch (error) {
      onError(error);
    }
    await clock.wait(LOOK_MS, signal);
  }
}
