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

/** What looks at nginx, and what looks at the service (host-probes.ts). */
const SIDES = [
  { side: "nginx", asks: /^(?:front-\d+|peer-\d+|direct|log)$/ },
  { side: "service", asks: /^(?:unit|listen)$/ },
] as const;

/**
 * The line a fix is made and verified over: to its own host, while the questions to nginx or to the service go to
 * the other machine, where those are not on the one that is changed.
 */
export function fixLine(
  world: { readonly shell: Shell; findHost(name: string): Host | undefined },
  host: Host,
  bound: BoundFix,
): HostLine {
  const own = hostLine(world.shell, host, bound.hostKey, bound);
  const others = SIDES.flatMap(({ side, asks }) => {
    const place = bound.verify[side];
    const there = place && world.findHost(place.host);
    if (place === undefined) return [];
    const line = there && hostLine(world.shell, there, place.hostKey, bound, "diagnose");
    return [{ asks, line }];
  });
  if (others.length === 0) return own;
  const wave = async (commands: readonly Command[]): Promise<CommandResult[]> => {
    const of = (c: Command): (typeof others)[number] | undefined => others.find((o) => o.asks.test(c.id));
    const parts = await Promise.all(
      [undefined, ...others].map(async (other): Promise<CommandResult[]> => {
        const mine = commands.filter((c) => of(c) === other);
        if (mine.length === 0) return [];
        const line = other === undefined ? own : other.line;
        // Without a line the machine is not in the inventory any more.
        return line === undefined ? mine.map(unreachable) : line.wave(mine);
      }),
    );
    return parts.flat();
  };
  const drop = async (): Promise<void> => {
    await own.drop();
    for (const other of others) await other.line?.drop();
  };
  return { ...own, wave, drop };
}

/** Opens lazily, with the identity for fixes unless told otherwise, and speaks only to a host that shows the key of the diagnosis. */
export function hostLine(
  shell: Shell,
  host: Host,
  hostKey: string,
  bound: BoundFix,
  purpose: "fix" | "diagnose" = "fix",
): HostLine {
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
      const fresh = await shell.open(host, { purpose, deadlineMs: deadlineOf(bound) });
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
