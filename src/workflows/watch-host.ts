import type { Command, CommandResult } from "../domain/command.ts";
import type { Host } from "../domain/host.ts";
import type { Actor } from "../domain/run.ts";
import { ShellError } from "../domain/shell-error.ts";
import type { Sight } from "../domain/watch.ts";
import { diagnoseHosts } from "./diagnose-hosts.ts";
import { silencedBy } from "./silences.ts";
import { startRun } from "./start-run.ts";
import { joinUnseen, leaveUnseen } from "./watch-unseen.ts";
import {
  type Change,
  keepWatching,
  lasted,
  remember,
  sayChange,
  takeRound,
  type WatchWorld,
} from "./watch-round.ts";

export interface HostWatchWorld extends WatchWorld {
  /** The hosts that have `watch:` set. */
  watched(): readonly Host[];
}

/** A round's own limit; it asks a few addresses of one host. */
const ROUND_MS = 20_000;
const MOST_FRONTS = 12;
/** A diagnosis that made no request is made again after this long. */
const ANEW_MS = 60 * 60_000;
/** What nginx serves changes: requests of a diagnosis as old as this are asked for anew. */
const OLD_MS = 24 * 60 * 60_000;
/** What nginx says when its backend does not do its part; 000: no answer at all. */
const BAD = /^(?:502|503|504|000)\b/;

/**
 * One round of a host's watch: the requests through its nginx that its last diagnosis made, and nothing else. When
 * enough rounds in a row see a change, a failing host is diagnosed in the channel, and the end is said in its thread.
 * A host without a diagnosis yet gets its first one, for the record.
 * @returns what was seen
 */
export async function watchRound(world: HostWatchWorld, host: Host): Promise<Sight> {
  const fronts = await frontsOf(world, host);
  const seen = fronts.length === 0 ? await firstRun(world, host) : await lookAt(world, host, fronts);
  if (seen === undefined) return "unseen";
  const silenced = (await silencedBy(world, host.name)) !== undefined;
  const change = await takeRound(world, host.name, seen.sight, silenced);
  if (change !== undefined) await announce(world, host, change, seen.via);
  return seen.sight;
}

/** The requests of the host's newest diagnosis, to be made again as they are. */
async function frontsOf(world: HostWatchWorld, host: Host): Promise<Command[]> {
  for (const run of await world.store.runs({ host: host.name, limit: 5 })) {
    const bundle = run.state === "done" ? await world.store.bundle(run.id) : undefined;
    const fronts = bundle?.commands.filter((c) => c.id === "front" || c.id.startsWith("front#")) ?? [];
    if (fronts.length > 0) {
      if (world.clock.now() - run.createdAt >= OLD_MS) await diagnoseForTheRecord(world, host);
      return fronts.slice(0, MOST_FRONTS).map((c, i) => ({
        id: `watch#${i}`,
        argv: c.argv,
        sudo: "never",
        timeoutMs: 10_000,
        maxBytes: 2000,
        background: true,
      }));
    }
  }
  return [];
}

interface Seen {
  readonly sight: Sight;
  /** The bastion that did not let the connection through. */
  readonly via?: string | undefined;
}

/** @returns undefined where there is nothing to ask and the host lets us in */
async function lookAt(
  world: HostWatchWorld,
  host: Host,
  fronts: readonly Command[],
): Promise<Seen | undefined> {
  try {
    const session = await world.shell.open(host, { purpose: "diagnose", deadlineMs: ROUND_MS });
    try {
      return fronts.length === 0 ? undefined : { sight: sightOf(await session.runWave(fronts)) };
    } finally {
      await session.close();
    }
  } catch (error) {
    if (!(error instanceof ShellError)) throw error;
    return { sight: "unseen", via: viaOf(host, error.code) };
  }
}

function viaOf(host: Host, code: string | undefined): string | undefined {
  return code?.startsWith("hop-") === true ? host.jumps[0]?.name : undefined;
}

/** A request that could not be made at all says nothing of the host: it is unseen, neither well nor ill. */
function sightOf(results: readonly CommandResult[]): Sight {
  const answered = results.filter((r) => r.end === "exited" && r.stdout.trim() !== "");
  if (answered.some((r) => BAD.test(r.stdout.trim()))) return "failing";
  return answered.length === results.length && answered.length > 0 ? "healthy" : "unseen";
}

const actorOf = (host: Host): Actor => ({ id: `watch:${host.name}`, via: "watch" });

/**
 * A host of which no diagnosis made a request: it could not be reached, or serves nothing that is known. A diagnosis
 * is no cheap check: one that gave nothing is made anew once an hour, and when the host can be reached again.
 * @returns undefined while nothing is known of it
 */
async function firstRun(world: HostWatchWorld, host: Host): Promise<Seen | undefined> {
  const runs = await world.store.runs({ host: host.name, limit: 5 });
  const last = runs.find((r) => r.state === "done");
  if (last?.diagnosis?.verdict === "unreachable") {
    const closed = await lookAt(world, host, []);
    if (closed !== undefined) return closed;
  } else if (runs[0] !== undefined && world.clock.now() - runs[0].createdAt < ANEW_MS) return undefined;
  await diagnoseForTheRecord(world, host);
  return undefined;
}

async function diagnoseForTheRecord(world: HostWatchWorld, host: Host): Promise<void> {
  await startRun(world, {
    request: { host: host.name, playbook: host.playbook ?? "502" },
    actor: actorOf(host),
    join: () => true,
  });
}

async function announce(
  world: HostWatchWorld,
  host: Host,
  change: Change,
  via: string | undefined,
): Promise<void> {
  const { channel, rounds } = world.watch;
  const { rootKey, fold, held } = change.before ?? {};
  const muted = change.silenced || channel === undefined;
  if (fold !== undefined) await leaveUnseen(world, channel, host.name, fold);
  if (change.say === "failing") {
    const destination = muted ? undefined : { channel };
    const of = { hosts: [host.name], title: host.name, actor: actorOf(host), destination };
    const begun = await diagnoseHosts(world, of);
    if (begun !== undefined) await remember(world, host.name, { rootKey: begun });
  } else if (muted || (change.say === "healthy" && held === true)) return;
  else if (change.say === "unseen") {
    await remember(world, host.name, { fold: await joinUnseen(world, channel, host.name, via) });
  } else if (fold === undefined || rootKey !== undefined) {
    await sayChange(world, channel, host.name, change, {
      mood: "healthy",
      title: `${host.name} is healthy again`,
      text: `${rounds} rounds in a row saw no 502.${lasted(change)}`,
    });
  }
}

/** Works until the signal: each watched host at its own beat, one replica a beat. */
export async function runWatches(
  world: HostWatchWorld,
  signal: AbortSignal,
  onError: (error: unknown) => void,
): Promise<void> {
  const watches = world.watched().flatMap((host) => {
    if (host.watchMs === undefined) return [];
    const of = { key: host.name, everyMs: host.watchMs, round: () => watchRound(world, host) };
    return [keepWatching(world, of, signal, onError)];
  });
  await Promise.all(watches);
}
