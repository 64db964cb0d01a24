import type { Approval } from "../domain/approval.ts";
import type { Command, CommandResult } from "../domain/command.ts";
import type { Actor } from "../domain/run.ts";
import { shown } from "./fix-commands.ts";
import { record } from "./fix-record.ts";
import type { FixWorld } from "./fix-world.ts";
import type { Store, StoreTx } from "./ports.ts";

/** Places in an approval's journal beside those of its commands (0, 1, …). */
const ROLLBACK_BEGUN = 10_000;
const CANCELLED = 1_000_000;
const GLASS_BROKEN = 1_000_001;

export interface FixProgress {
  /** Indices of the sequence's commands that are known to have ended. */
  readonly ended: readonly number[];
  readonly rollbackBegun: boolean;
  /** Who asked to stop before the next command. */
  readonly cancelledBy: string | undefined;
  /** Who broke glass: freezes and the restart budget do not bind this approval. */
  readonly glassBrokenBy: string | undefined;
}

export async function readProgress(store: Store, approvalId: string): Promise<FixProgress> {
  const entries = await store.journal(approvalId);
  return {
    ended: entries.flatMap((e) => (e.index >= 0 && e.index < ROLLBACK_BEGUN ? [e.index] : [])),
    rollbackBegun: entries.some((e) => e.index === ROLLBACK_BEGUN),
    cancelledBy: entries.find((e) => e.index === CANCELLED)?.result,
    glassBrokenBy: entries.find((e) => e.index === GLASS_BROKEN)?.result,
  };
}

/** Journals that glass was broken for this approval, in the transaction that approves it. */
export async function journalGlass(tx: StoreTx, a: Approval, by: string, at: number): Promise<void> {
  await tx.journalStep(a.id, GLASS_BROKEN, at, by);
}

/** Journals and audits how one command ended, in one transaction. */
export async function journalCommand(
  world: FixWorld,
  a: Approval,
  index: number,
  command: Command,
  r: CommandResult,
  action: "fix.precondition" | "fix.command" | "fix.rollback-command",
): Promise<void> {
  const at = world.clock.now();
  const place = action === "fix.rollback-command" ? ROLLBACK_BEGUN + 1 + index : index;
  await world.store.transaction(async (tx) => {
    await tx.journalStep(a.id, place, at, `${r.end} ${r.exitCode ?? "-"}`);
    const detail = {
      index,
      command: shown(command),
      end: r.end,
      exitCode: r.exitCode,
      durationMs: r.durationMs,
    };
    await record(tx, world, a, "bot", action, detail);
  });
}

/** Journals that a rollback is about to act. @returns false when it was before */
export async function journalRollback(
  world: FixWorld,
  a: Approval,
  commands: readonly string[],
): Promise<boolean> {
  if ((await readProgress(world.store, a.id)).rollbackBegun) return false;
  await world.store.transaction(async (tx) => {
    await tx.journalStep(a.id, ROLLBACK_BEGUN, world.clock.now(), "rollback");
    await record(tx, world, a, "bot", "fix.rollback", { commands });
  });
  return true;
}

/** Asks a running fix to stop before its next command. */
export async function journalCancel(
  world: FixWorld,
  a: Approval,
  who: Pick<Actor, "id" | "via" | "channel">,
): Promise<void> {
  await world.store.transaction(async (tx) => {
    await tx.journalStep(a.id, CANCELLED, world.clock.now(), who.id);
    await record(tx, world, a, who, "fix.cancel");
  });
}
