import type { ClientChannel } from "ssh2";
import type { Command, CommandResult } from "../domain/command.ts";
import { ShellError } from "../domain/shell-error.ts";
import { fixScript } from "../playbook/fix-script.ts";
import { runScript } from "./script-run.ts";
import { newNonce, type WaveContext } from "./wave-run.ts";
import { WaveReader } from "./wave-reader.ts";

export interface FixOptions {
  /** Name of the lock on the host. */
  readonly lock: string;
  /** Asked before each command; false ends the fix there. */
  readonly beforeEach?: (index: number, done: readonly CommandResult[]) => Promise<boolean>;
}

/**
 * Runs the commands of a fix in order, once each, and stops after the first that fails. The results
 * are those of the commands that were started, so there may be fewer than commands; one that did
 * not end in time is "timed-out", and may still run on the host.
 * Throws ShellError "locked" when another fix holds the lock, "lost" when the connection died (the
 * command under way, if any, may have run), and what `beforeEach` throws.
 */
export async function runFix(
  context: WaveContext,
  commands: readonly Command[],
  options: FixOptions,
): Promise<CommandResult[]> {
  const done: CommandResult[] = [];
  const nonce = newNonce();
  let channel: ClientChannel | undefined;
  let paused = false;
  let heldBy: string | undefined;
  let thrown: { readonly error: unknown } | undefined;

  const steer = async (index: number): Promise<void> => {
    paused = true;
    let go = false;
    try {
      go = (await options.beforeEach?.(index, [...done])) ?? true;
    } catch (error) {
      thrown = { error };
    }
    // The shell's answer, the frame G, starts the command's clock; until then only the run's deadline holds.
    if (channel?.writable === true) channel.write(go ? `go ${index}\n` : "stop\n");
  };
  const reader = new WaveReader(commands, nonce, {
    now: () => performance.now(),
    onResult: (result) => done.push(result),
    onFrame: (frame) => {
      if (frame.startsWith("L:held:")) heldBy = frame.slice("L:held:".length);
      else if (frame.startsWith("W:")) void steer(Number(frame.slice(2)));
      else if (frame.startsWith("G:")) paused = false;
    },
  });
  const stop = await runScript(context.client, {
    script: fixScript(commands, nonce, options.lock, context.account),
    reader,
    deadlineAt: context.deadlineAt,
    startMs: context.startMs,
    tailMs: 0,
    gone: context.gone,
    onChannel: (opened) => {
      channel = opened;
    },
    paused: () => paused,
    ended: () => heldBy !== undefined,
  });
  channel?.end();
  context.account = reader.account ?? context.account;
  if (thrown !== undefined) throw thrown.error;
  if (heldBy !== undefined) throw locked(heldBy);
  if (reader.ended || stop.kind === "done") return done;
  const current = reader.current;
  if (stop.kind === "closed" || current === undefined || paused) {
    const because = stop.kind === "closed" ? stop.because : "the run's time was over";
    throw lost(because);
  }
  reader.abandon(current.index, "timed-out", "did not end within its time-out; it may still run");
  return done;
}

function locked(path: string): ShellError {
  return new ShellError(
    "locked",
    `Another fix runs on this host (${path} is held).`,
    "Wait until it has ended, then diagnose again. If none runs (fuser on that path names no process) and it is a directory, remove it.",
  );
}

function lost(because: string): ShellError {
  return new ShellError(
    "lost",
    `The connection was lost in the middle of the fix: ${because}.`,
    "The command under way may have run. Diagnose the host again before anything else.",
  );
}
