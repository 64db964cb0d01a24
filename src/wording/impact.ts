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

/** "502s every 5 minutes until now: ▁▁▃█ (0, 0, 12, 40)": the numbers say what the bars show. */
export function sayCourse({ log }: Impact): string | undefined {
  if (log?.course === undefined) return undefined;
  const { barMs, counts } = log.course;
  const most = Math.max(...counts);
  const bars = counts.map((n) => (n === 0 ? BARS[0] : BARS[Math.ceil((n / most) * 7)])).join("");
  const unit = barMs <= 60_000 ? "each minute" : `every ${ago(barMs)}`;
  return `502s in the log ${unit} until now: ${bars} (${counts.join(", ")})`;
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
