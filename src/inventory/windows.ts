import type { Config } from "./config-schema.ts";

/** When fixes may run: freezes and weekly windows of 502.yml. */
export type FixTimes = Pick<Config["fixes"], "freezes" | "windows">;

export interface GateQuestion {
  readonly host: string;
  readonly groups: readonly string[];
  /** Epoch milliseconds. */
  readonly at: number;
}

export interface Gate {
  readonly open: boolean;
  /** A sentence for a person; empty when open. */
  readonly why: string;
}

type WeeklyWindow = FixTimes["windows"][number];

const DAYS = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"] as const;
const OPEN: Gate = { open: true, why: "" };

/**
 * Whether fixes may run on a host at a moment: not in a freeze (its start belongs to it, its end does not), and
 * where windows speak of the host, in one of them. A window goes by the clock on the wall of its zone: an hour that
 * daylight saving repeats is in it twice, one that is skipped never; one that ends before it begins spans midnight
 * and belongs to the day it begins on; one that ends as it begins is a whole day.
 */
export function fixGate(q: GateQuestion, times: FixTimes): Gate {
  const freeze = times.freezes.find(
    (f) => concerns(f.on, q) && Date.parse(f.from) <= q.at && q.at < Date.parse(f.to),
  );
  if (freeze !== undefined) {
    return {
      open: false,
      why: `No fix runs on ${q.host} before ${freeze.to}, because of a freeze: ${freeze.reason}.`,
    };
  }
  const windows = times.windows.filter((w) => concerns(w.on, q));
  if (windows.length === 0 || windows.some((w) => inWindow(w, q.at))) return OPEN;
  return { open: false, why: `Fixes run on ${q.host} only ${windows.map(sayWindow).join(", or ")}.` };
}

function concerns(on: readonly string[] | undefined, q: GateQuestion): boolean {
  if (on === undefined) return true;
  return on.some((t) => (t.startsWith("@") ? t === "@all" || q.groups.includes(t.slice(1)) : t === q.host));
}

function inWindow(w: WeeklyWindow, at: number): boolean {
  const { day, minute } = wallClock(w.zone, at);
  const [from, to] = [minuteOf(w.from), minuteOf(w.to)];
  const has = (d: number): boolean => w.days.some((name) => name === DAYS[(d + 7) % 7]);
  if (from < to) return has(day) && from <= minute && minute < to;
  return (has(day) && minute >= from) || (has(day - 1) && minute < to);
}

/** The day of the week (0 is Sunday) and the minute of the day that a clock on the wall shows. */
function wallClock(zone: string, at: number): { readonly day: number; readonly minute: number } {
  const parts = formatOf(zone).formatToParts(at);
  const part = (type: string): string => parts.find((p) => p.type === type)?.value ?? "";
  const day = DAYS.findIndex((d) => d === part("weekday").toLowerCase());
  return { day, minute: Number(part("hour")) * 60 + Number(part("minute")) };
}

const formats = new Map<string, Intl.DateTimeFormat>();

function formatOf(zone: string): Intl.DateTimeFormat {
  const known = formats.get(zone);
  if (known !== undefined) return known;
  const made = new Intl.DateTimeFormat("en-US", {
    timeZone: zone,
    weekday: "short",
    hour: "2-digit",
    minute: "2-digit",
    hourCycle: "h23",
  });
  formats.set(zone, made);
  return made;
}

function minuteOf(text: string): number {
  return Number(text.slice(0, 2)) * 60 + Number(text.slice(3, 5));
}

function sayWindow(w: WeeklyWindow): string {
  return `${w.days.join(", ")} ${w.from} to ${w.to} ${w.zone}`;
}
