import type { Command, CommandResult } from "../domain/command.ts";
import type { BoundFix } from "../domain/fix.ts";
import { ShellError } from "../domain/shell-error.ts";
import { sayFailedCommand } from "../wording/fix-result.ts";
import { sayStatus } from "../wording/verification.ts";
import { backupPath, restoreCommand } from "./edit-script.ts";
import { clean, HOST_LOCK, shown, succeeded, toCommand } from "./fix-commands.ts";
import type { HostLine } from "./host-line.ts";
import type { Clock } from "./ports.ts";
import { look, type Look, type Verified } from "./verify-fix.ts";

export type RolledBack =
  | { readonly kind: "rolled-back"; readonly why: string; readonly after: Look }
  /** Nothing was undone, on purpose. */
  | { readonly kind: "left"; readonly why: string }
  /** It was begun and did not end well: a person must look. */
  | { readonly kind: "failed"; readonly why: string };

export interface Undo {
  readonly line: HostLine;
  readonly clock: Clock;
  readonly bound: BoundFix;
  readonly verified: Verified;
  /** sha256 of the edited file; undefined when no edit was made. */
  readonly edited: string | undefined;
  /** Called before the first command; false: it was begun before, or may not be. */
  readonly begin: (commands: readonly string[]) => Promise<boolean>;
  readonly ended: (index: number, command: Command, result: CommandResult) => Promise<void>;
}

const STOPS = new Set(["stop", "kill"]);

/** True for a command that stops a service. */
function stops(c: BoundFix["rollback"][number]): boolean {
  return (
    c.argv.some((w) => STOPS.has(w)) &&
    c.argv.some((w) => /(^|\/)(systemctl|docker|pm2|rc-service|supervisorctl)$/.test(w))
  );
}

/** An application that does not listen yet may still be booting: stopping it would undo a fix that works. */
function mayBoot({ after, plan }: Verified): boolean {
  const active = after.unit?.active;
  if (active === "failed" || active === "inactive") return false;
  if (active === "active" && (plan.target === null || after.listening?.found === true)) return false;
  return true;
}

/**
 * Takes a fix back: an edited file to its very bytes (with its test and the reload), else the playbook's rollback
 * commands; then waits until nginx answers as it did before. Each command runs once.
 */
export async function rollBack(u: Undo): Promise<RolledBack> {
  const { bound, verified } = u;
  if (bound.rollback.some(stops) && mayBoot(verified)) {
    return { kind: "left", why: "It was not stopped again: the application may still be booting." };
  }
  const commands = undoing(u);
  if (commands.length === 0) return { kind: "left", why: "There is nothing to take back." };
  const session = await u.line.session();
  if (session === undefined) return { kind: "failed", why: byHand(u, "the host could not be reached") };
  if (!(await u.begin(commands.map(shown))))
    return { kind: "failed", why: byHand(u, "it was begun before and not ended") };
  const told = new Set<number>();
  const tell = async (done: readonly CommandResult[]): Promise<void> => {
    for (const [i, r] of done.entries()) {
      const c = commands[i];
      if (c === undefined || told.has(i)) continue;
      told.add(i);
      await u.ended(i, c, r);
    }
  };
  let results: CommandResult[];
  try {
    results = await session.runFix(commands, {
      lock: HOST_LOCK,
      beforeEach: async (_, done) => {
        await tell(done);
        return true;
      },
    });
  } catch (e) {
    if (!(e instanceof ShellError)) throw e;
    await u.line.drop();
    return { kind: "failed", why: byHand(u, e.message) };
  }
  await tell(results);
  const failed = results.findIndex((r) => !succeeded(r));
  const bad = results[failed];
  const command = commands[failed];
  if (bad !== undefined && command !== undefined)
    return { kind: "failed", why: byHand(u, sayFailedCommand(shown(command), clean(bad))) };
  if (results.length < commands.length)
    return { kind: "failed", why: byHand(u, "another fix holds the host's lock") };
  return former(u);
}

function undoing({ bound, edited }: Undo): Command[] {
  const back = bound.rollback.map((c, i) => toCommand(c, `rollback-${i}`));
  if (bound.edit === undefined) return back;
  if (edited === undefined) return [];
  const reload = back.length > 0 ? back : bound.commands.map((c, i) => toCommand(c, `reload-${i}`));
  return [restoreCommand(bound.edit, bound.runId, edited), ...reload];
}

/** Waits until every front answers as well as before, at most the plan's withinMs. */
async function former({ line, clock, bound, verified }: Undo): Promise<RolledBack> {
  const { plan, before } = verified;
  const what =
    bound.edit === undefined
      ? "It was taken back"
      : `${bound.edit.path} was restored to its very bytes and reloaded`;
  const deadline = clock.now() + plan.withinMs;
  for (;;) {
    const now = await look(line, plan, clock, "full");
    const fronts = now.fronts.map((f) => `${f.probe.vhost} answers ${sayStatus(f.answer.status)}`).join(", ");
    const asBefore = now.fronts.every(
      (f, i) => f.good !== undefined && (f.good || before?.fronts[i]?.good === false),
    );
    if (asBefore) {
      const said = fronts === "" ? "" : `; ${fronts}, as before the fix`;
      return { kind: "rolled-back", why: `${what}${said}.`, after: now };
    }
    if (clock.now() + plan.everyMs > deadline) {
      const said = fronts === "" ? "" : ` ${fronts}: this is not what it was before.`;
      return { kind: "rolled-back", why: `${what}.${said}`, after: now };
    }
    await clock.wait(plan.everyMs);
  }
}

function byHand({ bound }: Undo, because: string): string {
  const how =
    bound.edit === undefined
      ? bound.fix.rollback
      : `cp -a ${backupPath(bound.edit, bound.runId)} ${bound.edit.path}, test and reload`;
  return `Taking it back failed (${because.replace(/\.$/, "")}). Do it by hand: ${how}.`;
}
