import { z } from "zod";

/** What a watch remembers of a host between its rounds. */
export const WatchState = z.object({
  /** What was said last; undefined: nothing yet. */
  said: z.enum(["healthy", "failing", "unseen"]).optional(),
  /** When that began, epoch milliseconds. */
  saidSince: z.number().optional(),
  /** What the last rounds saw, all the same, and how many they were. */
  seen: z.enum(["healthy", "failing", "unseen"]),
  rounds: z.number().int(),
  /** When the last rounds began to see it, epoch milliseconds. */
  since: z.number(),
  /** The key of the message in whose thread the end is said. */
  rootKey: z.string().optional(),
  /** The message it shares with others that are unseen. */
  fold: z.string().optional(),
  /** What was said last was not posted: a silence held it back. */
  held: z.boolean().optional(),
});
export type WatchState = z.infer<typeof WatchState>;
export type Sight = WatchState["seen"];

/**
 * Takes one round into account. What is seen counts as changed only when `needed` rounds in a row saw the same; a
 * host that is healthy from the start is nothing to be said. What a silence held back is said when that is over.
 * @returns the new state, and what to say now
 */
export function afterRound(
  before: WatchState | undefined,
  seen: Sight,
  needed: number,
  now: number,
  silenced = false,
): { readonly state: WatchState; readonly say?: Sight } {
  const same = before?.seen === seen;
  const rounds = same ? Math.min(before.rounds + 1, needed) : 1;
  const state: WatchState = {
    ...(before?.said === undefined ? {} : { said: before.said }),
    ...(before?.saidSince === undefined ? {} : { saidSince: before.saidSince }),
    ...(before?.rootKey === undefined ? {} : { rootKey: before.rootKey }),
    ...(before?.fold === undefined ? {} : { fold: before.fold }),
    seen,
    rounds,
    since: same ? before.since : now,
  };
  const held = before?.held === true;
  if (rounds < needed) return { state: { ...state, ...(held ? { held } : {}) } };
  const changed = seen !== (before?.said ?? "healthy");
  if (!changed && !(held && !silenced)) return { state: { ...state, said: seen, ...(held ? { held } : {}) } };
  const holds = silenced && seen !== "healthy";
  return {
    state: { ...state, said: seen, saidSince: state.since, ...(holds ? { held: true } : {}) },
    say: seen,
  };
}
