import type { Command } from "../domain/command.ts";
import { quoteArgv, quoteWord } from "./quote.ts";
import { type Account, runner } from "./script-runner.ts";

/** The boundary of a wave's frames; the nonce must be random and known to nobody on the host. */
export function boundary(nonce: string): string {
  if (!/^[a-z0-9]{16,64}$/.test(nonce)) throw new RangeError("a nonce is 16 to 64 of a-z and 0-9");
  return `@@${nonce}:`;
}

/** Whole seconds for timeout(1): busybox knows no fractions. */
export function timeoutSeconds(command: Command): number {
  return Math.max(1, Math.ceil(command.timeoutMs / 1000));
}

/** The four leading words of the runner's functions (index, sudo mode, seconds, user), then the argument vector. */
export function callWords(command: Command, index: number): string {
  const mode = command.sudo === "never" && command.runAs !== undefined ? "always" : command.sudo;
  const user = command.runAs ?? "";
  if (user.startsWith("-") || user.startsWith("#")) throw new RangeError(`not a user name: ${user}`);
  return `${index} ${mode} ${timeoutSeconds(command)} ${quoteWord(user)} ${quoteArgv(command.argv)}`;
}

/** Background commands run in so many chains at most. */
const CHAINS = 12;

/**
 * Script of one wave, for the standard input of `sh -s`: background commands start first, the
 * others run one after the other, then the background ones are waited for, then the late ones run.
 * Frames, on standard output, each written at once: `S` opens, `E` ends a foreground command,
 * `b` is one line of a background command and `B` its end, `Z` closes; on standard error `S`, `E` and `Z`.
 * The whole is one function called by the last line, so that a script cut on its way runs nothing.
 */
export function waveScript(commands: readonly Command[], nonce: string, account?: Account): string {
  const chains: string[][] = [];
  const foreground: string[] = [];
  const late: string[] = [];
  let placed = 0;
  commands.forEach((command, index) => {
    const words = callWords(command, index);
    if (command.late === true) late.push(`f ${words}`);
    else if (command.background !== true) foreground.push(`f ${words}`);
    else {
      (chains[placed % CHAINS] ??= []).push(`b ${words}`);
      placed += 1;
    }
  });
  return [
    "main() {",
    runner(boundary(nonce), account),
    // A private file mode for what a check may leave behind; a fix keeps the account's own.
    "umask 077",
    "export LC_ALL=C LANG=C; unset LANGUAGE http_proxy https_proxy ftp_proxy all_proxy no_proxy",
    "unset HTTP_PROXY HTTPS_PROXY FTP_PROXY ALL_PROXY NO_PROXY",
    "open",
    ...chains.map((chain) => `{ ${chain.join("; ")}; } 2>/dev/null &`),
    ...foreground,
    "wait",
    ...late,
    "fin",
    "}",
    "main; exit 0",
    "",
  ].join("\n");
}
