import type { CauseRule, Check, FixRule, Playbook } from "../../src/domain/playbook.ts";
import type { Evaluator, Scope, Truth } from "../../src/diagnosis/evaluator.ts";

const ORIGIN = { file: "rules.yml", line: 1 };

/** Rules whose expressions are names of flags: "a" is `scope.a`; absent is unknown. "true" and "false" are themselves. */
export const flags: Evaluator = {
  bool: (expression, scope): Truth => {
    if (expression === "true" || expression === "false") return { value: expression === "true" };
    const value = scope[expression];
    return typeof value === "boolean" ? { value } : { value: "unknown", missing: expression };
  },
  text: (template, scope: Scope) =>
    template.replaceAll(/\$\{(\w+)\}/g, (_, name: string) =>
      scope[name] === undefined ? "unknown" : JSON.stringify(scope[name]),
    ),
  complete: (template, scope) =>
    [...template.matchAll(/\$\{(\w+)\}/g)].every((m) => scope[m[1] ?? ""] !== undefined),
};

export function check(id: string, source = id): Check {
  return {
    id,
    wave: 1,
    argv: ["look", id],
    parser: "text",
    sudo: "never",
    max: 1,
    timeoutMs: 1000,
    maxBytes: 1000,
    background: false,
    late: false,
    onPeer: false,
    tells: `what ${id} shows`,
    source,
    origin: ORIGIN,
  };
}

export function cause(id: string, over: Partial<CauseRule> = {}): CauseRule {
  return {
    id,
    title: id,
    scope: "peer",
    severity: "critical",
    on: "service",
    suspect: "true",
    when: "true",
    otherwise: `${id} does not fit`,
    evidence: [
      { check: "one", when: "true", show: "one shows it" },
      { check: "two", when: "true", show: "two shows it" },
    ],
    refutedBy: [],
    maxGrade: "proven",
    rank: 50,
    explains: [],
    fixes: [],
    advice: [],
    headline: id,
    origin: ORIGIN,
    ...over,
  };
}

export function playbook(causes: readonly CauseRule[], fixes: readonly FixRule[] = []): Playbook {
  const checks = [check("one"), check("two"), check("one-again", "one")];
  return { name: "rules", title: "rules", checks, causes, fixes, revision: "0".repeat(12) };
}
