import type { Outcome } from "../domain/approval.ts";

/** A precondition that is not as it was; `now` undefined: it could not be looked at. */
export interface Difference {
  readonly name: string;
  readonly was: string;
  readonly now: string | undefined;
  readonly because?: string;
}

const EMPTY = "nothing";

/** "ActiveState was inactive, is now active; NRestarts could not be looked at (…)". */
export function sayDrift(differences: readonly Difference[]): string {
  return differences
    .map(({ name, was, now, because }) =>
      now === undefined
        ? `${name} was ${was || EMPTY}, and could not be looked at now${because === undefined ? "" : ` (${because})`}`
        : `${name} was ${was || EMPTY}, is now ${now || EMPTY}`,
    )
    .join("; ");
}

const OPENING: Readonly<Record<Outcome, string>> = {
  fixed: "Fixed",
  "not-fixed": "Not fixed",
  "rolled-back": "Rolled back",
  refused: "Not run",
  interrupted: "Interrupted",
};

/** "rolled back": how a fix ended, within a sentence. */
export function outcomeWord(outcome: string = "interrupted"): string {
  return outcome.replaceAll("-", " ");
}

/** The first line about a fix that ended: "Fixed: Start shop-api on web-1." and why. */
export function sayOutcome(outcome: Outcome, title: string, host: string, why: string): string {
  const rest = why === "" ? "" : ` ${why}`;
  return `${OPENING[outcome]}: ${title} on ${host}.${rest}`;
}

/** The exit code of `502 fix`: 0 only for fixed. */
export function fixExitCode(outcome: Outcome): 0 | 2 | 3 {
  if (outcome === "fixed") return 0;
  return outcome === "interrupted" ? 3 : 2;
}

/** "systemctl start shop-api ended with exit code 1: Job failed." */
export function sayFailedCommand(
  command: string,
  r: {
    readonly end: string;
    readonly exitCode: number | null;
    readonly stderr: string;
    readonly stdout: string;
  },
): string {
  const said = lastLine(r.stderr) ?? lastLine(r.stdout);
  const how =
    r.end !== "exited"
      ? r.end === "timed-out"
        ? "did not end in time"
        : r.end === "denied"
          ? "was denied"
          : r.end === "missing"
            ? "is not installed"
            : `ended as ${r.end}`
      : `ended with exit code ${r.exitCode ?? "unknown"}`;
  return `${command} ${how}${said === undefined ? "" : `: ${said}`}.`;
}

function lastLine(text: string): string | undefined {
  const line = text
    .split("\n")
    .map((l) => l.trim())
    .findLast((l) => l !== "");
  return line === undefined ? undefined : line.slice(0, 300).replace(/\.$/, "");
}
