import { afterRound, type Sight, WatchState } from "../domain/watch.ts";
import { ago } from "../wording/headline.ts";
import type { ChannelWorld } from "./channel-world.ts";
import type { NoteBody } from "./note-message.ts";

/** What watches need of the world beside what channels need. */
export interface WatchWorld extends ChannelWorld {
  readonly watch: {
    readonly channel?: string;
    /** So many rounds in a row must see a change. */ readonly rounds: number;
  };
}

/** What a round changed: what to say now, and what was so before. */
export interface Change {
  readonly say: Sight;
  /** Since when it is so, epoch milliseconds. */
  readonly since: number;
  readonly before: WatchState | undefined;
  /** Nothing may be posted about it now. */
  readonly silenced: boolean;
}

/**
 * Takes what one round saw into account.
 * @param key what is watched
 * @param silenced whether nothing may be posted about it now
 * @returns the change, when enough rounds in a row saw it
 */
export async function takeRound(
  world: WatchWorld,
  key: string,
  seen: Sight,
  silenced: boolean,
): Promise<Change | undefined> {
  const now = world.clock.now();
  return world.store.transaction(async (tx) => {
    const before = WatchState.safeParse(await tx.memo("watch", key)).data;
    const { state, say } = afterRound(before, seen, world.watch.rounds, now, silenced);
    // What is over has no thread any more: the next thing begins one of its own.
    const { rootKey, fold, ...plain } = state;
    await tx.setMemo("watch", key, {
      ...plain,
      ...(rootKey === undefined || say === "healthy" ? {} : { rootKey }),
      ...(fold === undefined || say !== undefined ? {} : { fold }),
    });
    if (say === undefined) return undefined;
    await tx.audit({
      at: now,
      actor: `watch:${key}`,
      via: "watch",
      action: "watch-changed",
      ...(world.findHost(key) === undefined ? {} : { host: key }),
      detail: { watched: key, seen: say, since: state.since },
    });
    return { say, since: state.since, before, silenced };
  });
}

/** Remembers in whose thread the end is said, or with whom it is told. */
export async function remember(
  world: WatchWorld,
  key: string,
  what: Pick<WatchState, "rootKey"> | Pick<WatchState, "fold">,
): Promise<void> {
  await world.store.transaction(async (tx) => {
    const kept = WatchState.safeParse(await tx.memo("watch", key)).data;
    if (kept !== undefined) await tx.setMemo("watch", key, { ...kept, ...what });
  });
}

/** " It lasted 12 minutes." */
export function lasted({ since, before }: Change): string {
  return before?.saidSince === undefined ? "" : ` It lasted ${ago(since - before.saidSince)}.`;
}

/** Says something of what is watched, in the thread of what was said before. @returns the message's key */
export async function sayChange(
  world: WatchWorld,
  channel: string,
  key: string,
  change: Change,
  what: Pick<NoteBody, "mood" | "title" | "text">,
): Promise<string> {
  const body: NoteBody = { kind: "note", lines: [], ...what };
  const rootKey = change.before?.rootKey;
  const own = `watch:${key}:${change.say}:${change.since}`;
  await world.store.transaction((tx) =>
    tx.putOutbox({
      id: world.ids.next("msg"),
      channel,
      key: own,
      body: JSON.stringify(body),
      createdAt: world.clock.now(),
      // A new failure is no reply to an old one.
      ...(rootKey === undefined || change.say === "failing" ? {} : { threadKey: rootKey }),
    }),
  );
  return own;
}

/** Works until the signal at its own beat, one replica a beat. */
export async function keepWatching(
  world: WatchWorld,
  of: { readonly key: string; readonly everyMs: number; readonly round: () => Promise<unknown> },
  signal: AbortSignal,
  onError: (error: unknown) => void,
): Promise<void> {
  const { key, everyMs, round } = of;
  while (!signal.aborted) {
    const now = world.clock.now();
    const beat = Math.floor(now / everyMs) * everyMs;
    try {
      if (await world.store.claimTick(`watch:${key}`, beat)) await round();
    } catch (error) {
      onError(error);
    }
    await world.clock.wait(Math.max(50, beat + everyMs - world.clock.now()), signal);
  }
}
