import type { CauseRule } from "../domain/playbook.ts";
import type { CelEnvironment } from "./cel.ts";

/** Where a rule is evaluated: per (vhost, peer), per vhost, once for the host, or before a check is run. */
export type Scope = CauseRule["scope"] | "check";

/** Says why a command is not a read-only one; undefined when it is. */
export type Refusal = (
  argv: readonly string[],
) => { readonly because: string; readonly hint: string } | undefined;

/** What playbooks are checked against. */
export interface LoadEnvironment {
  readonly environment: CelEnvironment;
  /** Names of the parsers in src/parsers. */
  readonly parsers: ReadonlySet<string>;
  /** Says why a check's command is not allowed (read-only-table.ts). */
  readonly refusal: Refusal;
  /** Names that evidence may give beside the checks': the bot's own probes. */
  readonly probes?: ReadonlySet<string>;
  /** Variables that have a value in a scope; all in every scope when absent. */
  readonly scopes?: Readonly<Record<Scope, readonly string[]>>;
}
