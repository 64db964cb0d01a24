import type { Grade } from "../domain/diagnosis.ts";
import type { CauseRule, Check, EvidenceRule, Playbook } from "../domain/playbook.ts";
import type { Evaluator, Scope } from "./evaluator.ts";

/** A cause rule that may hold for one scope, with what speaks for it. */
export interface Candidate {
  readonly rule: CauseRule;
  readonly grade: Grade;
  readonly evidence: readonly { readonly check: string; readonly excerpt: string }[];
  /** Facts that would settle it, as "unit.activeState"; empty when nothing is missing. */
  readonly missing: readonly string[];
}

/** A cause that nothing shows and nothing rules out: the facts that would tell were not seen. */
export interface Open {
  readonly rule: CauseRule;
  readonly missing: string;
}

/** A cause that may have been, and why it was not. */
export interface Excluded {
  readonly id: string;
  readonly because: string;
  readonly rule: CauseRule;
}

export interface Judgement {
  readonly held: readonly Candidate[];
  readonly open: readonly Open[];
  readonly ruledOut: readonly Excluded[];
}

/**
 * Judges one scope (a peer of a vhost, a vhost, the host) by every cause rule of that scope.
 * Three-valued: a rule whose condition is unknown is kept as unproven, never as proven and never as ruled out.
 */
export function judge(
  playbook: Playbook,
  kind: CauseRule["scope"],
  scope: Scope,
  evaluate: Evaluator,
): Judgement {
  const held: Candidate[] = [];
  const opened: Open[] = [];
  const ruledOut: Excluded[] = [];
  const checks = new Map(playbook.checks.map((c) => [c.id, c]));
  for (const rule of playbook.causes) {
    if (rule.scope !== kind) continue;
    const suspect = evaluate.bool(rule.suspect, scope);
    if (suspect.value === false) continue;
    const when = evaluate.bool(rule.when, scope);
    if (suspect.value === "unknown") {
      const refuted = (): boolean => rule.refutedBy.some((r) => evaluate.bool(r.when, scope).value === true);
      if (when.value !== false && !refuted())
        opened.push({ rule, missing: suspect.missing ?? when.missing ?? "" });
      continue;
    }
    if (when.value === false) {
      const because = evaluate.text(rule.otherwise, scope);
      // What speaks of facts that do not exist here (another kind of service) tells nobody anything.
      if (!/\bunknown\b/.test(because)) ruledOut.push({ id: rule.id, because, rule });
      continue;
    }
    const against = rule.refutedBy.map((r) => ({ rule: r, ...evaluate.bool(r.when, scope) }));
    const refuted = against.find((r) => r.value === true);
    if (refuted) {
      ruledOut.push({ id: rule.id, because: evaluate.text(refuted.rule.because, scope), rule });
      continue;
    }
    const open = against.filter((r) => r.value === "unknown").map((r) => r.missing ?? "");
    held.push(grade(rule, when, open, scope, evaluate, checks));
    if (when.value === "unknown") opened.push({ rule, missing: when.missing ?? "" });
  }
  return { held: held.toSorted(byGradeThenRank), open: opened, ruledOut };
}

function grade(
  rule: CauseRule,
  when: ReturnType<Evaluator["bool"]>,
  open: readonly string[],
  scope: Scope,
  evaluate: Evaluator,
  checks: ReadonlyMap<string, Check>,
): Candidate {
  const holding = rule.evidence.filter((e) => evaluate.bool(e.when, scope).value === true);
  const evidence = holding.map((e: EvidenceRule) => ({
    check: e.check,
    excerpt: evaluate.text(e.show, scope),
  }));
  const sources = new Set(holding.map((e) => checks.get(e.check)?.source ?? e.check));
  const extra =
    rule.provenWhen === undefined ? { value: true as const } : evaluate.bool(rule.provenWhen, scope);
  const missing = [when.missing, extra.missing, ...open].filter(
    (m): m is string => m !== undefined && m !== "",
  );
  return { rule, grade: cap(gradeOf(), rule.maxGrade), evidence, missing };

  function gradeOf(): Grade {
    if (when.value !== true || sources.size === 0) return "unproven";
    const unopposed = open.length === 0 && extra.value === true;
    return sources.size >= 2 && unopposed ? "proven" : "consistent";
  }
}

/** The same with a fact that is missing for "proven". */
export function atMostConsistent(candidate: Candidate, missing: string): Candidate {
  return {
    ...candidate,
    grade: cap(candidate.grade, "consistent"),
    missing: missing === "" ? candidate.missing : [...candidate.missing, missing],
  };
}

const ORDER: Readonly<Record<Grade, number>> = { proven: 0, consistent: 1, unproven: 2 };

function cap(grade: Grade, max: Grade): Grade {
  return ORDER[grade] < ORDER[max] ? max : grade;
}

/** Proven before consistent before unproven; among equals the rule's rank, then its id, so that ties never flicker. */
export function byGradeThenRank(a: Candidate, b: Candidate): number {
  const [left, right] = [a.rule.id, b.rule.id];
  return (
    ORDER[a.grade] - ORDER[b.grade] || b.rule.rank - a.rule.rank || (left < right ? -1 : Number(left > right))
  );
}
