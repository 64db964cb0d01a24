import type { Config } from "../inventory/config-schema.ts";
import type { Surroundings } from "../inventory/files.ts";
import type { Patience, SlackFinding } from "../workflows/slack-finding.ts";
import type { Dialogue } from "./dialogue.ts";
import type { Tokens } from "./slack-tokens.ts";

/** What skips a step, at every question. */
export const LATER = "later";
/** What a stop says. @param again - the command */
export const goesOn = (again: string): string => `What is done stays; ${again} goes on from here.`;
export const ELSEWHERE = "choose another place with --output FILE";

/** Where `502 init` leads, and the commands that it names on the way. */
export interface Goal {
  /** Where 502.yml is or will be. */
  readonly output: string;
  /** Goes on from here. */
  readonly again: string;
  readonly doctor: string;
}

/** What a configuration says so far; without a file, what holds then. */
export interface Seen {
  readonly slack: Config["slack"];
  readonly hosts: readonly string[];
  readonly stateDir: string;
  /** What paths in the file are relative to. */
  readonly directory: string;
}

/** What `502 init` works with; the composition gives it. */
export interface InitPlace {
  /** The project's folder, where manifest.yml is. */
  readonly root: string;
  readonly around: Surroundings;
  readonly talk: Dialogue;
  /** @throws UsageError with every mistake of the file */
  look(file: string): Seen;
  /** Of each token that is given: whose bot it is, which permissions it lacks, whether a connection is given. */
  askSlack(tokens: Partial<Tokens>, apiUrl: string | undefined, patience: Patience): Promise<SlackFinding[]>;
  wait(ms: number): Promise<void>;
  /** What `502 HOST` says, and whether the host could be looked at. */
  diagnose(file: string, host: string): Promise<{ readonly said: string; readonly reached: boolean }>;
}
