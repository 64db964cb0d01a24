import type { Outcome } from "../domain/approval.ts";
import { fixExitCode } from "../wording/fix-result.ts";
import { printableJson } from "../wording/printable.ts";

/** What a terminal command prints and how it exits. */
export interface Answer {
  readonly exitCode: number;
  readonly out?: string;
  readonly err?: string;
}

/** Exit code for wrong usage (sysexits.h EX_USAGE). */
export const USAGE = 64;

/** A failure as the contract prints it: one JSON document, or a sentence with its hint. */
export function failure(
  json: boolean,
  code: string,
  message: string,
  hint: string,
  exitCode: number,
): Answer {
  if (json) return document({ schema: "502/error@1", code, message, hint }, exitCode);
  return { exitCode, err: `${message}${hint === "" ? "" : `\n  ${hint}`}\n` };
}

/** One JSON document on standard output. */
export function document(value: unknown, exitCode = 0): Answer {
  return { exitCode, out: `${printableJson(JSON.stringify(value, null, 2))}\n` };
}

/** Lines on standard output; a sentence where there are none. */
export function lines(list: readonly string[], none: string): Answer {
  return { exitCode: 0, out: `${list.length === 0 ? none : list.join("\n")}\n` };
}

/** The exit code of a fix: 0 only for fixed. */
export function exitOfFix(outcome: Outcome): number {
  return outcome === "fixed" ? 0 : Math.max(1, fixExitCode(outcome));
}
