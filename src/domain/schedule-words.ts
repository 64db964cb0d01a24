/** What a schedule's words mean. */
interface When {
  readonly cron: string;
  /** IANA name, where the words end in one. */
  readonly zone?: string;
}

export type ReadWhen =
  | { readonly ok: true; readonly when: When }
  | { readonly ok: false; readonly because: string };

const DAYS = ["sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"];
const HINT =
  'write "weekdays 09:00 Europe/Berlin", "mon,thu 17:30", "monthly 08:00", "every 4 hours" or a cron expression of five fields.';

/**
 * Reads when a schedule is due: plain words ("weekdays 09:00 Europe/Berlin", "every 15 minutes") or a cron
 * expression of five fields, either with a time zone behind it. Whether the cron fields make sense is not its matter.
 */
export function readWhen(text: string): ReadWhen {
  const words = text.trim().split(/\s+/);
  const last = words.at(-1) ?? "";
  // A zone is never one of the other words: "UTC", or a name with a slash that cron has not.
  const zone =
    words.length > 1 && (/^[A-Za-z][A-Za-z_+-]*(\/[A-Za-z0-9_+-]+)+$/.test(last) || /^(UTC|GMT)$/i.test(last))
      ? last
      : undefined;
  const rest = zone === undefined ? words : words.slice(0, -1);
  const cron = isCron(rest) ? rest.join(" ") : plain(rest.map((w) => w.toLowerCase()));
  if (cron === undefined) return { ok: false, because: `"${text}" says no time that can be read: ${HINT}` };
  return {
    ok: true,
    when: { cron, ...(zone === undefined ? {} : { zone: /^(UTC|GMT)$/i.test(zone) ? "UTC" : zone }) },
  };
}

function isCron(words: readonly string[]): boolean {
  return (
    words.length === 5 && words.every((w) => /^[\dA-Za-z*,/#L?-]+$/.test(w)) && /^[\d*]/.test(words[0] ?? "")
  );
}

function plain(words: readonly string[]): string | undefined {
  const [first = "", ...others] = words;
  if (first === "hourly" && others.length === 0) return "0 * * * *";
  if (first === "every" && others.length === 2) {
    const every = interval(others[0] ?? "", others[1] ?? "");
    if (every !== undefined) return every;
  }
  const meant = words.filter((w) => w !== "at" && w !== "every" && w !== "on" && w !== "and");
  const times = meant.flatMap((w) => w.split(",")).filter((w) => /^\d/.test(w));
  const days = meant.flatMap((w) => w.split(",")).filter((w) => w !== "" && !/^\d/.test(w));
  const at = clock(times);
  const fields = dayFields(days);
  return at === undefined || fields === undefined ? undefined : `${at} ${fields}`;
}

/** "15 minutes", "4 hours": what divides the hour or the day, so that the beats are even. */
function interval(count: string, unit: string): string | undefined {
  const n = Number(count);
  if (!/^\d{1,2}$/.test(count) || n === 0) return undefined;
  if (/^minutes?$/.test(unit) && 60 % n === 0 && n < 60) return `*/${n} * * * *`;
  if (/^hours?$/.test(unit) && 24 % n === 0 && n < 24) return `0 */${n} * * *`;
  return undefined;
}

/** Several times must share their minute, as one cron expression does. */
function clock(times: readonly string[]): string | undefined {
  const read = times.map((t) => /^([01]?\d|2[0-3]):([0-5]\d)$/.exec(t));
  if (read.length === 0 || read.some((r) => r === null)) return undefined;
  const minutes = new Set(read.map((r) => Number(r?.[2])));
  if (minutes.size !== 1) return undefined;
  const hours = [...new Set(read.map((r) => Number(r?.[1])))].toSorted((a, b) => a - b);
  return `${[...minutes].join("")} ${hours.join(",")}`;
}

function dayFields(days: readonly string[]): string | undefined {
  const [only] = days;
  if (days.length === 0 || (days.length === 1 && /^(daily|day|days)$/.test(only ?? ""))) return "* * *";
  if (days.length === 1 && /^weekdays?$/.test(only ?? "")) return "* * 1-5";
  if (days.length === 1 && /^weekends?$/.test(only ?? "")) return "* * 0,6";
  if (days.length === 1 && only === "monthly") return "1 * *";
  const numbers = days.map((day) =>
    DAYS.findIndex((name) => day.length >= 3 && (name.startsWith(day) || `${name}s` === day)),
  );
  if (numbers.includes(-1)) return undefined;
  return `* * ${[...new Set(numbers)].toSorted((a, b) => a - b).join(",")}`;
}
