import type { Command, CommandResult } from "../domain/command.ts";
import type { Host } from "../domain/host.ts";
import type { Actor } from "../domain/run.ts";
import { ShellError } from "../domain/shell-error.ts";
import type { Sight } from "../domain/watch.ts";
import { diagnoseHosts } from "./diagnose-hosts.ts";
import { silencedBy } from "./silences.ts";
import { startRun } from "./start-run.ts";
import {
  type Change,
  keepWatching,
  lasted,
  rememberRoot,
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
/** What nginx says when its backend does not do its part; 000: no answer at all. */
const BAD = /^(?:502|503|504|000)\b/;

/**
 * One round of a host's watch: the requests through its nginx that its last diagnosis made, and nothing else. When
 * enough rounds in a row see a change, a failing host is diagnosed in the channel, and the end is said in its thread.
 * A host without a diagnosis yet gets its first one, for the record.
 * @returns what was seen
 */
export async function watchRound(world: HostWatchWorld, host: Host): Promise<Sight> {
  const fronts = await frontsOf(world, host.name);
  const seen = fronts.length === 0 ? await firstRun(world, host) : await lookAt(world, host, fronts);
  if (seen === undefined) return "unseen";
  const change = await takeRound(world, host.name, seen);
  if (change !== undefined) await announce(world, host, change);
  return seen;
}

/** The requests of the host's newest diagnosis, to be made again as they are. */
async function frontsOf(world: HostWatchWorld, host: string): Promise<Command[]> {
  for (const run of await world.store.runs({ host, limit: 5 })) {
    const bundle = run.state === "done" ? await world.store.bundle(run.id) : undefined;
    const fronts = bundle?.commands.filter((c) => c.id === "front" || c.id.startsWith("front#")) ?? [];
    if (fronts.length > 0) {
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

async function lookAt(world: HostWatchWorld, host: Host, fronts: readonly Command[]): Promise<Sight> {
  try {
    const session = await world.shell.open(host, { purpose: "diagnose", deadlineMs: ROUND_MS });
    try {
      return sightOf(await session.runWave(fronts));
    } finally {
      await session.close();
    }
  } catch (error) {
    if (!(error instanceof ShellError)) throw error;
    return "unseen";
  }
}

/** A request that could not be made at all says nothing of the host: it is unseen, neither well nor ill. */
function sightOf(results: readonly CommandResult[]): Sight {
  const answered = results.filter((r) => r.end === "exited" && r.stdout.trim() !== "");
  if (answered.some((r) => BAD.test(r.stdout.trim()))) return "failing";
  return answered.length === results.length && answered.length > 0 ? "healthy" : "unseen";
}

const actorOf = (host: Host): Actor => ({ id: `watch:${host.name}`, via: "watch" });

/** @returns "unseen" when the run before could not reach the host; undefined while nothing is known of it */
async function firstRun(world: HostWatchWorld, host: Host): Promise<Sight | undefined> {
  const before = (await world.store.runs({ host: host.name, limit: 5 })).find((r) => r.state === "done");
  await startRun(world, {
    request: { host: host.name, playbook: host.playbook ?? "502" },
    actor: actorOf(host),
    join: true,
  });
  return before?.diagnosis?.verdict === "unreachable" ? "unseen" : undefined;
}

async function announce(world: HostWatchWorld, host: Host, change: Change): Promise<void> {
  const { channel, rounds } = world.watch;
  const muted = (await silencedBy(world, host.name)) !== undefined || channel === undefined;
  if (change.say === "failing") {
    const destination = muted ? undefined : { channel };
    const of = { hosts: [host.name], title: host.name, actor: actorOf(host), destination };
    const rootKey = await diagnoseHosts(world, of);
    if (rootKey !== undefined) await rememberRoot(world, host.name, rootKey);
    return;
  }
  if (muted) return;
  const said =
    change.say === "healthy"
      ? ({
          mood: "healthy",
          title: `${host.name} is healthy again`,
          text: `${rounds} rounds in a row saw no 502.${lasted(change)}`,
        } as const)
      : ({
          mood: "unknown",
          title: `${host.name} cannot be seen`,
          text: `${rounds} rounds in a row could not look at it. Whether it serves is not known.`,
        } as const);
  const key = await sayChange(world, channel, host.name, change, said);
  if (change.say === "unseen" && change.before?.rootKey === undefined)
    await rememberRoot(world, host.name, key);
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
