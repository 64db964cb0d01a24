import type { Cause, Evidence, RuledOut } from "../domain/diagnosis.ts";
import type { Playbook } from "../domain/playbook.ts";
import { baseOf } from "../model/facts.ts";
import type { HostModel } from "../model/host-model.ts";
import type { Scope } from "./evaluator.ts";
import type { Placed } from "./fold.ts";
import { evidenceFrom, machineOfCause, type RanOn } from "./ran-on.ts";

interface Said {
  readonly check: string;
  readonly excerpt: string;
  /** The check is meant as it stands: it is no rule's word for whichever result tells. */
  readonly exact?: boolean;
}

/**
 * What a cause rests on: what shows it, then, as grounds, how its place was found and what shows that nothing else is
 * behind it. Each look once.
 */
export function evidenceOf(
  p: Placed,
  scope: Scope,
  playbook: Playbook,
  results: readonly RanOn[],
  model: HostModel,
): Cause["evidence"] {
  const own = model.host.name;
  const evidence = p.candidate.evidence.map((e) => cite(e, p, scope, playbook, results, own));
  const seen = new Set(evidence.map((e) => e.check));
  // A place names the very result it was read from.
  const found = (p.place?.grounds ?? model.grounds).map((g) => ({ ...g, exact: true }));
  const grounds = [...found, ...otherwise(p, playbook)]
    .filter((g) => results.some((r) => answered(r) && isOf(r, g.check)))
    .map((g) => ({ ...cite(g, p, scope, playbook, results, own), ground: true }))
    .filter((e) => !seen.has(e.check) && seen.add(e.check));
  return [...evidence, ...grounds];
}

/**
 * What a verdict that names no cause rests on: each look at the places that were judged, and what would have shown a
 * cause that was suspected there, once.
 */
export function groundsOf(
  model: HostModel,
  results: readonly RanOn[],
  playbook: Playbook,
  ruledOut: readonly RuledOut[],
): Evidence[] {
  const said = [
    { grounds: model.grounds, cites: new Map<string, string>() },
    ...model.vhosts,
    ...model.targets,
  ].flatMap(({ grounds, cites }) => [
    ...grounds,
    // The newest line's log, the request that was answered: where several were read, the telling ones.
    ...[...cites].map(([check, id]) => ({ check: id, excerpt: `${check} of a place that was judged` })),
  ]);
  const seen = new Set<string>();
  return [...said, ...suspected(playbook, ruledOut), ...sought(playbook)].flatMap(({ check, excerpt }) => {
    const result = results.find((r) => r.host === undefined && answered(r) && isOf(r, check));
    if (result === undefined || seen.has(result.id)) return [];
    seen.add(result.id);
    return [{ check: result.id, command: result.argv.join(" "), excerpt: excerpt.slice(0, 400) }];
  });
}

/** What speaks for none of the causes that were ruled out. */
function suspected(playbook: Playbook, ruledOut: readonly RuledOut[]): Said[] {
  const because = reasons(ruledOut);
  return against(
    playbook.causes.filter((rule) => because.has(rule.id)),
    because,
  );
}

/** A general playbook must have looked for each of its own causes, which is what its "healthy" says. */
function sought(playbook: Playbook): Said[] {
  if (playbook.about !== undefined) return [];
  return against(
    playbook.causes.filter((rule) => playbook.own?.includes(rule.id) ?? true),
    new Map(),
  );
}

function answered(r: RanOn): boolean {
  return ["exited", "cut", "missing"].includes(r.end);
}

function isOf(r: RanOn, check: string): boolean {
  return r.id === check || baseOf(r.id) === check;
}

/** What would have shown a cause behind this one, and did not: first what was suspected. */
function otherwise(p: Placed, playbook: Playbook): Said[] {
  const because = reasons(p.ruledOut);
  const behind = playbook.causes.filter((rule) => rule.explains.includes(p.candidate.rule.id));
  return against(
    behind.toSorted((a, b) => Number(because.has(b.id)) - Number(because.has(a.id))),
    because,
  );
}

const reasons = (ruledOut: readonly RuledOut[]): ReadonlyMap<string, string> =>
  new Map(ruledOut.map((r) => [r.id, r.because]));

/** Every look that would have shown one of these causes, and why it is none. */
function against(rules: Playbook["causes"], because: ReadonlyMap<string, string>): Said[] {
  return rules.flatMap((rule) => {
    const excerpt = `not ${rule.id}: ${because.get(rule.id) ?? "nothing speaks for it"}`;
    return rule.evidence.map((e) => ({ check: e.check, excerpt }));
  });
}

function cite(
  e: Said,
  p: Placed,
  scope: Scope,
  playbook: Playbook,
  results: readonly RanOn[],
  own: string | undefined,
): Cause["evidence"][number] {
  const wanted = e.exact === true ? e.check : p.place?.cites.get(e.check);
  const from = evidenceFrom(e.check, p, scope, playbook);
  const there = results.filter((r) => r.host === from);
  const result =
    there.find((r) => r.id === wanted) ??
    there.find((r) => r.id === e.check || r.id.startsWith(`${e.check}#`));
  const host = machineOfCause(p) === undefined ? undefined : (from ?? own);
  const argv = result?.argv ?? playbook.checks.find((c) => c.id === e.check)?.argv ?? [];
  return {
    check: result?.id ?? e.check,
    command: argv.join(" "),
    excerpt: e.excerpt.slice(0, 400),
    ...(host === undefined ? {} : { host }),
  };
}
