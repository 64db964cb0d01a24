import type { Diagnosis } from "../domain/diagnosis.ts";

/**
 * The one sentence an engineer would say about a host.
 * @param failing what fails, for a verdict without a cause
 * @param first the rule's own headline of the first cause, filled in
 */
export function headline(
  d: Diagnosis,
  first: string | undefined,
  failing: Failing = { vhosts: [], status: undefined },
): string {
  const [cause, ...more] = d.causes;
  switch (d.verdict) {
    case "unreachable":
      return d.headline;
    case "healthy":
      return healthy(d);
    case "undetermined":
      return undetermined(d, failing);
    case "cause-found":
  }
  if (!cause) return `${d.host}: a cause was found`;
  const where = cause.vhosts.length === 0 ? "" : `${listed(cause.vhosts)}: `;
  const others = more.filter((c) => c.grade !== "unproven").length;
  const also = others === 0 ? "" : ` (and ${others} more ${others === 1 ? "problem" : "problems"})`;
  const hedge = cause.grade === "proven" ? "" : "probably ";
  const on = cause.host === undefined ? "" : `on ${cause.host}, `;
  return `${where}${on}${hedge}${first ?? cause.title}${also}.`;
}

function healthy(d: Diagnosis): string {
  const last = d.timeline.findLast((t) => t.what.includes("502"));
  const age = last ? ` The last 502 in the log came ${ago(d.startedAt - last.at)} before this look.` : "";
  return `${d.host} serves all its vhosts: no 502 now.${age}`;
}

/** The vhosts that fail now, as far as was seen. */
export interface Failing {
  readonly vhosts: readonly string[];
  readonly status: number | undefined;
}

function undetermined(d: Diagnosis, failing: Failing): string {
  const [cause] = d.causes;
  if (cause) {
    const status = cause.status === undefined ? "" : ` with ${cause.status}`;
    const fails = cause.vhosts.length > 1 ? "fail" : "fails";
    return `${listed(cause.vhosts) || d.host} ${fails}${status}, and the cause cannot be told from what was seen. Possible: ${possible(d)}.`;
  }
  if (failing.vhosts.length > 0) {
    const several = failing.vhosts.length > 1;
    const answer =
      failing.status === undefined || failing.status === 0
        ? `${several ? "do" : "does"} not answer`
        : `${several ? "answer" : "answers"} ${failing.status}`;
    return `${listed(failing.vhosts)} ${answer}, and nothing that was seen explains it.`;
  }
  const [spot] = d.blindSpots;
  return `${d.host}: no verdict, ${spot?.because ?? "too little could be seen"}.`;
}

function possible(d: Diagnosis): string {
  const titles = [...new Set(d.causes.map((c) => c.title))];
  const left = titles.length - 3;
  return `${titles.slice(0, 3).join("; ")}${left > 0 ? `; and ${left} more` : ""}`;
}

/** "a, b and 3 more" */
export function listed(names: readonly string[]): string {
  const shown = names.slice(0, 3).join(", ");
  return names.length > 3 ? `${shown} and ${names.length - 3} more` : shown;
}

/** A duration in the largest fitting unit: "11 hours". */
export function ago(ms: number): string {
  const s = Math.max(0, Math.round(ms / 1000));
  const [n, unit] =
    s < 120
      ? [s, "second"]
      : s < 7200
        ? [Math.round(s / 60), "minute"]
        : s < 172_800
          ? [Math.round(s / 3600), "hour"]
          : [Math.round(s / 86_400), "day"];
  return `${n} ${unit}${n === 1 ? "" : "s"}`;
}
