import type { HostLine } from "./report.ts";

/** Hosts with the same verdict and cause, told in one line. */
export interface Fold {
  readonly rank: Rank;
  /** A cause id, or the verdict where there is none. */
  readonly what: string;
  /** The cause's title, where it is the same on all of them. */
  readonly title?: string;
  readonly lines: readonly HostLine[];
  /** The earliest moment one of them began to fail, epoch milliseconds. */
  readonly since?: number;
  /** The bastion behind which all of them are unseen. */
  readonly via?: string;
}

/** Worst first. "unseen" stands before a warning: what cannot be seen may be failing. */
const RANKS = ["failing", "undetermined", "unseen", "warning", "healthy"] as const;
export type Rank = (typeof RANKS)[number];

/** "web-2" stands before "web-10". */
const COUNTED = new Intl.Collator("en", { numeric: true });

/** How bad a host is. */
export function rankOf(line: Pick<HostLine, "verdict" | "cause">): Rank {
  switch (line.verdict) {
    case "healthy":
      return "healthy";
    case "unreachable":
    case "failed":
      return "unseen";
    case "undetermined":
      return "undetermined";
    default:
      return line.cause?.severity === "critical" ? "failing" : "warning";
  }
}

/** Folds hosts of the same cause, worst first; within a rank the larger fold first. */
export function foldHosts(lines: readonly HostLine[]): Fold[] {
  const folds = new Map<string, HostLine[]>();
  for (const line of lines) {
    const key = `${rankOf(line)} ${whatOf(line)} ${line.unreachable?.via ?? ""}`;
    folds.set(key, [...(folds.get(key) ?? []), line]);
  }
  return [...folds.values()].map(foldOf).toSorted((a, b) => {
    const rank = RANKS.indexOf(a.rank) - RANKS.indexOf(b.rank);
    return rank || b.lines.length - a.lines.length || (a.what < b.what ? -1 : 1);
  });
}

function foldOf(lines: readonly HostLine[]): Fold {
  const [first] = lines;
  const titles = new Set(lines.map((l) => l.cause?.title));
  const [title] = titles;
  const begins = lines.flatMap((l) => (l.cause?.since === undefined ? [] : [l.cause.since]));
  return {
    rank: first === undefined ? "healthy" : rankOf(first),
    what: first === undefined ? "healthy" : whatOf(first),
    ...(titles.size > 1 || title === undefined ? {} : { title }),
    lines: lines.toSorted((a, b) => COUNTED.compare(a.host, b.host)),
    ...(begins.length === 0 ? {} : { since: Math.min(...begins) }),
    ...(first?.unreachable?.via === undefined ? {} : { via: first.unreachable.via }),
  };
}

function whatOf(line: HostLine): string {
  if (line.verdict === "cause-found" || line.verdict === "undetermined")
    return line.cause?.id ?? line.verdict;
  return line.unreachable?.code ?? line.verdict;
}

/**
 * The exit code of many hosts after the Nagios convention: the worst of them; an unknown host is worse than a
 * warning, as it may be failing.
 */
export function exitCodeOfHosts(lines: readonly HostLine[]): 0 | 1 | 2 | 3 {
  const ranks = new Set(lines.map(rankOf));
  if (ranks.has("failing")) return 2;
  if (ranks.has("undetermined") || ranks.has("unseen")) return 3;
  return ranks.has("warning") ? 1 : 0;
}
