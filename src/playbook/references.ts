import type { CauseRule, FixRule, Playbook } from "../domain/playbook.ts";
import { RISKS } from "../domain/diagnosis.ts";
import { suggest } from "../domain/nearest.ts";
import type { Reporter } from "./rules-checked.ts";

/** Everything a piece may name. */
export interface Known {
  readonly checks: ReadonlySet<string>;
  readonly causes: ReadonlySet<string>;
  readonly fixes: ReadonlySet<string>;
}

export function knownIds(
  playbook: Pick<Playbook, "checks" | "causes" | "fixes">,
  probes: Iterable<string>,
): Known {
  return {
    checks: new Set([...playbook.checks.map((c) => c.id), ...probes]),
    causes: new Set(playbook.causes.map((c) => c.id)),
    fixes: new Set(playbook.fixes.map((f) => f.id)),
  };
}

/** Reports the ids a cause names that do not exist. */
export function causeReferences(cause: CauseRule, known: Known, report: Reporter): void {
  for (const [i, { check }] of cause.evidence.entries())
    if (!known.checks.has(check))
      report.at(["evidence", i, "check"], `there is no check "${check}"`, suggest(check, known.checks));
  for (const [i, id] of cause.fixes.entries())
    if (!known.fixes.has(id)) report.at(["fixes", i], `there is no fix "${id}"`, suggest(id, known.fixes));
  for (const [i, id] of cause.explains.entries()) {
    if (id === cause.id) report.at(["explains", i], "a cause cannot explain itself", "leave it out");
    else if (!known.causes.has(id))
      report.at(["explains", i], `there is no cause "${id}"`, suggest(id, known.causes));
  }
}

/** Reports what makes no sense in a fix as a whole. */
export function fixSense(fix: FixRule, report: Reporter): void {
  if (fix.commands.length === 0 && fix.edit === undefined && !fix.byHand)
    report.at([], `the fix "${fix.id}" does nothing`, "give it commands or an edit, or byHand: true");
  for (const [i, raise] of fix.riskWhen.entries())
    if (RISKS.indexOf(raise.risk) <= RISKS.indexOf(fix.risk))
      report.at(
        ["riskWhen", i, "risk"],
        `does not raise the risk ${fix.risk}`,
        "name a higher one, or leave it out",
      );
}

/**
 * Whether a cause can be proven at all: that takes evidence of two independent sources (checks of one source
 * are one piece of evidence).
 */
export function canBeProven(cause: CauseRule, playbook: Pick<Playbook, "checks">): boolean {
  const sources = new Map(playbook.checks.map((check) => [check.id, check.source]));
  return new Set(cause.evidence.map(({ check }) => sources.get(check) ?? check)).size >= 2;
}
