import type { BlindSpot } from "../domain/diagnosis.ts";
import type { Playbook } from "../domain/playbook.ts";
import type { Target, VhostView } from "../model/host-model.ts";
import type { Placed } from "./fold.ts";
import type { Judgement } from "./judge.ts";

/** Where rules were judged, and what came of it. */
export interface Judged {
  readonly place: Target | VhostView | undefined;
  readonly vhost?: string;
  readonly target: string | null;
  readonly judgement: Judgement;
}

/**
 * Why a host that shows no failure may not be called healthy: something speaks for a cause that could not be told, or
 * what the playbook is there to look at was not seen. A playbook about a status is content when nobody gets it; a
 * general one ("what fills the disk?") must have looked for its own causes.
 */
export function doubts(
  placed: readonly Placed[],
  judged: readonly Judged[],
  playbook: Playbook,
): BlindSpot[] {
  const told = placed
    .filter((p) => p.candidate.grade === "unproven" && p.candidate.rule.severity !== "info")
    .map((p) => spot(p.candidate.rule.id, p.candidate.missing[0] ?? ""));
  if (playbook.about !== undefined) return told;
  const own = playbook.own ?? playbook.causes.map((cause) => cause.id);
  const open = judged
    .filter((j) => !isWell(j.place))
    .flatMap((j) => j.judgement.open)
    .filter((o) => o.rule.severity !== "info" && own.includes(o.rule.id))
    .map((o) => spot(o.rule.id, o.missing));
  return [...told, ...open];
}

function isWell(place: Judged["place"]): boolean {
  return place !== undefined && "scope" in place && place.scope.symptom?.failing === false;
}

function spot(id: string, missing: string): BlindSpot {
  return { check: id, because: `${id} could not be ruled out: ${missing || "a fact"} is not known` };
}
