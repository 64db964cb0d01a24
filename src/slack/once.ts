import type { Store } from "../workflows/ports.ts";

/**
 * Whether an interaction is seen for the first time, by any replica: Slack delivers again what was not acknowledged
 * in time.
 * @param id the trigger id of a command, press or form; the event id of an event
 */
export async function firstTime(store: Store, id: string | undefined): Promise<boolean> {
  return id === undefined || id === "" || (await store.claimTick(`slack:${id}`, 0));
}
