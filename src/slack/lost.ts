import type { LostMessage } from "../workflows/channel-store.ts";
import { UNDRAWN } from "./give-up.ts";
import { utc } from "./draw/text.ts";
import type { SlackWorld } from "./world.ts";

/** After so long it is too old to be mended. */
const KEPT_MS = 24 * 3_600_000;
const MOST = 200;

/** What reached nobody, a sentence for each channel, until a message is delivered there again or it is a day old. */
export async function lostWarnings(world: Pick<SlackWorld, "store" | "clock">): Promise<string[]> {
  const lost = await world.store.lost(world.clock.now() - KEPT_MS, MOST);
  const byPlace = new Map<string, LostMessage[]>();
  for (const one of lost.filter((l) => l.error === UNDRAWN || !l.delivered)) {
    const place = `${one.channel} ${one.error}`;
    byPlace.set(place, [...(byPlace.get(place) ?? []), one]);
  }
  return [...byPlace.values()].flatMap((all) => {
    const [newest] = all;
    return newest === undefined ? [] : [sayLost(newest, all.length)];
  });
}

function sayLost({ channel, error, at, key }: LostMessage, count: number): string {
  const many = count === 1 ? "A message" : `${count} messages, the last`;
  const where = `${many} for ${/^[UW]/.test(channel) ? "the person" : "the channel"} ${channel}`;
  if (error === UNDRAWN)
    return `${where} (${key}, ${utc(at)}) could not be drawn: the log says why; that belongs to whoever makes fiveohtwo.`;
  const what = `${where} (${utc(at)}) reached nobody: Slack says ${error}`;
  return /^[UW]/.test(channel)
    ? `${what}. It stood in for one whose own channel takes none: invite the bot there, or let people ask elsewhere.`
    : `${what}, and nobody asked for it who could be told. Invite the bot there, or name another channel in 502.yml; 502 doctor looks at each.`;
}
