import { type ProbeAnswer, sightOfAnswer } from "../domain/probe.ts";
import type { Sight } from "../domain/watch.ts";
import { diagnoseHosts } from "./diagnose-hosts.ts";
import { silencedBy } from "./silences.ts";
import { hostsOf } from "./targets.ts";
import {
  type Change,
  keepWatching,
  lasted,
  remember,
  sayChange,
  takeRound,
  type WatchWorld,
} from "./watch-round.ts";

/** A public name that is watched, and the hosts behind it. */
export interface WatchedSite {
  readonly name: string;
  readonly url: string;
  /** Hosts and "@group"s. */
  readonly on: readonly string[];
  readonly everyMs: number;
}

export interface SiteWatchWorld extends WatchWorld {
  /** The sites that have `watch:` set. */
  watchedSites(): readonly WatchedSite[];
  /** Asks for the site as its users do, from where the bot stands. */
  probe(url: string): Promise<ProbeAnswer>;
}

/**
 * One round of a site's watch: the bot's own request, over the network. When enough rounds in a row see a change it is
 * said in the channel; a site that fails has its hosts diagnosed in that message's thread, where its end is said, too.
 * @returns what was seen
 */
export async function siteRound(world: SiteWatchWorld, site: WatchedSite): Promise<Sight> {
  const answer = await world.probe(site.url);
  const seen = sightOfAnswer(answer);
  const silenced = await allSilenced(world, hostsOf(world, site.on).hosts);
  const change = await takeRound(world, keyOf(site), seen, silenced);
  if (change !== undefined) await announce(world, site, change, answer);
  return seen;
}

/** No host has a colon in its name. */
const keyOf = (site: WatchedSite): string => `site:${site.name}`;

async function announce(
  world: SiteWatchWorld,
  site: WatchedSite,
  change: Change,
  answer: ProbeAnswer,
): Promise<void> {
  const { hosts } = hostsOf(world, site.on);
  const { channel } = world.watch;
  const unsaid = change.say === "healthy" && change.before?.held === true;
  if (channel !== undefined && !change.silenced && !unsaid) {
    const key = await sayChange(world, channel, keyOf(site), change, wordsOf(world, site, change, answer));
    if (change.say !== "healthy" && (change.say === "failing" || change.before?.rootKey === undefined))
      await remember(world, keyOf(site), { rootKey: key });
    if (change.say === "failing") await diagnose(world, site, hosts, { channel, threadKey: key });
  } else if (change.say === "failing") await diagnose(world, site, hosts, undefined);
}

async function diagnose(
  world: SiteWatchWorld,
  site: WatchedSite,
  hosts: readonly string[],
  destination: { readonly channel: string; readonly threadKey: string } | undefined,
): Promise<void> {
  const actor = { id: `watch:${keyOf(site)}`, via: "watch" } as const;
  await diagnoseHosts(world, { hosts, title: `the hosts of ${site.name}`, actor, destination });
}

async function allSilenced(world: SiteWatchWorld, hosts: readonly string[]): Promise<boolean> {
  for (const host of hosts) if ((await silencedBy(world, host)) === undefined) return false;
  return hosts.length > 0;
}

function wordsOf(
  world: SiteWatchWorld,
  site: WatchedSite,
  change: Change,
  answer: ProbeAnswer,
): Parameters<typeof sayChange>[4] {
  const got = answer.kind === "answered" ? `status ${answer.status}` : answer.because;
  const asked = `${world.watch.rounds} requests in a row for ${site.url}, from where the bot stands`;
  switch (change.say) {
    case "failing": {
      const what = answer.kind === "answered" ? `answers ${answer.status}` : "does not answer";
      const text = `${asked}, failed; the last one: ${got}. What its hosts say follows here.`;
      return { mood: "failing", title: `${site.name} ${what}`, text };
    }
    case "unseen": {
      const text = `${asked}, got nowhere: ${got}. Whether it serves its users is not known.`;
      return { mood: "unknown", title: `${site.name} cannot be seen`, text };
    }
    case "healthy":
      break;
  }
  const text = `${asked}, were answered (${got}).${lasted(change)}`;
  return { mood: "healthy", title: `${site.name} is healthy again`, text };
}

/** Works until the signal: each watched site at its own beat, one replica a beat. */
export async function runSiteWatches(
  world: SiteWatchWorld,
  signal: AbortSignal,
  onError: (error: unknown) => void,
): Promise<void> {
  const watches = world.watchedSites().map((site) => {
    const of = { key: keyOf(site), everyMs: site.everyMs, round: () => siteRound(world, site) };
    return keepWatching(world, of, signal, onError);
  });
  await Promise.all(watches);
}
