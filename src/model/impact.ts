import type { Impact } from "../domain/diagnosis.ts";
import type { LogView } from "./log-view.ts";
import { RECENT_S } from "./symptoms.ts";

const MINUTE_MS = 60_000;
/** What one bar of the course may stand for, and how many there are at most. */
const BARS_MS = [1, 5, 15, 60, 360, 1440].map((minutes) => minutes * MINUTE_MS);
const MOST_BARS = 12;

interface VhostSeen {
  readonly name: string;
  readonly facts: {
    readonly failing?: boolean | undefined;
    readonly sharePct?: number | undefined;
    readonly served?: number | undefined;
  };
}

/** How much fails and since when, as the logs that were read tell it; undefined where they tell nothing. */
export function impactOf(vhosts: readonly VhostSeen[], log: LogView, nowS: number): Impact | undefined {
  const requests = worstShare(vhosts);
  const at = log.lines
    .filter((l) => l.effect === "502" && l.at <= nowS + 60)
    .map((l) => Math.round(l.at * 1000));
  const [firstAt] = at;
  const lastAt = at.at(-1);
  if (firstAt === undefined || lastAt === undefined) return requests === undefined ? undefined : { requests };
  const course = courseOf(at, firstAt, nowS * 1000);
  return {
    ...(requests === undefined ? {} : { requests }),
    log: { firstAt, lastAt, count: at.length, ...(course === undefined ? {} : { course }) },
  };
}

/** Of the vhosts that fail now the one of which the most is lost. */
function worstShare(vhosts: readonly VhostSeen[]): Impact["requests"] {
  const [worst] = vhosts
    .flatMap(({ name, facts: { failing, sharePct, served } }) =>
      failing === true && sharePct !== undefined && sharePct > 0 && served !== undefined
        ? [{ vhost: name, sharePct, served, minutes: RECENT_S / 60 }]
        : [],
    )
    .toSorted((a, b) => b.sharePct - a.sharePct);
  return worst;
}

/** Bars that end now; undefined: too little happened to draw. */
function courseOf(
  at: readonly number[],
  firstAt: number,
  nowMs: number,
): { readonly barMs: number; readonly counts: number[] } | undefined {
  const span = nowMs - firstAt;
  if (at.length < 3 || span < 2 * MINUTE_MS) return undefined;
  const barMs = BARS_MS.find((ms) => span / ms <= MOST_BARS) ?? Math.ceil(span / MOST_BARS);
  const counts = Array.from({ length: Math.max(1, Math.ceil(span / barMs)) }, () => 0);
  for (const moment of at) {
    const bar = counts.length - 1 - Math.floor(Math.max(0, nowMs - moment) / barMs);
    counts[Math.max(0, bar)] = (counts[Math.max(0, bar)] ?? 0) + 1;
  }
  return { barMs, counts };
}
