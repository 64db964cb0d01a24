const WITH_ZONE =
  /^(?:[A-Z][a-z]{2} )?(\d{4})-(\d\d)-(\d\d) (\d\d):(\d\d):(\d\d)(?:\.(\d{1,9}))? (?:(UTC|GMT|Z)|([+-])(\d\d):?(\d\d)?)$/;

/**
 * A systemd timestamp as milliseconds since 1970: "@1795170766" (systemctl --timestamp=unix, systemd 247) or
 * "Fri 2026-11-20 10:39:26 UTC". A zone name other than UTC and GMT says no offset: undefined, like "" and "n/a".
 */
export function parseSystemdTime(text: string | undefined): number | undefined {
  const value = (text ?? "").trim();
  const unix = /^@(\d{1,11})(?:\.(\d{1,9}))?$/.exec(value);
  if (unix !== null) return Number(unix[1]) * 1000 + milliseconds(unix[2]) || undefined;
  const match = WITH_ZONE.exec(value);
  if (match === null) return undefined;
  const [, year, month, day, hour, minute, second, fraction, , sign, hours, minutes] = match;
  const utc = Date.UTC(
    Number(year),
    Number(month) - 1,
    Number(day),
    Number(hour),
    Number(minute),
    Number(second),
  );
  const offset = (Number(hours ?? 0) * 60 + Number(minutes ?? 0)) * 60_000;
  return utc + milliseconds(fraction) - (sign === "-" ? -offset : offset);
}

function milliseconds(fraction: string | undefined): number {
  return fraction === undefined ? 0 : Number(fraction.padEnd(3, "0").slice(0, 3));
}

const UNITS: Readonly<Record<string, number>> = {
  us: 0.001,
  ms: 1,
  s: 1000,
  min: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
  month: 2_629_800_000,
  y: 31_557_600_000,
};

/** A systemd time span ("100ms", "1min 30s") in milliseconds; undefined for "infinity" and anything else. */
export function parseSystemdSpan(text: string | undefined): number | undefined {
  if (text === undefined || text === "") return undefined;
  let total = 0;
  for (const word of text.split(" ").slice(0, 10)) {
    const match = /^(\d{1,12}(?:\.\d{1,6})?)(us|ms|s|min|h|d|w|month|y)?$/.exec(word);
    if (match === null) return undefined;
    total += Number(match[1]) * (UNITS[match[2] ?? "s"] ?? 0);
  }
  return total;
}
