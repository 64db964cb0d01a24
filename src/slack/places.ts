import type { Actor, Run } from "../domain/run.ts";
import { seesHost } from "../workflows/targets.ts";
import type { People } from "./people.ts";
import type { SlackWorld } from "./world.ts";

/**
 * A person outside of any channel, as in App Home, and in each channel of theirs that the policy speaks of: what they
 * may do in one of these, they may do there.
 */
export async function everywhere(
  world: Pick<SlackWorld, "policyChannels">,
  people: People,
  user: string,
): Promise<readonly Actor[]> {
  const named = world.policyChannels?.() ?? [];
  const outside = await people.actor(user, undefined);
  if (named.length === 0) return [outside];
  const own = await people.channelsOf(user);
  return [outside, ...named.filter((c) => own?.has(c) === true).map((channel) => ({ ...outside, channel }))];
}

/**
 * Whether somebody who asks in a channel can read what an open run will say: it says it there, or in a channel they
 * are in. What Slack does not say about that, they cannot.
 */
export function readableBy(people: People, user: string, channel: string): (open: Run) => Promise<boolean> {
  return async ({ destination }) =>
    destination !== undefined &&
    (destination.channel === channel || (await people.channelsOf(user))?.has(destination.channel) === true);
}

/** Names of hosts that somebody may diagnose in at least one of the places. */
export function diagnosable(
  world: Pick<SlackWorld, "hostNames" | "runs">,
  places: readonly Actor[],
): string[] {
  return world.hostNames().filter((name) => places.some((actor) => seesHost(world.runs, actor, name)));
}

/**
 * Somebody who acts outside of a conversation on what stands in one: as a member of that channel, where they are one
 * and the policy speaks of it, else as somebody outside of any.
 */
export function actorIn(places: readonly Actor[], channel: string | undefined): Actor | undefined {
  return places.find((p) => p.channel !== undefined && p.channel === channel) ?? places[0];
}
