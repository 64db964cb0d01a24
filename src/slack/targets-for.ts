import type { Actor } from "../domain/run.ts";
import type { SlackWorld } from "./world.ts";

/**
 * What somebody may schedule reports about in at least one of the places: groups all of whose hosts they may, as
 * "@web", then hosts.
 */
export function targetsFor(
  { channels, hostNames }: Pick<SlackWorld, "channels" | "hostNames">,
  places: readonly Actor[],
): string[] {
  if (channels === undefined) return [];
  const may = (actor: Actor, name: string): boolean => {
    const host = channels.findHost(name);
    return host !== undefined && channels.may(actor, "schedule", host).allowed;
  };
  const groups = channels.groupNames().filter((group) => {
    const members = channels.membersOf(group);
    return members.length > 0 && places.some((actor) => members.every((name) => may(actor, name)));
  });
  const hosts = hostNames().filter((name) => places.some((actor) => may(actor, name)));
  return [...groups.map((group) => `@${group}`), ...hosts];
}
