import type { RunWorld } from "./run-world.ts";
import { failRun } from "./work-run.ts";

/** A run this much older than it may last is not taken up again: whatever ended the bot in it would do so again. */
const OLD_MS = 10 * 60_000;
const MOST = 1_000;

/**
 * Called when a bot starts: runs that were cut off are enqueued anew (their jobs may have been given up with the
 * workers that died in them), old ones are ended and said. A run that another process has in hand is at worst made
 * twice: it only looks, and its first end counts.
 */
export async function resumeRuns(world: RunWorld): Promise<void> {
  const now = world.clock.now();
  for (const run of await world.store.runs({ limit: MOST })) {
    if (run.state !== "queued" && run.state !== "running") continue;
    if (run.createdAt + world.runMs + OLD_MS < now) {
      await failRun(world, run, "the bot was restarted in the middle of it; diagnose the host again");
    } else if (run.destination !== undefined) {
      // Without a destination it belongs to a terminal or to a fix, which see to it themselves.
      await world.store.transaction((tx) =>
        tx.enqueue({ kind: "execute-run", ref: run.id, singleton: `execute-run:${run.id}` }),
      );
    }
  }
}
