import type { Command, CommandResult } from "../domain/command.ts";
import type { BoundFix } from "../domain/fix.ts";
import { redact } from "../parsers/redact.ts";
import { editCommand } from "./edit-script.ts";

/** One lock on the host for all bots and laptops. */
export const HOST_LOCK = "fix";

/** A bound command as the shell takes it; its id is unique in the sequence. */
export function toCommand(c: BoundFix["commands"][number], id: string): Command {
  const { argv, sudo, runAs, timeoutMs, maxBytes } = c;
  return { id, argv, sudo, timeoutMs, maxBytes, ...(runAs === undefined ? {} : { runAs }) };
}

/** What one fix runs, in order, in one shell: first its preconditions, then (an edit and) its commands. */
export interface FixSequence {
  readonly all: readonly Command[];
  /** So many of them are preconditions. */
  readonly preconditions: number;
}

export function sequenceOf(bound: BoundFix): FixSequence {
  const pre = bound.preconditions.map((p, i) => toCommand(p.command, `precondition-${i}`));
  const edit = bound.edit === undefined ? [] : [editCommand(bound.edit, bound.runId)];
  const acts = bound.commands.map((c, i) => toCommand(c, `command-${i}`));
  return { all: [...pre, ...edit, ...acts], preconditions: pre.length };
}

/** The command as people read it; an edit's script is constant and not repeated. */
export function shown(c: Pick<Command, "argv" | "sudo" | "runAs" | "id">): string {
  const prefix = c.sudo === "never" ? [] : ["sudo", ...(c.runAs === undefined ? [] : ["-u", c.runAs])];
  const words = c.id === "edit" || c.id === "restore" ? [c.id, c.argv[4] ?? ""] : c.argv;
  return [...prefix, ...words].join(" ");
}

/** What differs between what was seen at the offer and what the preconditions say now. */
export interface Drift {
  readonly name: string;
  readonly was: string;
  /** undefined: it could not be looked at. */
  readonly now: string | undefined;
  readonly because?: string;
}

/** Compares the preconditions that ran with the values they are bound to. */
export function driftOf(bound: BoundFix, results: readonly CommandResult[]): Drift[] {
  const drifts: Drift[] = [];
  for (const [i, p] of bound.preconditions.entries()) {
    const r = results[i];
    if (r === undefined) continue;
    if (r.end !== "exited")
      drifts.push({ name: p.name, was: p.value, now: undefined, because: redact(r.stderr.trim()) || r.end });
    else if (r.stdout.trim() !== p.value.trim())
      drifts.push({ name: p.name, was: p.value, now: redact(r.stdout.trim()) });
  }
  return drifts;
}

/** A result as it may be said: without secrets. */
export function clean(r: CommandResult): CommandResult {
  return { ...r, stdout: redact(r.stdout), stderr: redact(r.stderr) };
}

/** True when a command did what it should. */
export function succeeded(r: CommandResult): boolean {
  return r.end === "exited" && r.exitCode === 0;
}
