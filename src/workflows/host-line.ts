import type { Command, CommandResult } from "../domain/command.ts";
import type { BoundFix } from "../domain/fix.ts";
import type { Host } from "../domain/host.ts";
import { ShellError } from "../domain/shell-error.ts";
import type { Session, Shell } from "./ports.ts";

/** A connection that comes back after it was lost: read-only commands may be asked again, a fix never is. */
export interface HostLine {
  /** @returns the results; all "unreachable" when the host cannot be reached or its key is another one */
  wave(commands: readonly Command[]): Promise<CommandResult[]>;
  /** @throws ShellError when the connection is lost; undefined when there is none with the right key. */
  session(): Promise<Session | undefined>;
  /** Forgets a dead session; the next question opens a new one. */
  drop(): Promise<void>;
  /** Why the host could not be reached the last time. */
  trouble(): { readonly message: string; readonly hint: string } | undefined;
}

/** Opens lazily, with the identity for fixes, and speaks only to a host that shows the key of the diagnosis. */
export function hostLine(shell: Shell, host: Host, bound: BoundFix): HostLine {
  const { hostKey } = bound;
  let open: Session | undefined;
  let trouble: { message: string; hint: string } | undefined;

  const drop = async (): Promise<void> => {
    const old = open;
    open = undefined;
    if (old === undefined) return;
    try {
      await old.close();
    } catch (e) {
      if (!(e instanceof ShellError)) throw e;
    }
  };

  const session = async (): Promise<Session | undefined> => {
    if (open !== undefined) return open;
    try {
      const fresh = await shell.open(host, { purpose: "fix", deadlineMs: deadlineOf(bound) });
      open = fresh;
      if (fresh.hostKey !== hostKey) {
        trouble = {
          message: `${host.name} shows another host key (${fresh.hostKey}) than at the diagnosis (${hostKey}).`,
          hint: "Find out whether the machine was replaced, then diagnose it again.",
        };
        await drop();
        return undefined;
      }
      trouble = undefined;
      return fresh;
    } catch (e) {
      if (!(e instanceof ShellError)) throw e;
      trouble = { message: e.message, hint: e.hint };
      return undefined;
    }
  };

  const wave = async (commands: readonly Command[]): Promise<CommandResult[]> => {
    const s = await session();
    if (s === undefined) return commands.map(unreachable);
    try {
      const results = await s.runWave(commands);
      if (results.some((r) => r.end === "unreachable")) await drop();
      return results;
    } catch (e) {
      if (!(e instanceof ShellError)) throw e;
      trouble = { message: e.message, hint: e.hint };
      await drop();
      return commands.map(unreachable);
    }
  };

  return { wave, session, drop, trouble: () => trouble };
}

const MARGIN_MS = 120_000;

/** How long a session may live: all commands and the verification twice (a rollback is verified too). */
function deadlineOf({ commands, preconditions, rollback, edit, verify }: BoundFix): number {
  const all = [...commands, ...commands, ...rollback, ...preconditions.map((p) => p.command)];
  const running = all.reduce((ms, c) => ms + c.timeoutMs, 2 * (edit?.test.timeoutMs ?? 0));
  return running + verify.settleMs + 2 * verify.withinMs + verify.stableMs + MARGIN_MS;
}

function unreachable(c: Command): CommandResult {
  return {
    id: c.id,
    argv: c.argv,
    stdout: "",
    stderr: "",
    exitCode: null,
    end: "unreachable",
    durationMs: 0,
    privileged: false,
  };
}
