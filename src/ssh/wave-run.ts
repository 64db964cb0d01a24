import { randomBytes } from "node:crypto";
import type { Client } from "ssh2";
import type { Command, CommandResult, End } from "../domain/command.ts";
import type { Account } from "../playbook/script-runner.ts";
import { timeoutSeconds, waveScript } from "../playbook/wave-script.ts";
import { runScript } from "./script-run.ts";
import { WaveReader } from "./wave-reader.ts";

export interface WaveContext {
  readonly client: Client;
  readonly gone: Promise<string>;
  readonly deadlineAt: number;
  readonly startMs: number;
  account: Account | undefined;
}

export function newNonce(): string {
  return randomBytes(16).toString("hex");
}

/**
 * Runs a wave; one result per command, in their order. A command that hangs beyond the reach of
 * timeout(1) (root's behind sudo, or stuck in the kernel) is abandoned with its shell, and the
 * commands after it go on in a new one; none that ran runs again, save a background command whose
 * own time was not over.
 */
export async function runWave(
  context: WaveContext,
  commands: readonly Command[],
  onResult?: (result: CommandResult) => void,
): Promise<CommandResult[]> {
  const results: (CommandResult | undefined)[] = commands.map(() => undefined);
  let todo = commands.map((_, index) => index);
  while (todo.length > 0) {
    const indices = todo;
    const part = indices.flatMap((index) => commands[index] ?? []);
    const nonce = newNonce();
    const reader = new WaveReader(part, nonce, {
      now: () => performance.now(),
      onResult: (result, at) => {
        const index = indices[at];
        if (index === undefined) return;
        results[index] = result;
        onResult?.(result);
      },
    });
    const stop = await runScript(context.client, {
      script: waveScript(part, nonce, context.account),
      reader,
      deadlineAt: context.deadlineAt,
      startMs: context.startMs,
      tailMs: part.reduce((sum, command) => sum + timeoutSeconds(command) * 1000, 0),
      gone: context.gone,
    });
    context.account = reader.account ?? context.account;
    if (stop.kind === "stuck") {
      const current = reader.current;
      if (current !== undefined) reader.abandon(current.index, "timed-out", stop.because);
      overdue(reader, part);
    } else if (stop.kind === "closed") abandonAll(reader, part, "unreachable", stop.because);
    else if (stop.kind === "deadline") abandonAll(reader, part, "timed-out", "the run's time was over");
    todo = indices.filter((index) => results[index] === undefined);
  }
  return results.flatMap((result) => result ?? []);
}

function abandonAll(reader: WaveReader, part: readonly Command[], end: End, because: string): void {
  part.forEach((_, index) => reader.abandon(index, end, because));
}

/** Background commands of an abandoned shell whose own time was over, too. */
function overdue(reader: WaveReader, part: readonly Command[]): void {
  part.forEach((command, index) => {
    if (command.background === true && reader.runsSince(index) >= timeoutSeconds(command) * 1000) {
      reader.abandon(index, "timed-out", "did not end within its time-out");
    }
  });
}
