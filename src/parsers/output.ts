import type { CommandResult } from "../domain/command.ts";

/** What a parser may look at: text and how the command ended. */
export type Output = Pick<CommandResult, "stdout" | "stderr" | "exitCode" | "end">;

const SUDO_REFUSED =
  /^sudo: .{0,200}(?:password is required|terminal is required|no tty present|command not found|not allowed|you must have a tty)|is not in the sudoers file|is not allowed to (?:execute|run)|may not run sudo/m;

/**
 * True when the command itself ran and its output can be judged; false when it was denied, missing,
 * timed out or unreachable, which a parser answers with undefined ("could not look").
 */
export function ran(output: Output): boolean {
  if (output.end !== "exited" && output.end !== "cut") return false;
  if (output.exitCode === 126 || output.exitCode === 127) return false;
  // A command that ran plainly after sudo refused keeps the refusal on standard error: its own output counts.
  return output.exitCode === 0 || output.stdout !== "" || !SUDO_REFUSED.test(output.stderr);
}

/** The non-blank lines of a text, without their line ends. */
export function linesOf(text: string): string[] {
  return text
    .split("\n")
    .map((line) => (line.endsWith("\r") ? line.slice(0, -1) : line))
    .filter((line) => line.trim() !== "");
}

/** A non-negative decimal integer that a double holds exactly, or undefined. */
export function toInt(text: string | undefined): number | undefined {
  if (text === undefined || !/^\d{1,16}$/.test(text)) return undefined;
  const value = Number(text);
  return Number.isSafeInteger(value) ? value : undefined;
}

/** A decimal number (sign and fraction allowed), or undefined. */
export function toNumber(text: string | undefined): number | undefined {
  return text !== undefined && /^-?\d{1,15}(?:\.\d{1,12})?$/.test(text) ? Number(text) : undefined;
}

/** The value of a JSON text, or undefined when it is none. */
export function toJson(text: string): unknown {
  try {
    const value: unknown = JSON.parse(text);
    return value;
  } catch {
    return undefined;
  }
}
