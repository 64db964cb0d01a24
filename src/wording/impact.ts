import type { Diagnosis, Impact, TimelineEntry } from "../domain/diagnosis.ts";
import { ago } from "./headline.ts";

/** "62 % of the 40 requests to shop.example.test in the last 5 minutes got 502." */
export function sayShare({ requests }: Impact): string | undefined {
  if (requests === undefined) return undefined;
  const { vhost, sharePct, served, minutes } = requests;
  const of = served === 1 ? "the one request" : `the ${served} requests`;
  return `${sharePct} % of ${of} to ${vhost} in the last ${minutes} minutes got 502.`;
}

const BARS = "▁▂▃▄▅▆▇█";

/** The 502s over time: what a bar stands for, a bar for each span, and the same as numbers for whoever hears it. */
export interface Course {
  readonly says: string;
  readonly bars: string;
  readonly counts: string;
}

/** Bars that stand apart are told apart, also small; they never part at the end of a line. */
const APART = "\u00a0";

export function courseOf({ log }: Impact): Course | undefined {
  if (log?.course === undefined) return undefined;
  const { barMs, counts } = log.course;
  const most = Math.max(...counts);
  const unit = barMs <= 60_000 ? "each minute" : `every ${ago(barMs)}`;
  return {
    says: `502s in the log ${unit} until now:`,
    bars: counts.map((n) => (n === 0 ? BARS[0] : BARS[Math.ceil((n / most) * 7)])).join(APART),
    counts: `(${counts.join(", ")})`,
  };
}

/** "502s in the log every 5 minutes until now: ▁ ▁ ▃ █ (0, 0, 12, 40)" */
export function sayCourse(impact: Impact): string | undefined {
  const course = courseOf(impact);
  return course === undefined ? undefined : `${course.says} ${course.bars} ${course.counts}`;
}

/** What was changed last before it began to fail, else the last change at all; failures are none. */
export function lastChange({
  timeline,
  impact,
}: Pick<Diagnosis, "timeline" | "impact">): TimelineEntry | undefined {
  const changes = timeline.filter((t) => !/\b502 in the log\b/.test(t.what));
  const began = impact?.log?.firstAt;
  return (began === undefined ? undefined : changes.findLast((t) => t.at <= began)) ?? changes.at(-1);
}
