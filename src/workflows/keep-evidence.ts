import type { Approval } from "../domain/approval.ts";
import type { CommandResult } from "../domain/command.ts";
import type { BoundFix } from "../domain/fix.ts";
import { clean } from "./fix-commands.ts";
import { record } from "./fix-record.ts";
import type { FixWorld } from "./fix-world.ts";

/** Ids in the fix's sequence of the commands whose output is evidence. */
export function keptIn(bound: BoundFix): ReadonlySet<string> {
  return new Set(bound.commands.flatMap((c, i) => (c.keep === true ? [`command-${i}`] : [])));
}

/**
 * Puts what a command printed, redacted, into the bundle of the run, before the next command may remove it from the
 * host. @returns false when the run's bundle is not stored any more
 */
export async function keepEvidence(world: FixWorld, a: Approval, r: CommandResult): Promise<boolean> {
  const bundle = await world.store.bundle(a.runId);
  if (bundle === undefined) return false;
  const { stdout, stderr, exitCode, end, durationMs, privileged } = clean(r);
  const kept = {
    id: `kept-${a.id}`,
    wave: 3,
    argv: [...r.argv],
    stdout,
    stderr,
    exitCode,
    end,
    durationMs,
    privileged,
  };
  await world.store.transaction(async (tx) => {
    await tx.saveBundle(a.runId, { ...bundle, commands: [...bundle.commands, kept] });
    await record(tx, world, a, "bot", "fix.keep", { command: r.argv.join(" "), characters: stdout.length });
  });
  return true;
}
