import type { Command, CommandResult } from "../domain/command.ts";
import type { Host } from "../domain/host.ts";
import type { Actor } from "../domain/run.ts";
import { ShellError } from "../domain/shell-error.ts";
import { afterRound, type Sight, WatchState } from "../domain/watch.ts";
import { ago } from "../wording/headline.ts";
import type { ChannelWorld } from "./channel-world.ts";
import type { NoteBody } from "./note-message.ts";
import { runKey } from "./run-message.ts";
import { silencedBy } from "./silences.ts";
import { startRun } from "./start-run.ts";

export interface WatchWorld extends ChannelWorld {
  readonly watch: {
    readonly channel?: string;
    /** So many rounds in a row must see a change. */ readonly rounds: number;
  };
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
export async function watchRound(world: WatchWorld, host: Host): Promise<Sight> {
  const fronts = await frontsOf(world, host.name);
  if (fronts.length === 0) {
    const diagnosis = await silentRun(world, host);
    return diagnosis;
  }
  const seen = await lookAt(world, host, fronts);
  const now = world.clock.now();
  const said = await world.store.transaction(async (tx) => {
    const before = WatchState.safeParse(await tx.memo("watch", host.name)).data;
    const { state, say } = afterRound(before, seen, world.watch.rounds, now);
    await tx.setMemo("watch", host.name, state);
    if (say !== undefined)
      await tx.audit({
        at: now,
        actor: `watch:${host.name}`,
        via: "watch",
        action: "watch-changed",
        host: host.name,
        detail: { seen: say, since: state.since },
      });
    return say === undefined ? undefined : { say, state, before };
  });
  if (said !== undefined) await announce(world, host, said.say, said.state, said.before);
  return seen;
}

/** The requests of the host's newest diagnosis, to be made again as they are. */
async function frontsOf(world: WatchWorld, host: string): Promise<Command[]> {
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

async function lookAt(world: WatchWorld, host: Host, fronts: readonly Command[]): Promise<Sight> {
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

async function silentRun(world: WatchWorld, host: Host): Promise<Sight> {
  await startRun(world, {
    request: { host: host.name, playbook: host.playbook ?? "502" },
    actor: actorOf(host),
    join: true,
  });
  return "unseen";
}

async function announce(
  world: WatchWorld,
  host: Host,
  say: Sight,
  state: WatchState,
  before: WatchState | undefined,
): Promise<void> {
  const { channel } = world.watch;
  const muted = (await silencedBy(world, host.name)) !== undefined || channel === undefined;
  if (say === "failing") {
    const request = { host: host.name, playbook: host.playbook ?? "502" };
    const started = await startRun(world, {
      request,
      actor: actorOf(host),
      ...(muted ? {} : { destination: { channel } }),
      join: true,
    });
    if (!("run" in started)) return;
    const rootKey = runKey(started.run.id);
    await world.store.transaction(async (tx) => {
      const kept = WatchState.safeParse(await tx.memo("watch", host.name)).data;
      await tx.setMemo("watch", host.name, { ...(kept ?? state), rootKey });
    });
    return;
  }
  if (muted) return;
  const lasted = before === undefined ? "" : ` It lasted ${ago(state.since - before.since)}.`;
  const body: NoteBody =
    say === "healthy"
      ? {
          kind: "note",
          mood: "healthy",
          title: `${host.name} is healthy again`,
          text: `${world.watch.rounds} rounds in a row saw no 502.${lasted}`,
          lines: [],
        }
      : {
          kind: "note",
          mood: "unknown",
          title: `${host.name} cannot be seen`,
          text: `${world.watch.rounds} rounds in a row could not look at it. Whether it serves is not known.`,
          lines: [],
        };
  await world.store.transaction((tx) =>
    tx.putOutbox({
      id: world.ids.next("msg"),
      channel,
      key: `watch:${host.name}:${state.since}`,
      body: JSON.stringify(body),
      createdAt: world.clock.now(),
      ...(state.rootKey === undefined ? {} : { threadKey: state.rootKey }),
    }),
  );
}

/** Works until the signal: each watched host at its own beat, one replica a beat. */
export async function runWatches(
  world: WatchWorld,
  signal: AbortSignal,
  onError: (error: unknown) => void,
): Promise<void> {
  const watched = world.watched();
  await Promise.all(watched.map((host) => watchOne(world, host, signal, onError)));
}

async function watchOne(
  world: WatchWorld,
  host: Host,
  signal: AbortSignal,
  onError: (error: unknown) => void,
): Promise<void> {
  const every = host.watchMs;
  if (every === undefined) return;
  while (!signal.aborted) {
    const now = world.clock.now();
    const beat = Math.floor(now / every) * every;
    try {
      if (await world.store.claimTick(`watch:${host.name}`, beat)) await watchRound(world, host);
    } catch (error) {
      onError(error);
    }
    await world.clock.wait(Math.max(50, beat + every - world.clock.now()), signal);
  }
}
