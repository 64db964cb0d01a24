import { Cron } from "croner";
import { zoneClock } from "../domain/zone-clock.ts";

const DAY_MS = 86_400_000;
/** Minutes and hours that are written out are times of the clock; with a star they are a beat. */
const CLOCK = /^[\d,-]+ +[\d,-]+ /;

/**
 * The next due times of a cron expression in a zone, in epoch milliseconds. A time of the clock that a change to
 * daylight saving skips is due when the gap ends, one that comes twice the first time; a beat ("every 15 minutes") goes
 * on beating.
 * @param from due times are later than this, epoch milliseconds
 * @throws TypeError, RangeError when the expression or the zone is none
 */
export function nextTimes(cron: string, zone: string, from: number, count: number): number[] {
  if (!CLOCK.test(cron.trim())) return runsOf(cron, zone, from, count);
  // What the clock shall show is found on a clock that never changes; when it does is the zone's matter.
  const clock = zoneClock(zone);
  const found = new Set<number>();
  let shown = clock.shows(from) - DAY_MS;
  while (found.size < count) {
    const batch = runsOf(cron, "UTC", shown, count + 2);
    for (const time of batch) {
      const at = clock.when(time);
      if (at > from && found.size < count) found.add(at);
    }
    const last = batch.at(-1);
    if (last === undefined || batch.length < count + 2) break;
    shown = last;
  }
  return [...found];
}

function runsOf(cron: string, zone: string, from: number, count: number): number[] {
  return new Cron(cron, { timezone: zone, paused: true, mode: "5-part" })
    .nextRuns(count, new Date(from))
    .map((d) => d.getTime());
}

/** Why an expression or a zone cannot be used; undefined when both can. */
export function whenRefused(cron: string, zone: string, now: number): string | undefined {
  try {
    const [next, after] = nextTimes(cron, zone, now, 2);
    if (next === undefined) return `"${cron}" is never due again`;
    if (after !== undefined && after - next < 5 * 60_000)
      return `"${cron}" is due more often than every five minutes; to look at hosts so often, set watch: in 502.yml`;
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/**
 * The due times in (after, until], at most the last one and how many there were: what was missed while nobody ran
 * is made up once.
 */
export function lastDue(
  cron: string,
  zone: string,
  after: number,
  until: number,
): { dueAt: number; missed: number } | undefined {
  let dueAt: number | undefined;
  let missed = 0;
  let from = after;
  // A minute's cron over a long outage: the count stops, the last due time is still found.
  while (missed < 10_000) {
    const batch = nextTimes(cron, zone, from, 100).filter((t) => t <= until);
    const last = batch.at(-1);
    if (last === undefined) break;
    dueAt = last;
    missed += batch.length;
    from = last;
  }
  return dueAt === undefined ? undefined : { dueAt, missed };
}
