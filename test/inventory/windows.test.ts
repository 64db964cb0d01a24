import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type FixTimes, fixGate } from "../../src/inventory/windows.ts";

const HOST = { host: "web-1", groups: ["web"] };
const at = (iso: string): number => Date.parse(iso);
const open = (times: Partial<FixTimes>, iso: string): boolean =>
  fixGate({ ...HOST, at: at(iso) }, { freezes: [], windows: [], ...times }).open;

type Day = FixTimes["windows"][number]["days"][number];
const OFFICE = {
  days: ["mon", "tue", "wed", "thu", "fri"] satisfies Day[],
  from: "09:00",
  to: "17:00",
  zone: "Europe/Berlin",
};

describe("freezes", () => {
  const freeze = { from: "2026-12-24T18:00:00+01:00", to: "2026-12-27T06:00:00+01:00", reason: "holidays" };

  test("the first moment belongs to it, the last does not", () => {
    expect(open({ freezes: [freeze] }, "2026-12-24T16:59:59Z")).toBe(true);
    expect(open({ freezes: [freeze] }, "2026-12-24T17:00:00Z")).toBe(false);
    expect(open({ freezes: [freeze] }, "2026-12-27T04:59:59Z")).toBe(false);
    expect(open({ freezes: [freeze] }, "2026-12-27T05:00:00Z")).toBe(true);
  });

  test("says until when and why", () => {
    const gate = fixGate({ ...HOST, at: at("2026-12-25T00:00:00Z") }, { freezes: [freeze], windows: [] });
    expect(gate.why).toBe(
      "No fix runs on web-1 before 2026-12-27T06:00:00+01:00, because of a freeze: holidays.",
    );
  });

  test.each([
    [["web-1"], false],
    [["@web"], false],
    [["@all"], false],
    [["@db"], true],
    [["web"], true],
  ])("on %j", (on, expected) => {
    expect(open({ freezes: [{ ...freeze, on }] }, "2026-12-25T00:00:00Z")).toBe(expected);
  });
});

describe("windows", () => {
  test("in the zone's own time, winter and summer", () => {
    expect(open({ windows: [OFFICE] }, "2026-01-14T08:00:00Z")).toBe(true);
    expect(open({ windows: [OFFICE] }, "2026-01-14T07:59:00Z")).toBe(false);
    expect(open({ windows: [OFFICE] }, "2026-07-15T07:00:00Z")).toBe(true);
    expect(open({ windows: [OFFICE] }, "2026-07-15T15:00:00Z")).toBe(false);
    expect(open({ windows: [OFFICE] }, "2026-07-18T10:00:00Z")).toBe(false);
  });

  test("a night that spans midnight belongs to the day it begins on", () => {
    const night = { days: ["sun"] satisfies Day[], from: "22:00", to: "04:00", zone: "UTC" };
    expect(open({ windows: [night] }, "2026-11-22T23:00:00Z")).toBe(true);
    expect(open({ windows: [night] }, "2026-11-23T03:59:00Z")).toBe(true);
    expect(open({ windows: [night] }, "2026-11-23T04:00:00Z")).toBe(false);
    expect(open({ windows: [night] }, "2026-11-22T03:00:00Z")).toBe(false);
    expect(open({ windows: [{ ...night, to: "22:00" }] }, "2026-11-23T21:59:00Z")).toBe(true);
  });

  test("the hour that is repeated in October is in the window twice, the one skipped in March never", () => {
    const two = { days: ["sun"] satisfies Day[], from: "02:00", to: "03:00", zone: "Europe/Berlin" };
    const minutes = (from: string, hours: number): number =>
      Array.from({ length: hours * 60 }, (_, i) => at(from) + i * 60_000).filter(
        (t) => fixGate({ ...HOST, at: t }, { freezes: [], windows: [two] }).open,
      ).length;
    expect(minutes("2026-10-24T22:00:00Z", 24)).toBe(120);
    expect(minutes("2026-03-28T23:00:00Z", 24)).toBe(0);
    expect(minutes("2026-06-13T22:00:00Z", 24)).toBe(60);
  });

  test("windows of other hosts bind nobody else; several add up; their times are said", () => {
    expect(open({ windows: [{ ...OFFICE, on: ["@db"] }] }, "2026-11-22T03:00:00Z")).toBe(true);
    const sunday = { days: ["sun"] satisfies Day[], from: "03:00", to: "05:00", zone: "UTC" };
    expect(open({ windows: [OFFICE, sunday] }, "2026-11-22T03:00:00Z")).toBe(true);
    expect(fixGate({ ...HOST, at: at("2026-11-22T06:00:00Z") }, { freezes: [], windows: [sunday] }).why).toBe(
      "Fixes run on web-1 only sun 03:00 to 05:00 UTC.",
    );
  });

  test("a window and the one that fills the rest of its days are never open together, and never both closed", () => {
    const all = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"] satisfies Day[];
    const clock = fc.integer({ min: 0, max: 1439 }).map((m) => `${pad(m / 60)}:${pad(m % 60)}`);
    fc.assert(
      fc.property(
        clock,
        clock,
        fc.constantFrom("UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu"),
        fc.integer({ min: at("2026-01-01T00:00:00Z"), max: at("2027-12-31T00:00:00Z") }),
        (from, to, zone, when) => {
          fc.pre(from !== to);
          const one = fixGate(
            { ...HOST, at: when },
            { freezes: [], windows: [{ days: all, from, to, zone }] },
          );
          const rest = fixGate(
            { ...HOST, at: when },
            { freezes: [], windows: [{ days: all, from: to, to: from, zone }] },
          );
          expect(one.open).toBe(!rest.open);
        },
      ),
    );
  });

  test("is open by the independent arithmetic of fixed zones", () => {
    const hours = fc.integer({ min: -12, max: 12 });
    fc.assert(
      fc.property(
        hours,
        fc.integer({ min: 0, max: 6 }),
        fc.integer({ min: 0, max: 3 * 7 * 1440 }),
        (offset, day, minute) => {
          const days: Day[] = [(["sun", "mon", "tue", "wed", "thu", "fri", "sat"] as const)[day] ?? "sun"];
          // Etc/GMT names have their sign the other way round.
          const zone = offset === 0 ? "UTC" : `Etc/GMT${offset > 0 ? "-" : "+"}${Math.abs(offset)}`;
          const when = at("2026-11-01T00:00:00Z") + minute * 60_000;
          const local = new Date(when + offset * 3_600_000);
          const inside = local.getUTCDay() === day && local.getUTCHours() >= 9 && local.getUTCHours() < 17;
          const window = { days, from: "09:00", to: "17:00", zone };
          expect(fixGate({ ...HOST, at: when }, { freezes: [], windows: [window] }).open).toBe(inside);
        },
      ),
    );
  });
});

function pad(n: number): string {
  return String(Math.floor(n)).padStart(2, "0");
}
