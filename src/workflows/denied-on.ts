import type { Actor } from "../domain/run.ts";
import type { ChannelWorld } from "./channel-world.ts";

/** What somebody would do to hosts, and how it is said. */
const DOING = { schedule: "schedule reports about", silence: "silence" } as const;

/** @returns why somebody may not do it to all of the hosts, naming the first; undefined: they may */
export function deniedOn(
  world: ChannelWorld,
  actor: Actor,
  action: keyof typeof DOING,
  hosts: readonly string[],
): string | undefined {
  for (const name of hosts) {
    const host = world.findHost(name);
    const may =
      host === undefined
        ? { allowed: false, why: "it is not in the inventory" }
        : world.may(actor, action, host);
    if (!may.allowed) return `You may not ${DOING[action]} ${name}: ${may.why}.`;
  }
  return undefined;
}
