import { readApproved } from "./fix-offer.ts";
import type { Store } from "./ports.ts";

/** A fix that was verified. */
export interface Fixed {
  readonly title: string;
  /** Who approved it. */
  readonly by: readonly string[];
  /** When it was decided, epoch milliseconds. */
  readonly at: number;
}

const MOST = 5;
/** An alert fires some minutes after what it is about began: a fix may have been decided before it came. */
const BEFORE_MS = 15 * 60_000;

/** The last fixes of a host that worked, the newest first. */
export async function fixesOf(store: Store, host: string): Promise<readonly Fixed[]> {
  const finished = await store.approvals({ host, state: ["finished"], limit: MOST });
  return Promise.all(
    finished
      .filter((a) => a.outcome === "fixed")
      .map(async (a) => {
        const read = await readApproved(store, a);
        return {
          title: read.kind === "bound" ? read.bound.fix.title : a.fixId,
          by: a.votes.length > 0 ? a.votes.map((v) => v.by) : a.decidedBy === undefined ? [] : [a.decidedBy],
          at: a.decidedAt ?? a.requestedAt,
        };
      }),
  );
}

/** What ended a trouble that was known since the moment: a fix of that time, or none of this bot's. */
export function sayWhatFixed(fixes: readonly Fixed[], since: number): string {
  const fix = fixes.find((f) => f.at >= since - BEFORE_MS);
  return fix === undefined
    ? "No fix of this bot was run; somebody or something else mended it, or it passed."
    : `What fixed it: ${fix.title}, approved by ${fix.by.join(" and ") || "somebody"}.`;
}
