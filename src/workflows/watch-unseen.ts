import { z } from "zod";
import { ago } from "../wording/headline.ts";
import type { NoteBody } from "./note-message.ts";
import type { WatchWorld } from "./watch-round.ts";

/** Hosts that are unseen for the same reason, told in one message. */
const Unseen = z.object({
  since: z.number(),
  /** Those that are unseen now, and all that were. */
  hosts: z.array(z.string()),
  all: z.array(z.string()),
});
type Unseen = z.infer<typeof Unseen>;

const MOST_NAMED = 60;

/**
 * Says that a host cannot be seen: hosts behind one bastion, or those without one, share a message that names them, so
 * that a dead bastion is one message.
 * @returns what is given to `leaveUnseen` when the host is seen again
 */
export async function joinUnseen(
  world: WatchWorld,
  channel: string,
  host: string,
  via: string | undefined,
): Promise<string> {
  const fold = `unseen:${via ?? ""}`;
  await world.store.transaction(async (tx) => {
    const now = world.clock.now();
    const before = Unseen.safeParse(await tx.memo("watch", fold)).data;
    const state: Unseen = {
      since: before?.since ?? now,
      hosts: [...new Set([...(before?.hosts ?? []), host])],
      all: [...new Set([...(before?.all ?? []), host])],
    };
    await tx.setMemo("watch", fold, state);
    await tx.putOutbox(messageOf(world, channel, fold, state));
  });
  return fold;
}

/** A host is seen again: the message names those that are left, and the last one's return is said in its thread. */
export async function leaveUnseen(
  world: WatchWorld,
  channel: string | undefined,
  host: string,
  fold: string,
): Promise<void> {
  await world.store.transaction(async (tx) => {
    const before = Unseen.safeParse(await tx.memo("watch", fold)).data;
    if (before?.hosts.includes(host) !== true) return;
    const state = { ...before, hosts: before.hosts.filter((h) => h !== host) };
    await tx.setMemo("watch", fold, state.hosts.length === 0 ? undefined : state);
    if (channel === undefined) return;
    if (state.hosts.length > 0) return tx.putOutbox(messageOf(world, channel, fold, state));
    const who = state.all.length === 1 ? host : `All ${state.all.length} hosts`;
    const body: NoteBody = {
      kind: "note",
      mood: "healthy",
      title: `${who} can be seen again`,
      text: `It lasted ${ago(world.clock.now() - state.since)}.`,
      lines: [],
    };
    await tx.putOutbox({
      id: world.ids.next("msg"),
      channel,
      key: `${keyOf(fold, state)}:end`,
      body: JSON.stringify(body),
      createdAt: world.clock.now(),
      threadKey: keyOf(fold, state),
    });
  });
}

const keyOf = (fold: string, { since }: Unseen): string => `watch:${fold}:${since}`;

function messageOf(
  world: WatchWorld,
  channel: string,
  fold: string,
  state: Unseen,
): { id: string; channel: string; key: string; body: string; createdAt: number } {
  const { hosts, all } = state;
  const via = fold.slice("unseen:".length);
  const who = hosts.length === 1 ? (hosts[0] ?? "") : `${hosts.length} hosts`;
  const back = all.filter((h) => !hosts.includes(h));
  const body: NoteBody = {
    kind: "note",
    mood: "unknown",
    title:
      via === ""
        ? `${who} cannot be seen`
        : `The bastion ${via} does not let us through: ${who} cannot be seen`,
    text: [
      `${world.watch.rounds} rounds in a row could not look at ${named(hosts)}. Whether ${hosts.length === 1 ? "it serves" : "they serve"} is not known.`,
      ...(back.length === 0 ? [] : [`Seen again: ${named(back)}.`]),
    ].join(" "),
    lines: [],
  };
  return {
    id: world.ids.next("msg"),
    channel,
    key: keyOf(fold, state),
    body: JSON.stringify(body),
    createdAt: world.clock.now(),
  };
}

function named(hosts: readonly string[]): string {
  const shown = hosts.slice(0, MOST_NAMED).join(", ");
  return hosts.length > MOST_NAMED ? `${shown} and ${hosts.length - MOST_NAMED} more` : shown;
}
