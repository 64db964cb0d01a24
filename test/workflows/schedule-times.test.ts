import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { readWhen } from "../../src/domain/schedule-words.ts";
import { lastDue, nextTimes, whenRefused } from "../../src/workflows/schedule-times.ts";

const DAY = 86_400_000;

/** A moment's clock in a zone, by Intl alone: [date as days since 1970, minutes of the day]. */
function local(at: number, format: Intl.DateTimeFormat): [number, number] {
  const parts = Object.fromEntries(format.formatToParts(at).map((p) => [p.type, Number(p.value)]));
  const { year = 0, month = 0, day = 0, hour = 0, minute = 0 } = parts;
  return [Date.UTC(year, month - 1, day) / DAY, hour * 60 + minute];
}

/** Written from the rules, without cron: looks at every quarter hour of the days around and asks which is meant. */
function independent(
  days: (date: Date) => boolean,
  minutes: number,
  zone: string,
  from: number,
  count: number,
): number[] {
  const format = new Intl.DateTimeFormat("en-u-hc-h23", {
    timeZone: zone,
    year: "numeric",
    month: "numeric",
    day: "numeric",
    hour: "numeric",
    minute: "numeric",
  });
  const found: number[] = [];
  for (let date = Math.floor(from / DAY) - 2; found.length < count; date += 1) {
    if (!days(new Date(date * DAY))) continue;
    // The local date lies within 15 hours of the same UTC date on either side.
    let due: number | undefined;
    for (let at = date * DAY - 15 * 3_600_000; at < (date + 1) * DAY + 15 * 3_600_000; at += 15 * 60_000) {
      const [d, m] = local(at, format);
      if (d !== date || m < minutes - (minutes % 15)) continue;
      const exact = at + (minutes % 15) * 60_000;
      // The first quarter hour at or after it: later than wanted only where the clock jumped over it.
      due = m === minutes - (minutes % 15) ? exact : at;
      break;
    }
    // A gap before midnight: the clock shows nothing at or after it on that day, and goes on with the next one.
    for (let at = date * DAY - 15 * 3_600_000; due === undefined; at += 15 * 60_000)
      if (local(at, format)[0] > date) due = at;
    if (due !== undefined && due > from) found.push(due);
  }
  return found;
}

const ZONES = [
  "UTC",
  "Europe/Berlin",
  "Europe/London",
  "America/New_York",
  "America/St_Johns",
  "America/Santiago",
  "Australia/Lord_Howe",
  "Australia/Sydney",
  "Asia/Kolkata",
  "Asia/Beirut",
  "Africa/Casablanca",
  "Pacific/Chatham",
  "Pacific/Auckland",
  "America/Asuncion",
  "Asia/Tehran",
  "Antarctica/Troll",
  "America/Havana",
  "America/Nuuk",
];
const PATTERNS: readonly [string, (d: Date) => boolean][] = [
  ["daily", () => true],
  ["weekdays", (d) => d.getUTCDay() % 6 !== 0],
  ["weekends", (d) => d.getUTCDay() % 6 === 0],
  ["sundays", (d) => d.getUTCDay() === 0],
  ["mon,thu", (d) => [1, 4].includes(d.getUTCDay())],
  ["monthly", (d) => d.getUTCDate() === 1],
];

function cronOf(text: string): string {
  const read = readWhen(text);
  if (!read.ok) throw new Error(read.because);
  return read.when.cron;
}

/** The moments of 2026 at which a zone's clock is changed. */
function changesOf(format: Intl.DateTimeFormat): number[] {
  const found: number[] = [];
  const ahead = (at: number): number => {
    const [day, minutes] = local(at, format);
    return day * DAY + minutes * 60_000 - at;
  };
  for (let day = Date.UTC(2026, 0, 1); day < Date.UTC(2027, 0, 1); day += DAY) {
    if (ahead(day) === ahead(day + DAY)) continue;
    for (let at = day + 900_000; at <= day + DAY; at += 900_000)
      if (ahead(at) !== ahead(at - 900_000)) found.push(at);
  }
  return found;
}

describe("due times", () => {
  test("are those of an independent calendar, over zones, daylight saving and leap days", () => {
    const moment = fc
      .integer({ min: Date.UTC(2023, 0, 1) / 60_000, max: Date.UTC(2033, 0, 1) / 60_000 })
      .map((m) => m * 60_000);
    fc.assert(
      fc.property(
        fc.constantFrom(...ZONES),
        fc.constantFrom(...PATTERNS),
        fc.integer({ min: 0, max: 1439 }),
        moment,
        (zone, [words, days], minutes, from) => {
          const time = `${String(Math.floor(minutes / 60)).padStart(2, "0")}:${String(minutes % 60).padStart(2, "0")}`;
          expect(nextTimes(cronOf(`${words} ${time}`), zone, from, 3)).toEqual(
            independent(days, minutes, zone, from, 3),
          );
        },
      ),
      { numRuns: 150 },
    );
  });

  test("around each change of the clock are those of the independent calendar", () => {
    const hours = [0, 30, 60, 90, 120, 150, 165, 180];
    for (const zone of ZONES) {
      for (const month of [2, 3, 8, 9, 10]) {
        for (const minutes of hours) {
          const from = Date.UTC(2026, month, 1);
          const time = `${String(Math.floor(minutes / 60)).padStart(2, "0")}:${String(minutes % 60).padStart(2, "0")}`;
          const mine = nextTimes(cronOf(`sundays ${time}`), zone, from, 5);
          expect(mine, `${zone} ${time}`).toEqual(
            independent((d) => d.getUTCDay() === 0, minutes, zone, from, 5),
          );
        }
      }
    }
  });

  test("of any cron expression are those of the independent calendar, lists and ranges, days and months", () => {
    const some = (min: number, max: number, most: number) =>
      fc.uniqueArray(fc.integer({ min, max }), { minLength: 1, maxLength: most });
    const field = (min: number, max: number) => fc.option(some(min, max, 3), { nil: undefined });
    const moment = fc
      .integer({ min: Date.UTC(2024, 0, 1) / 900_000, max: Date.UTC(2032, 0, 1) / 900_000 })
      .map((m) => m * 900_000);
    fc.assert(
      fc.property(
        fc.constantFrom(...ZONES),
        fc.record({ minutes: some(0, 59, 2), hours: some(0, 23, 3) }),
        fc.record({ days: field(1, 31), months: field(1, 12), weekdays: field(0, 6) }),
        moment,
        (zone, { minutes, hours }, { days, months, weekdays }, from) => {
          const written = [minutes, hours, days, months, weekdays].map((f) => f?.join(",") ?? "*").join(" ");
          // Both days restricted: either of them is enough, as cron has had it since Vixie.
          const meant = (d: Date): boolean => {
            if (months?.includes(d.getUTCMonth() + 1) === false) return false;
            const day = days?.includes(d.getUTCDate());
            const weekday = weekdays?.includes(d.getUTCDay());
            return day === undefined ? weekday !== false : weekday === undefined ? day : day || weekday;
          };
          fc.pre(
            days === undefined || months === undefined || weekdays !== undefined || days.some((d) => d < 30),
          );
          const each = hours.flatMap((h) =>
            minutes.flatMap((m) => independent(meant, h * 60 + m, zone, from, 3)),
          );
          const expected = [...new Set(each)].toSorted((a, b) => a - b).slice(0, 3);
          expect(nextTimes(written, zone, from, 3), `${written} ${zone}`).toEqual(expected);
        },
      ),
      { numRuns: 100 },
    );
  });

  test("of a beat are all moments at which the clock shows it, and none else", () => {
    const beats: readonly [string, (minutes: number) => boolean][] = [
      ["every 15 minutes", (m) => m % 15 === 0],
      ["every 30 minutes", (m) => m % 30 === 0],
      ["hourly", (m) => m % 60 === 0],
      ["every 2 hours", (m) => m % 120 === 0],
      ["every 6 hours", (m) => m % 360 === 0],
    ];
    for (const zone of ZONES) {
      const format = new Intl.DateTimeFormat("en-u-hc-h23", {
        timeZone: zone,
        year: "numeric",
        month: "numeric",
        day: "numeric",
        hour: "numeric",
        minute: "numeric",
      });
      for (const change of changesOf(format)) {
        for (const [words, meant] of beats) {
          const from = change - 7 * 3_600_000;
          const expected: number[] = [];
          for (let at = from + 900_000; expected.length < 8; at += 900_000)
            if (meant(local(at, format)[1])) expected.push(at);
          expect(nextTimes(cronOf(words), zone, from, 8), `${words} ${zone} ${change}`).toEqual(expected);
        }
      }
    }
  });

  test("a time in the gap is due when the gap ends, one that comes twice the first time", () => {
    const iso = (cron: string, from: string): string[] =>
      nextTimes(cron, "Europe/Berlin", Date.parse(from), 1).map((t) => new Date(t).toISOString());
    expect(iso("30 2 * * *", "2026-03-28T12:00:00Z")).toEqual(["2026-03-29T01:00:00.000Z"]);
    expect(iso("30 2 * * *", "2026-10-24T12:00:00Z")).toEqual(["2026-10-25T00:30:00.000Z"]);
    // Several times in one gap are one due time, and a list is no beat: 02:00 comes once.
    expect(iso("15,45 2 * * *", "2026-03-28T12:00:00Z")).toEqual(["2026-03-29T01:00:00.000Z"]);
    expect(nextTimes("0 1,2 * * *", "Europe/Berlin", Date.parse("2026-10-24T12:00:00Z"), 3)).toEqual(
      ["2026-10-24T23:00Z", "2026-10-25T00:00Z", "2026-10-26T00:00Z"].map((t) => Date.parse(t)),
    );
    // Greenland's clock jumps over the end of the day.
    expect(nextTimes("30 23 * * 6", "America/Nuuk", Date.parse("2026-03-28T12:00:00Z"), 1)).toEqual([
      Date.parse("2026-03-29T01:00:00Z"),
    ]);
  });

  test("the 29th of February comes in leap years, 2100 not among them", () => {
    const years = (from: number, n: number): number[] =>
      nextTimes("0 9 29 2 *", "UTC", Date.UTC(from, 0, 1), n).map((t) => new Date(t).getUTCFullYear());
    expect(years(2026, 3)).toEqual([2028, 2032, 2036]);
    expect(years(2097, 1)).toEqual([2104]);
    for (const zone of ZONES)
      expect(nextTimes("30 2 29 2 *", zone, Date.UTC(2026, 0, 1), 3), `in ${zone}`).toEqual(
        independent(
          (d) => d.getUTCMonth() === 1 && d.getUTCDate() === 29,
          150,
          zone,
          Date.UTC(2026, 0, 1),
          3,
        ),
      );
  });

  test("what was missed is made up once, with the last due time", () => {
    const at = (text: string): number => Date.parse(text);
    const missed = lastDue("0 9 * * *", "UTC", at("2026-11-16T09:00:00Z"), at("2026-11-20T08:00:00Z"));
    expect(missed).toEqual({ dueAt: at("2026-11-19T09:00:00Z"), missed: 3 });
    expect(
      lastDue("0 9 * * *", "UTC", at("2026-11-19T09:00:00Z"), at("2026-11-20T08:00:00Z")),
    ).toBeUndefined();
    expect(lastDue("0 9 * * *", "UTC", at("2026-11-19T09:00:00Z"), at("2026-11-20T09:00:00Z"))).toMatchObject(
      { missed: 1 },
    );
  });
});

describe("words", () => {
  test.each([
    ["weekdays 09:00 Europe/Berlin", "0 9 * * 1-5", "Europe/Berlin"],
    ["Every weekday at 9:05", "5 9 * * 1-5", undefined],
    ["daily 00:00 UTC", "0 0 * * *", "UTC"],
    ["07:30", "30 7 * * *", undefined],
    [
      "mon, wed and fri at 17:30 America/Argentina/Buenos_Aires",
      "30 17 * * 1,3,5",
      "America/Argentina/Buenos_Aires",
    ],
    ["sundays 12:00", "0 12 * * 0", undefined],
    ["daily 09:00,17:00", "0 9,17 * * *", undefined],
    ["every 15 minutes", "*/15 * * * *", undefined],
    ["every 4 hours Asia/Kolkata", "0 */4 * * *", "Asia/Kolkata"],
    ["monthly 08:00", "0 8 1 * *", undefined],
    ["hourly", "0 * * * *", undefined],
    ["15 10 * * MON-FRI Europe/Berlin", "15 10 * * MON-FRI", "Europe/Berlin"],
    ["0 0 1 1 *", "0 0 1 1 *", undefined],
  ])("%s", (text, cron, zone) => {
    expect(readWhen(text)).toEqual({ ok: true, when: { cron, ...(zone === undefined ? {} : { zone }) } });
    expect(whenRefused(cron, zone ?? "UTC", 0)).toBeUndefined();
  });

  test.each([
    "",
    "sometimes",
    "weekdays",
    "daily 25:00",
    "daily 9",
    "09:00 17:30",
    "every 7 minutes",
    "noday 09:00",
    "* * *",
    "tu 09:00",
  ])("%j is refused with a hint", (text) => {
    expect(readWhen(text)).toMatchObject({
      ok: false,
      because: expect.stringContaining('write "weekdays 09:00'),
    });
  });

  test("what cron cannot mean, and what is due all the time, is refused in words", () => {
    expect(whenRefused("99 9 * * *", "UTC", 0)).toBeTypeOf("string");
    expect(whenRefused("0 9 * * *", "Europe/Atlantis", 0)).toBeTypeOf("string");
    expect(whenRefused("0 9 31 2 *", "UTC", 0)).toBeTypeOf("string");
    expect(whenRefused("* * * * *", "UTC", 0)).toContain("more often");
  });
});
