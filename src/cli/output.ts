import { fixExitCode } from "../wording/fix-result.ts";
import type { Outcome } from "../domain/approval.ts";

/** What a terminal command prints and how it exits. */
export interface Answer {
  readonly exitCode: number;
  readonly out?: string;
  readonly err?: string;
}

/** Exit code for wrong usage (sysexits.h EX_USAGE). */
export const USAGE = 64;

/** A failure as the contract prints it: one JSON document, or a sentence with its hint. */
export function failure(json: boolean, code: string, message: string, hint: string, exitCode: number): Answer {
  if (json) return { exitCode, out: `${JSON.stringify({ schema: "502/error@1", code, message, hint }, null, 2)}\n` };
  return { exitCode, err: `${message}${hint === "" ? "" : `\n  ${hint}`}\n` };
}

/** The exit code of a fix: 0 only for fixed. */
export function exitOfFix(outcome: Outcome): number {
  return outcome === "fixed" ? 0 : Math.max(1, fixExitCode(outcome));
}
