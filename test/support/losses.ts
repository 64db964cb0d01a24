import type { Bundle } from "../../src/domain/bundle.ts";
import type { Diagnosis } from "../../src/domain/diagnosis.ts";

/** How a check is lost: it was not run, or the login may not run it. */
export type Loss = "removed" | "denied";

/** The check that a command belongs to: "journal#2" is the second of journal. */
export const checkOf = (id: string): string => id.replace(/#\d+$/, "");

/** The checks that a bundle holds results of. */
export const checksOf = (bundle: Bundle): string[] => [
  ...new Set(bundle.commands.map(({ id }) => checkOf(id))),
];

/** The bundle as it would be had these checks not been run, or not been allowed. */
export function without(bundle: Bundle, lost: ReadonlyMap<string, Loss>): Bundle {
  const commands = bundle.commands.flatMap((command) => {
    const how = lost.get(checkOf(command.id));
    if (how === undefined) return [command];
    if (how === "removed") return [];
    const stderr = "sudo: a password is required";
    return [{ ...command, stdout: "", stderr, exitCode: 1, end: "denied" as const, privileged: false }];
  });
  return { ...bundle, commands };
}

/** The ids of the causes that are graded proven. */
export const proven = (d: Diagnosis): string[] =>
  d.causes.filter((c) => c.grade === "proven").map((c) => c.id);

/** What a person takes away from a verdict. */
export function gist(d: Diagnosis): {
  readonly verdict: string;
  readonly cause?: string | undefined;
  readonly target?: string | null | undefined;
  readonly grade?: string | undefined;
} {
  const [first] = d.causes;
  return { verdict: d.verdict, cause: first?.id, target: first?.target, grade: first?.grade };
}

/** The checks whose results a verdict rests on: its causes' evidence, and the grounds of one that names no cause. */
export function citedBy(d: Diagnosis): Set<string> {
  const evidence = [...d.causes.flatMap((c) => c.evidence), ...(d.grounds ?? [])];
  return new Set(evidence.map((e) => checkOf(e.check)));
}
