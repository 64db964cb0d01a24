import { z } from "zod";

const UNITS: Record<string, number> = {
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
};

/** Reads "90s", "5m", "1h30m" or bare seconds as milliseconds; undefined when it is no duration. */
export function parseDuration(text: string): number | undefined {
  if (/^\d+$/.test(text)) return Number(text) * 1000;
  if (!/^(\d+(ms|[smhdw]))+$/.test(text)) return undefined;
  let total = 0;
  for (const [, count, unit] of text.matchAll(/(\d+)(ms|[smhdw])/g)) {
    total += Number(count) * (UNITS[unit ?? ""] ?? 0);
  }
  return total;
}

/** A positive duration in a configuration: "5m", or a number of seconds; gives milliseconds. */
export const Duration = z.union([z.number(), z.string()]).transform((value, context) => {
  const ms = typeof value === "number" ? value * 1000 : parseDuration(value);
  if (ms !== undefined && ms > 0 && ms <= 366 * 86_400_000) return ms;
  context.addIssue({
    code: "custom",
    message: 'not a duration: write "30s", "5m", "1h" or a number of seconds',
  });
  return z.NEVER;
});
