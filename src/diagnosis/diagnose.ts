import { type Cause, type Diagnosis, NEXT_TIME, type RuledOut, type Severity } from "../domain/diagnosis.ts";
import type { BoundFix } from "../domain/fix.ts";
import type { Playbook } from "../domain/playbook.ts";
import type { HostModel, Target } from "../model/host-model.ts";
import { blindSpots } from "./blind-spots.ts";
import { evidenceOf, groundsOf } from "./evidence.ts";
import type { Evaluator, Scope } from "./evaluator.ts";
import { type FixContext, offerFixes } from "./fixes.ts";
import { fold, type Placed } from "./fold.ts";
import { doubts, type Judged } from "./doubts.ts";
import { atMostConsistent, byGradeThenRank, type Candidate, judge, type Judgement } from "./judge.ts";
import { causeOn, type RanOn } from "./ran-on.ts";

export type Verdict = Pick<
  Diagnosis,
  | "verdict"
  | "grounds"
  | "causes"
  | "fixes"
  | "ruledOut"
  | "blindSpots"
  | "unrelated"
  | "timeline"
  | "traffic"
  | "impact"
> & {
  readonly bound: readonly BoundFix[];
};

/**
 * The verdict on one host: every peer of every vhost, every vhost and the host judged by the playbook's rules.
 * Pure: the same model and playbook give the same verdict.
 */
export function diagnose(
  model: HostModel,
  playbook: Playbook,
  evaluate: Evaluator,
  results: readonly RanOn[],
  fixContext: FixContext,
): Verdict {
  const base = { host: model.host, nginx: model.nginx };
  const judged: Judged[] = [
    ...model.targets
      .filter((t) => !t.idle)
      .map((t) => ({
        place: t,
        vhost: t.vhost,
        target: t.target,
        judgement: ofPeer(t, judge(playbook, "peer", t.scope as Scope, evaluate)),
      })),
    ...model.vhosts.map((v) => ({
      place: v,
      vhost: v.name,
      target: null,
      judgement: judge(playbook, "vhost", { ...base, vhost: v.facts }, evaluate),
    })),
    { place: undefined, target: null, judgement: judge(playbook, "host", base, evaluate) },
  ];
  const folded = fold(judged);
  const placed = settle(folded, model);
  const bound: BoundFix[] = [];
  const causes: Cause[] = placed.map((p) => {
    const scope = scopeOf(p, base);
    const evidence = evidenceOf(p, scope, playbook, results, model);
    const host = causeOn(p, scope, evidence);
    const fixes = wanted(p) ? offerFixes(p, scope, playbook, evaluate, fixContext, bound) : [];
    return {
      id: p.candidate.rule.id,
      grade: p.candidate.grade,
      title: evaluate.text(p.candidate.rule.title, scope),
      severity: severityOf(p),
      vhosts: [...p.vhosts],
      target: p.target,
      ...(host === undefined ? {} : { host }),
      ...statusOf(p),
      evidence,
      ruledOut: unique(
        p.ruledOut.filter((r) => !placed.some((q) => q.candidate.rule.id === r.id && q.target === p.target)),
      ),
      fixes,
      consequences: [...p.consequences],
      advice: [...adviceOf(p, scope, evaluate), ...logAdvice(p, model)].slice(0, MAX_ADVICE),
    };
  });
  if (failsWith502(model) && !causes.some((c) => c.severity === "critical")) {
    const [first] = causes;
    if (first && first.grade !== "unproven") causes[0] = { ...first, severity: "critical" };
  }
  const doubtful = placed.length > 0 ? [] : doubts(folded, judged, playbook);
  const spots = [...blindSpots(playbook, results, model, placed), ...doubtful];
  const verdict = verdictOf(causes, model, doubtful.length > 0);
  const ruledOut = unique(judged.flatMap((j) => j.judgement.ruledOut)).filter(
    (r) => !causes.some((c) => c.id === r.id),
  );
  return {
    verdict,
    ...(verdict === "cause-found" ? {} : { grounds: groundsOf(model, results, playbook, ruledOut) }),
    causes,
    fixes: bound.map((b) => b.fix),
    bound,
    ruledOut,
    blindSpots: spots,
    unrelated: [...model.unrelated],
    timeline: [...model.timeline],
    ...(model.traffic.length === 0 ? {} : { traffic: [...model.traffic] }),
    ...(model.impact === undefined ? {} : { impact: model.impact }),
  };
}

/** Where it was not seen whether anything fails there or anybody asks for it, nothing is proven to be anybody's trouble. */
function ofPeer(target: Target, judgement: Judgement): Judgement {
  if (target.idle !== undefined) return judgement;
  const held = judgement.held.map((c): Candidate =>
    c.grade === "proven" ? atMostConsistent(c, "symptom.failing") : c,
  );
  return { ...judgement, held: held.toSorted(byGradeThenRank) };
}

/** Nobody changes a host for a site that was retired: its service does not start at boot, and nobody asked lately. */
function retired(target: Target): boolean {
  return target.scope.symptom?.asked === false && target.scope.unit?.enabled === false;
}

function wanted(p: Placed): boolean {
  return !(p.place && "scope" in p.place && retired(p.place));
}

/** A verdict ends with so many lines of prevention at most. */
const MAX_ADVICE = 3;

/** The rule's lines of prevention that fit what was found: a line that names a fact nobody knows is left out. */
function adviceOf(p: Placed, scope: Scope, evaluate: Evaluator): string[] {
  const fitting = p.candidate.rule.advice.filter((line) => evaluate.complete(line, scope));
  return fitting.slice(0, MAX_ADVICE).map((line) => evaluate.text(line, scope));
}

/** The log that would have said which peer failed and how: offered where the present one does not. */
function logAdvice(p: Placed, model: HostModel): string[] {
  if (p.target === null) return [];
  const log = model.bareLogs.find((l) => l.vhosts.some((v) => p.vhosts.includes(v)));
  if (log === undefined) return [];
  return [
    `${NEXT_TIME}${log.path} does not say which peer failed. In http {}: log_format peers '$remote_addr - $remote_user [$time_local] "$request" $status $body_bytes_sent "$http_referer" "$http_user_agent" host=$host upstream=$upstream_addr status=$upstream_status time=$upstream_response_time'; and at the vhost: access_log ${log.path} peers;`,
  ];
}

/** A 502 now is critical, whatever the cause alone would be. */
function failsWith502(model: HostModel): boolean {
  const unwanted = (vhost: string): boolean => model.targets.some((t) => t.vhost === vhost && retired(t));
  return model.vhosts.some((v) => v.facts.failing === true && v.facts.status === 502 && !unwanted(v.name));
}

/** Where something fails and a cause is settled for it, mere hypotheses about the same place are dropped. */
function settle(placed: readonly Placed[], model: HostModel): Placed[] {
  const settled = placed.filter((p) => p.candidate.grade !== "unproven");
  const explained = (p: Placed): boolean =>
    settled.some(
      (s) =>
        s.candidate.rule.scope === "host" ||
        s.target === p.target ||
        s.vhosts.some((v) => p.vhosts.includes(v)),
    );
  const hypotheses = placed.filter((p) => p.candidate.grade === "unproven" && !explained(p));
  const failing =
    model.targets.some((t) => t.scope.symptom?.failing === true) ||
    model.vhosts.some((v) => v.facts.failing === true);
  return [...settled, ...(failing || settled.length > 0 ? hypotheses.slice(0, 4) : [])];
}

function scopeOf(p: Placed, base: Scope): Scope {
  if (p.place && "scope" in p.place) return p.place.scope;
  if (p.place) return { ...base, vhost: p.place.facts };
  return base;
}

/** Critical means a 502 now: a neighbour such as 504, or a peer that does not fail for the users, is a warning. */
function severityOf(p: Placed): Severity {
  const severity = p.candidate.rule.severity;
  if (severity !== "critical" || !p.place || !("scope" in p.place)) return severity;
  const symptom = p.place.scope.symptom;
  const status = symptom?.status ?? 502;
  return symptom?.failing === false || !wanted(p) || (status !== 502 && status !== 0) ? "warning" : severity;
}

function statusOf(p: Placed): { status?: number } {
  const status = p.place && "scope" in p.place ? p.place.scope.symptom?.status : p.place?.facts.status;
  return status === undefined || status === 0 ? {} : { status };
}

function unique(list: readonly RuledOut[]): RuledOut[] {
  const seen = new Map<string, RuledOut>();
  for (const { id, because } of list) if (!seen.has(id)) seen.set(id, { id, because });
  return [...seen.values()];
}

/** "undetermined" when something fails and nothing is settled, or when too little was seen to call it healthy. */
function verdictOf(causes: readonly Cause[], model: HostModel, doubtful: boolean): Diagnosis["verdict"] {
  const first = causes[0];
  if (first && first.grade !== "unproven") return "cause-found";
  const failing =
    model.targets.some((t) => t.scope.symptom?.failing === true) ||
    model.vhosts.some((v) => v.facts.failing === true);
  if (failing || causes.length > 0 || doubtful || !model.lookedEnough) return "undetermined";
  return "healthy";
}
