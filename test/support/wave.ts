import { spawn } from "node:child_process";
import type { Command, CommandResult } from "../../src/domain/command.ts";
import type { Account } from "../../src/playbook/script-runner.ts";
import { waveScript } from "../../src/playbook/wave-script.ts";
import { WaveReader } from "../../src/ssh/wave-reader.ts";

/** A command with the usual limits. */
export function command(id: string, argv: readonly string[], over: Partial<Command> = {}): Command {
  return { id, argv, sudo: "never", timeoutMs: 5000, maxBytes: 65_536, ...over };
}

export interface LocalWave {
  readonly results: readonly (CommandResult | undefined)[];
  readonly account: Account | undefined;
  readonly reader: WaveReader;
}

/** Runs a wave script in a local shell and reads it, by id. */
export async function runLocally(
  shell: readonly string[],
  commands: readonly Command[],
  over: { env?: Record<string, string | undefined>; account?: Account } = {},
): Promise<LocalWave> {
  const nonce = "0123456789abcdef0123456789abcdef";
  const reader = new WaveReader(commands, nonce, { now: () => performance.now() });
  const [program = "sh", ...args] = shell;
  const child = spawn(program, [...args, "-s"], { env: { ...process.env, ...over.env } });
  child.stdout.on("data", (chunk: Buffer) => reader.push("out", chunk));
  child.stderr.on("data", (chunk: Buffer) => reader.push("err", chunk));
  child.stdin.end(waveScript(commands, nonce, over.account));
  await new Promise((resolve) => child.once("close", resolve));
  return { results: reader.results, account: reader.account, reader };
}
