import type { CauseRule, Check, FixCommand, FixRule } from "../domain/playbook.ts";
import type { CelEnvironment, Program } from "./cel.ts";
import { boundNames, nodes } from "./cel-macros.ts";
import { compileForEach } from "./for-each.ts";
import { forbidden, forbiddenEdit } from "./forbidden.ts";
import { misuse } from "./injection.ts";
import type { Refusal } from "./load-environment.ts";
import { RuleError } from "./rule-error.ts";
import { SAMPLE } from "./read-only/usage.ts";
import { compileParts, compileTemplate, split } from "./template.ts";
import type { Path } from "./yaml-source.ts";
import { compileWord, type Word } from "./words.ts";

/** Where a piece says what it says; `at` is relative to the piece. */
export interface Reporter {
  /** An error at a character of a text of the piece. */
  inText(at: Path, offset: number, message: string, hint: string): void;
  /** An error at a value of the piece. */
  at(at: Path, message: string, hint: string): void;
}

/** Type-checks every rule, template and command word of one piece against the facts. */
export class RuleChecker {
  readonly #environment: CelEnvironment;
  readonly #report: Reporter;
  /** Variables that may be named; all when undefined. */
  readonly #scope: { readonly name: string; readonly variables: readonly string[] } | undefined;

  constructor(
    environment: CelEnvironment,
    report: Reporter,
    scope?: { readonly name: string; readonly variables: readonly string[] },
  ) {
    this.#environment = environment;
    this.#report = report;
    this.#scope = scope;
  }

  check(check: Check, refusal: Refusal): void {
    if (check.when !== undefined) this.#bool(["when"], check.when);
    let environment = this.#environment;
    if (check.forEach !== undefined) {
      const text = check.forEach;
      const each = this.#try(["forEach"], () => compileForEach(environment, text));
      if (!each) return;
      this.#inScope(["forEach"], each.program);
      environment = each.environment;
    }
    this.#words(environment, ["argv"], check.argv, refusal);
    if (check.runAs !== undefined) this.#word(environment, ["runAs"], check.runAs);
    this.#template(["tells"], check.tells, environment);
    // As another user, root above all, pm2 would run what the daemon's owner put in its home.
    if (
      check.argv.some((word, i) => word === "jlist" && check.argv[i - 1] === "pm2") &&
      check.runAs === undefined
    )
      this.#report.at(["argv"], "pm2 must run as the user whose daemon it asks", "add runAs: …");
  }

  cause(cause: CauseRule): void {
    this.#bool(["suspect"], cause.suspect);
    this.#bool(["when"], cause.when);
    if (cause.provenWhen !== undefined) this.#bool(["provenWhen"], cause.provenWhen);
    if (cause.status !== undefined) this.#rule(["status"], cause.status, ["int"]);
    for (const key of ["title", "headline", "otherwise"] as const) this.#template([key], cause[key]);
    for (const [i, text] of cause.advice.entries()) this.#template(["advice", i], text);
    for (const [i, evidence] of cause.evidence.entries()) {
      this.#bool(["evidence", i, "when"], evidence.when);
      this.#template(["evidence", i, "show"], evidence.show);
    }
    for (const [i, refutation] of cause.refutedBy.entries()) {
      this.#bool(["refutedBy", i, "when"], refutation.when);
      this.#template(["refutedBy", i, "because"], refutation.because);
    }
  }

  fix(fix: FixRule, refusal: Refusal): void {
    this.#bool(["when"], fix.when);
    for (const key of ["title", "rollbackText"] as const) this.#template([key], fix[key]);
    this.#template(["verify", "text"], fix.verify.text);
    this.#words(this.#environment, ["verify", "room"], fix.verify.room ?? []);
    for (const [i, raise] of fix.riskWhen.entries()) this.#bool(["riskWhen", i, "when"], raise.when);
    for (const key of ["commands", "rollback"] as const)
      for (const [i, command] of fix[key].entries()) this.#command([key, i], command);
    for (const [i, condition] of fix.preconditions.entries()) {
      this.#template(["preconditions", i, "name"], condition.name);
      this.#words(this.#environment, ["preconditions", i, "argv"], condition.argv, refusal);
      const expected = ["preconditions", i, "expect"];
      if (
        this.#try(expected, () =>
          compileParts(this.#environment, condition.expect, ["string", "int", "bool"]),
        )
      )
        this.#templateScope(this.#environment, expected, condition.expect);
      if (condition.runAs !== undefined)
        this.#word(this.#environment, ["preconditions", i, "runAs"], condition.runAs);
    }
    if (fix.edit !== undefined) this.#edit(fix.edit);
  }

  #command(at: Path, command: FixCommand): void {
    this.#words(this.#environment, [...at, "argv"], command.argv);
    const wrong = this.#try([...at, "argv"], () => misuse(command.argv));
    if (wrong) this.#report.at([...at, "argv", wrong.index], wrong.because, wrong.hint);
    const never = forbidden(command.argv);
    if (never) this.#report.at([...at, "argv"], never.because, never.hint);
    if (command.runAs !== undefined) this.#word(this.#environment, [...at, "runAs"], command.runAs);
  }

  /** An edit is a map written out: its values may differ in type. */
  #edit(text: string): void {
    const program = this.#try(["edit"], () => this.#environment.mixed().compile(text));
    if (!program) return;
    this.#inScope(["edit"], program);
    const never = forbiddenEdit(text);
    if (never) this.#report.at(["edit"], never.because, never.hint);
    if (!program.type.startsWith("map"))
      this.#report.at(["edit"], `an edit is a map, not ${program.type}`, 'write {"file": …, "line": …, …}');
  }

  #bool(at: Path, text: string): void {
    this.#rule(at, text, ["bool"]);
  }

  #rule(at: Path, text: string, expect: readonly string[]): void {
    const program = this.#try(at, () => this.#environment.compile(text, expect));
    if (program) this.#inScope(at, program);
  }

  #template(at: Path, text: string, environment = this.#environment): void {
    if (this.#try(at, () => compileTemplate(environment, text))) this.#templateScope(environment, at, text);
  }

  #word(environment: CelEnvironment, at: Path, text: string): Word | undefined {
    const word = this.#try(at, () => compileWord(environment, text));
    if (word) this.#templateScope(environment, at, text);
    return word;
  }

  #words(environment: CelEnvironment, at: Path, argv: readonly string[], refusal?: Refusal): void {
    const words = argv.map((text, i) => this.#word(environment, [...at, i], text));
    if (words.some((word) => word === undefined)) return;
    if (refusal && words[0]?.some((part) => typeof part !== "string")) {
      this.#report.at([...at, 0], "the program must be written out", "placeholders fill in arguments only");
      return;
    }
    const refused = refusal?.(words.map((word) => sample(word ?? [])));
    if (refused) this.#report.at(at, refused.because, refused.hint);
  }

  #templateScope(environment: CelEnvironment, at: Path, text: string): void {
    if (!this.#scope) return;
    this.#try(at, () => {
      for (const piece of split(text))
        if (!("text" in piece)) this.#inScope(at, environment.compile(piece.rule), piece.start);
    });
  }

  #inScope(at: Path, program: Program, offset = 0): void {
    const scope = this.#scope;
    if (!scope) return;
    const bound = boundNames(program.ast);
    for (const node of nodes(program.ast)) {
      if (node.op !== "id" || bound.has(node.args) || !this.#environment.variables.has(node.args)) continue;
      if (scope.variables.includes(node.args)) continue;
      const hint = `known there: ${scope.variables.join(", ")}`;
      this.#report.inText(at, offset + node.start, `"${node.args}" is not known in ${scope.name}`, hint);
    }
  }

  #try<T>(at: Path, work: () => T): T | undefined {
    try {
      return work();
    } catch (error) {
      if (!(error instanceof RuleError)) throw error;
      this.#report.inText(at, error.start, error.message, error.hint);
      return undefined;
    }
  }
}

/** A word as it may look on a host, for the table of allowed commands. */
function sample(word: Word): string {
  return word
    .map((part) => (typeof part === "string" ? part : part.program.type === "int" ? "1" : SAMPLE))
    .join("");
}
