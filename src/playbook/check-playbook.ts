import type { CauseRule, Check, FixRule, Playbook } from "../domain/playbook.ts";
import type { Place } from "./header.ts";
import type { LoadEnvironment, Scope } from "./load-environment.ts";
import { suggest } from "../domain/nearest.ts";
import { canBeProven, causeReferences, fixSense, knownIds } from "./references.ts";
import { RuleChecker, type Reporter } from "./rules-checked.ts";
import type { PlaybookError } from "./yaml-source.ts";

export type Piece = Check | CauseRule | FixRule;

/** The pieces of a playbook. */
export type Pieces = Pick<Playbook, "checks" | "causes" | "fixes">;

/** Checks every own piece of a playbook: its rules against the facts, and the ids it names. */
export function checkPlaybook(
  own: Pieces,
  playbook: Playbook,
  env: LoadEnvironment,
  placeOf: (piece: Piece) => Place | undefined,
  /** Where `without` or `extends` stands: blamed for what is missing in pieces taken over. */
  takenOver: Place | undefined,
): { readonly errors: readonly PlaybookError[]; readonly warnings: readonly PlaybookError[] } {
  const errors: PlaybookError[] = [];
  const warnings: PlaybookError[] = [];
  const known = knownIds(playbook, env.probes ?? []);
  for (const check of own.checks) {
    const report = reporter(placeOf(check), errors);
    if (!env.parsers.has(check.parser))
      report.at(["parser"], `there is no parser "${check.parser}"`, suggest(check.parser, env.parsers));
    rules(env, report, "check").check(check, env.refusal);
    if (check.sideEffect !== undefined && check.when === undefined && check.forEach === undefined)
      reporter(placeOf(check), warnings).at(
        ["sideEffect"],
        `"${check.id}" has a side effect and is run everywhere`,
        "say in `when` or `forEach` where it does no harm",
      );
  }
  for (const cause of playbook.causes) {
    const inherited = !own.causes.includes(cause);
    const report = inherited ? blame(cause, takenOver, errors) : reporter(placeOf(cause), errors);
    causeReferences(cause, known, report);
    if (inherited) continue;
    rules(env, report, cause.scope).cause(cause);
    if (cause.maxGrade === "proven" && cause.evidence.length > 0 && !canBeProven(cause, playbook))
      reporter(placeOf(cause), warnings).at(
        ["evidence"],
        `"${cause.id}" can never be proven: its evidence has one source only`,
        "add evidence of another source, or say maxGrade: consistent",
      );
  }
  for (const fix of own.fixes) {
    const report = reporter(placeOf(fix), errors);
    fixSense(fix, report);
    const offeredBy = playbook.causes.filter((cause) => cause.fixes.includes(fix.id));
    if (offeredBy.length === 0)
      reporter(placeOf(fix), warnings).at(
        ["id"],
        `no cause offers the fix "${fix.id}"`,
        "name it in a cause's fixes",
      );
    rules(env, report, widest(offeredBy)).fix(fix, env.refusal);
  }
  return { errors, warnings };
}

function rules(env: LoadEnvironment, report: Reporter, scope: Scope): RuleChecker {
  const variables = env.scopes?.[scope];
  const name = scope === "check" ? "a check" : `something of scope ${scope}`;
  return new RuleChecker(env.environment, report, variables && { name, variables });
}

/** A fix may only read what is known for every cause that offers it. */
function widest(causes: readonly CauseRule[]): Scope {
  for (const scope of ["host", "vhost"] as const)
    if (causes.some((cause) => cause.scope === scope)) return scope;
  return "peer";
}

function reporter(place: Place | undefined, into: PlaybookError[]): Reporter {
  if (!place) throw new Error("a piece of a playbook without a place");
  const { source, path } = place;
  return {
    at: (at, message, hint) => into.push(source.error([...path, ...at], message, hint)),
    inText: (at, offset, message, hint) =>
      into.push(source.errorInText([...path, ...at], offset, message, hint)),
  };
}

/** Errors in what was taken over are errors of the line that takes it over. */
function blame(piece: Piece, place: Place | undefined, into: PlaybookError[]): Reporter {
  const at: Reporter["at"] = (_, message, hint) => {
    if (!place) throw new Error(`${piece.id}: ${message}`);
    into.push(
      place.source.error(
        place.path,
        `${message}, which "${piece.id}" needs`,
        `leave out "${piece.id}" too, or replace it; ${hint}`,
      ),
    );
  };
  return { at, inText: (path, _offset, message, hint) => at(path, message, hint) };
}
