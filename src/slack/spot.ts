import type { Actor } from "../domain/run.ts";
import { troubleText } from "./answer.ts";
import type { People } from "./people.ts";
import type { SlackWorld } from "./world.ts";

/** A conversation somebody chose in a form, and they in it. */
export interface Spot {
  readonly actor: Actor;
  readonly channel: string;
}

/**
 * The conversation that a form names, with the person as if they had typed a command there; none: their direct
 * messages with the bot. A channel they are not in is refused, as they could type nothing there.
 */
export async function spotOf(
  world: SlackWorld,
  people: People,
  user: string,
  chosen: string | undefined,
): Promise<Spot | { readonly refused: string }> {
  if (chosen === undefined) return direct(world, people, user);
  const own = await people.channelsOf(user);
  if (own === undefined)
    return { refused: "Slack does not say now whether you are in that channel. Try again in a moment." };
  if (!own.has(chosen))
    return { refused: "I cannot see you in that channel. Choose one that both of us are in." };
  return { actor: await people.actor(user, chosen), channel: chosen };
}

async function direct(
  world: SlackWorld,
  people: People,
  user: string,
): Promise<Spot | { readonly refused: string }> {
  try {
    const opened = await world.client.conversations.open({ users: user });
    const channel = opened.channel?.id;
    if (channel !== undefined) return { actor: await people.actor(user, channel), channel };
  } catch (error) {
    return { refused: `I cannot write to you directly. ${troubleText(error)} Choose a channel.` };
  }
  return { refused: "I cannot write to you directly. Choose a channel." };
}
