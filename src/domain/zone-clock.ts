const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/**
 * How far a zone's clock is ahead of UTC at a moment, in milliseconds.
 * @throws RangeError when there is no such zone
 */
function offsets(zone: string): (at: number) => number {
  const format = new Intl.DateTimeFormat("en-u-hc-h23", {
    timeZone: zone,
    year: "numeric",
    month: "numeric",
    day: "numeric",
    hour: "numeric",
    minute: "numeric",
  });
  return (at) => {
    const parts = Object.fromEntries(format.formatToParts(at).map((p) => [p.type, Number(p.value)]));
    const { year = 0, month = 1, day = 1, hour = 0, minute = 0 } = parts;
    return Date.UTC(year, month - 1, day, hour, minute) - Math.floor(at / MINUTE) * MINUTE;
  };
}

/** Turns moments into what a zone's clock shows, and back; what it shows is written as if it were UTC. */
export interface ZoneClock {
  shows(at: number): number;
  /** The first moment at which the clock shows this or later: the end of a gap where it never shows it. */
  when(shown: number): number;
}

/** @param zone IANA name @throws RangeError when there is no such zone */
export function zoneClock(zone: string): ZoneClock {
  const offset = offsets(zone);
  return {
    shows: (at) => at + offset(at),
    when: (shown) => {
      // No clock is further than 14 hours from UTC, and none changes twice within so short a time.
      let [before, after] = [shown - 15 * HOUR, shown + 15 * HOUR];
      const [old, now] = [offset(before), offset(after)];
      if (old === now) return shown - old;
      while (after - before > MINUTE) {
        const middle = Math.floor((before + after) / 2 / MINUTE) * MINUTE;
        if (offset(middle) === old) before = middle;
        else after = middle;
      }
      return shown - old < after ? shown - old : Math.max(after, shown - now);
    },
  };
}

/** The day a clock's moment is in, counted from 1970, and its minutes since midnight. */
export function dayAndMinutes(shown: number): { readonly day: number; readonly minutes: number } {
  const day = Math.floor(shown / DAY);
  return { day, minutes: Math.floor((shown - day * DAY) / MINUTE) };
}
