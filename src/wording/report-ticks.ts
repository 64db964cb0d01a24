import { dayAndMinutes, zoneClock } from "../domain/zone-clock.ts";

const MINUTE = 60_000;
const DAY_MINUTES = 1440;
/** Minutes between the marks of a time axis; those of a day and more count days. */
const STEPS = [5, 10, 15, 30, 60, 120, 180, 240, 360, 720, 1440, 2880, 7 * 1440];
const MOST = 8;

/** A mark on a time axis. */
export interface Tick {
  /** Epoch milliseconds. */
  readonly at: number;
  /** "06:00"; at midnight the day: "Sat 28 Nov". */
  readonly label: string;
}

/** Marks at round times of the zone's clock, at most eight, between two moments. @param zone an IANA name */
export function ticksOf(since: number, until: number, zone: string): Tick[] {
  const step = STEPS.find((s) => (until - since) / (s * MINUTE) <= MOST) ?? 7 * 1440;
  // A zone's clock is never off the quarter hour; finer marks are looked for more finely.
  const unit = Math.min(step, 15) * MINUTE;
  const clock = zoneClock(zone);
  const found: Tick[] = [];
  for (let at = Math.ceil(since / unit) * unit; at <= until; at += unit) {
    const { day, minutes } = dayAndMinutes(clock.shows(at));
    const round =
      step < DAY_MINUTES ? minutes % step === 0 : minutes === 0 && day % (step / DAY_MINUTES) === 0;
    if (!round) continue;
    found.push({ at, label: minutes === 0 ? dayName(at, zone) : hour(minutes) });
  }
  return found;
}

/** "Sat 28 Nov 06:00" in a zone. */
export function sayMoment(at: number, zone: string): string {
  return `${dayName(at, zone)} ${hour(dayAndMinutes(zoneClock(zone).shows(at)).minutes)}`;
}

function dayName(at: number, zone: string): string {
  const format = { timeZone: zone, weekday: "short", day: "numeric", month: "short" } as const;
  return new Intl.DateTimeFormat("en-GB", format).format(at).replaceAll(",", "");
}

function hour(minutes: number): string {
  const two = (n: number): string => String(n).padStart(2, "0");
  return `${two(Math.floor(minutes / 60))}:${two(minutes % 60)}`;
}
