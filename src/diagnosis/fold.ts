import type { Target, VhostView } from "../model/host-model.ts";
import type { CauseRule } from "../domain/playbook.ts";
import {
  atMostConsistent,
  byGradeThenRank,
  type Candidate,
  type Excluded,
  type Judgement,
  type Open,
} from "./judge.ts";

/** A candidate with where it holds; several vhosts of one peer are one. */
export interface Placed {
  readonly candidate: Candidate;
  readonly vhosts: readonly string[];
  readonly target: string | null;
  /** The first scope it was judged in; undefined for the host. */
  readonly place: Target | VhostView | undefined;
  readonly consequences: readonly string[];
  readonly ruledOut: readonly Excluded[];
}

/**
 * Joins the judgements of all scopes into one ranked list: the same cause at the same peer once, with all its
 * vhosts; what follows from another cause folded under it, so that a consequence never outranks its cause.
 */
export function fold(
  judged: readonly {
    readonly place: Target | VhostView | undefined;
    readonly vhost?: string;
    readonly target: string | null;
    readonly judgement: Judgement;
  }[],
): Placed[] {
  const placed = new Map<string, Placed>();
  for (const { place, vhost, target, judgement } of judged) {
    for (const candidate of judgement.held) {
      const key = `${candidate.rule.id} ${target ?? (candidate.rule.scope === "host" ? "" : (vhost ?? ""))}`;
      const before = placed.get(key);
      const vhosts = [...new Set([...(before?.vhosts ?? []), ...(vhost === undefined ? [] : [vhost])])];
      const best = before && byGradeThenRank(before.candidate, candidate) <= 0 ? before : undefined;
      placed.set(key, {
        candidate: best?.candidate ?? candidate,
        place: best ? best.place : place,
        target,
        vhosts,
        consequences: [],
        ruledOut: best?.ruledOut ?? judgement.ruledOut,
      });
    }
  }
  const open = judged.flatMap(({ vhost, target, judgement }) =>
    judgement.open.map((o): Where & Open => ({ ...o, target, vhosts: vhost === undefined ? [] : [vhost] })),
  );
  return foldConsequences([...placed.values()].map((p) => yielding(p, open))).toSorted(
    (a, b) =>
      failingFirst(a, b) ||
      byGradeThenRank(a.candidate, b.candidate) ||
      compare(a.target ?? "", b.target ?? ""),
  );
}

/** A rule with the place where it is judged. */
interface Where {
  readonly rule: CauseRule;
  readonly target: string | null;
  readonly vhosts: readonly string[];
}

function whereOf({ candidate, target, vhosts }: Placed): Where {
  return { rule: candidate.rule, target, vhosts };
}

/** True when one place's cause may be behind what another place shows: the host's, or one of the same peer or vhost. */
function related(parent: Where, child: Where, proven: boolean): boolean {
  if (parent.rule.scope === "host") return true;
  // Two servers of a group fail each for a cause of its own, unless it is one port under two addresses.
  const apart = parent.target !== null && child.target !== null && port(parent.target) !== port(child.target);
  if (apart && proven) return false;
  if (parent.vhosts.some((v) => child.vhosts.includes(v))) return true;
  // Two vhosts' own causes have no peer, either: that alone relates them to nothing but the host's.
  return parent.target === child.target && (parent.target !== null || child.rule.scope === "host");
}

/**
 * Nothing is proven while a cause that would explain it may hold: whoever could not look for that one would name its
 * consequence instead.
 */
function yielding(child: Placed, open: readonly (Where & Open)[]): Placed {
  const { candidate } = child;
  if (candidate.grade !== "proven") return child;
  const behind = open.find(
    (o) => o.rule.explains.includes(candidate.rule.id) && related(o, whereOf(child), true),
  );
  if (!behind) return child;
  return { ...child, candidate: atMostConsistent(candidate, behind.missing) };
}

function port(target: string): string {
  return target.startsWith("unix:") ? target : target.slice(target.lastIndexOf(":"));
}

/** A cause that explains another on the same peer or vhost takes it in, unless the other is the better graded. */
function foldConsequences(all: readonly Placed[]): Placed[] {
  const gone = new Set<Placed>();
  const taken = new Map<Placed, string[]>();
  for (const parent of all) {
    if (parent.candidate.grade === "unproven") continue;
    for (const child of all) {
      if (child === parent || gone.has(parent)) continue;
      if (!parent.candidate.rule.explains.includes(child.candidate.rule.id)) continue;
      if (!related(whereOf(parent), whereOf(child), child.candidate.grade === "proven")) continue;
      gone.add(child);
      taken.set(parent, [...(taken.get(parent) ?? []), child.candidate.rule.id]);
    }
  }
  return all
    .filter((p) => !gone.has(p))
    .map((p) => ({ ...p, consequences: [...new Set(taken.get(p) ?? [])] }));
}

const SEVERITY = { critical: 0, warning: 1, info: 2 } as const;

/** What fails now comes before what is only a risk. */
function failingFirst(a: Placed, b: Placed): number {
  const settled = (p: Placed): number => (p.candidate.grade === "unproven" ? 1 : 0);
  return settled(a) - settled(b) || SEVERITY[a.candidate.rule.severity] - SEVERITY[b.candidate.rule.severity];
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
