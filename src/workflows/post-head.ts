import type { NoteBody } from "./note-message.ts";
import type { Clock, Ids, Store } from "./ports.ts";

/**
 * Posts the end of the audit log into a channel: whoever changes the log afterwards, with all its keys, cannot change
 * what was said there.
 * @returns the entry that was named; undefined when there is none that was not said before
 */
export async function postHead(
  world: { readonly store: Store; readonly clock: Clock; readonly ids: Ids },
  channel: string,
): Promise<number | undefined> {
  const [head] = await world.store.auditTrail({ limit: 1 });
  if (head === undefined) return undefined;
  const key = `audit-head:${head.seq}`;
  if ((await world.store.outboxTs(key)) !== undefined) return undefined;
  const body: NoteBody = {
    kind: "note",
    mood: "healthy",
    title: "Audit log",
    text: `The audit log ends at entry ${head.seq}, ${head.hash}.`,
    lines: [`502 audit verify --posted ${head.seq}:${head.hash} proves that it still has this entry.`],
  };
  const createdAt = world.clock.now();
  await world.store.transaction((tx) =>
    tx.putOutbox({
      id: world.ids.next("msg"),
      channel,
      key,
      body: JSON.stringify(body),
      createdAt,
    }),
  );
  return head.seq;
}
