import type { Approval } from "../domain/approval.ts";
import type { CommandResult } from "../domain/command.ts";
import type { BoundFix } from "../domain/fix.ts";
import { ShellError } from "../domain/shell-error.ts";
import { sayDrift, sayFailedCommand } from "../wording/fix-result.ts";
import { EDIT_EXIT, editedHash } from "./edit-script.ts";
import { redact } from "../parsers/redact.ts";
import { keepEvidence, keptIn } from "./keep-evidence.ts";
import { clean, driftOf, HOST_LOCK, sequenceOf, shown, succeeded } from "./fix-commands.ts";
import { journalCommand, readProgress } from "./fix-journal.ts";
import { tellStage } from "./fix-record.ts";
import type { FixWorld } from "./fix-world.ts";
import type { Session } from "./ports.ts";

/** What running a fix's commands came to. */
export type Ran =
  /** No command of the fix was begun. */
  | { readonly kind: "refused"; readonly why: string }
  | { readonly kind: "ran"; readonly edited: string | undefined }
  /** A command failed, or a person stopped it; those before it have run. */
  | {
      readonly kind: "failed" | "stopped";
      readonly why: string;
      readonly edited: string | undefined;
      /** It did not end in time, and may still be at work. */
      readonly late: boolean;
    }
  /** The edit's own test failed and the file is as it was. */
  | { readonly kind: "restored"; readonly why: string }
  | { readonly kind: "not-restored"; readonly why: string }
  /** The connection died: what the last command did is not known. */
  | { readonly kind: "lost"; readonly why: string };

/**
 * Runs preconditions and commands in one shell, each once. Every end is journalled before the next begins; the
 * first command of the fix begins only when all preconditions hold, the lease is still held and nobody cancelled.
 */
export async function runCommands(
  world: FixWorld,
  a: Approval,
  bound: BoundFix,
  session: Session,
  still: () => boolean,
): Promise<Ran> {
  const { all, preconditions } = sequenceOf(bound);
  const kept = keptIn(bound);
  let begun = 0;
  let stop: string | undefined;
  let journalled = 0;
  const tell = async (done: readonly CommandResult[]): Promise<void> => {
    for (; journalled < done.length; journalled += 1) {
      const [c, r] = [all[journalled], done[journalled]];
      if (c === undefined || r === undefined) return;
      if (kept.has(c.id) && succeeded(r) && !(await keepEvidence(world, a, r)))
        stop = "what it would remove could not be kept";
      await journalCommand(
        world,
        a,
        journalled,
        c,
        r,
        journalled < preconditions ? "fix.precondition" : "fix.command",
      );
    }
  };
  const beforeEach = async (index: number, done: readonly CommandResult[]): Promise<boolean> => {
    await tell(done);
    if (done.length < index || driftOf(bound, done).length > 0) return false;
    if (index < preconditions) return true;
    if (!still()) stop = "the lease on the host was lost to another bot";
    const by = (await readProgress(world.store, a.id)).cancelledBy;
    if (by !== undefined) stop = `${by} stopped it`;
    if (stop !== undefined) return false;
    const command = all[index];
    if (command !== undefined) await tellStage(world, a, bound, `Running now: ${shown(command)}`);
    begun += 1;
    return true;
  };
  let results: CommandResult[];
  try {
    results = await session.runFix(all, { lock: HOST_LOCK, beforeEach });
  } catch (e) {
    if (!(e instanceof ShellError)) throw e;
    if (begun === 0) return { kind: "refused", why: `Nothing was run: ${e.message} ${e.hint}`.trim() };
    return { kind: "lost", why: e.message };
  }
  await tell(results);
  const drifts = driftOf(bound, results);
  if (drifts.length > 0)
    return { kind: "refused", why: `The host has changed since the diagnosis: ${sayDrift(drifts)}.` };
  if (begun === 0) return { kind: "refused", why: whyNotBegun(bound, results, stop) };
  return ended(results, all.length, preconditions, stop, (i) =>
    shown(all[i] ?? { id: "", argv: [], sudo: "never" }),
  );
}

function whyNotBegun(bound: BoundFix, results: readonly CommandResult[], stop: string | undefined): string {
  if (stop !== undefined) return `Nothing was run: ${stop} before the first command.`;
  const bad = results.findIndex((r) => !succeeded(r));
  const r = results[bad];
  if (r === undefined)
    return "Nothing was run: another fix holds the lock on the host. Try again when it has ended.";
  const name = bound.preconditions[bad]?.name ?? "a precondition";
  return `Nothing was run: ${sayFailedCommand(`the look at ${name}`, clean(r))}`;
}

function ended(
  results: readonly CommandResult[],
  total: number,
  preconditions: number,
  stop: string | undefined,
  name: (index: number) => string,
): Ran {
  const edit = results.find((r) => r.id === "edit");
  const edited = edit === undefined ? undefined : editedHash(edit.stdout);
  if (edit !== undefined && !succeeded(edit)) return editFailed(edit);
  const bad = results.findIndex((r, i) => i >= preconditions && !succeeded(r));
  const r = results[bad];
  if (r?.end === "unreachable")
    return { kind: "lost", why: `The connection was lost while ${name(bad)} ran.` };
  if (r !== undefined)
    return {
      kind: "failed",
      why: sayFailedCommand(name(bad), clean(r)),
      edited,
      late: r.end === "timed-out",
    };
  if (results.length < total)
    return {
      kind: "stopped",
      why: `${stop ?? "It was stopped"} before ${name(results.length)}.`,
      edited,
      late: false,
    };
  return { kind: "ran", edited };
}

/** An edit restores what it changed by itself; only one that was cut off is not known. */
function editFailed(edit: CommandResult): Ran {
  const said = clip(redact(edit.stdout)) || clip(redact(edit.stderr));
  if (edit.end === "exited") {
    switch (edit.exitCode) {
      case EDIT_EXIT.testFailedRestored:
        return { kind: "restored", why: `The test failed: ${said}` };
      case EDIT_EXIT.notRestored:
        return { kind: "not-restored", why: said };
      case EDIT_EXIT.cutOff:
        return { kind: "lost", why: "The edit was cut off in the middle." };
      case EDIT_EXIT.inGit:
        return {
          kind: "refused",
          why: "The file is in git and has no changes of its own: change it there, or set fixes.managedFiles: allow. Nothing was edited.",
        };
      case EDIT_EXIT.changedSince:
        return { kind: "refused", why: "The file has changed since the diagnosis; nothing was edited." };
      case EDIT_EXIT.lineDiffers:
        return {
          kind: "refused",
          why: `The line has changed since the diagnosis (${said}); nothing was edited.`,
        };
      default:
        return { kind: "refused", why: `Nothing was edited: ${sayFailedCommand("the edit", clean(edit))}` };
    }
  }
  if (edit.end === "denied" || edit.end === "missing") {
    return { kind: "refused", why: `Nothing was edited: ${sayFailedCommand("the edit", clean(edit))}` };
  }
  return { kind: "lost", why: "The edit was cut off in the middle." };
}

function clip(text: string): string {
  return text
    .replace(/^edited [0-9a-f]{64}$/m, "")
    .trim()
    .slice(0, 500);
}
