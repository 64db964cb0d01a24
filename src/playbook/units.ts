const MILLISECONDS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };
const BYTES: Readonly<Record<string, number>> = { B: 1, KiB: 1024, MiB: 1024 * 1024 };

/** Exactly what parseDuration reads. */
export const DURATION = /^(\d+(?:\.\d+)?)(ms|s|m|h)$/;
/** Exactly what parseSize reads. */
export const SIZE = /^(\d+)(B|KiB|MiB)$/;

function measure(text: string, pattern: RegExp, units: Readonly<Record<string, number>>): number {
  const [, amount, unit] = pattern.exec(text) ?? [];
  const factor = units[unit ?? ""];
  if (amount === undefined || factor === undefined)
    throw new RangeError(`not a measure: ${JSON.stringify(text)}`);
  return Math.round(Number(amount) * factor);
}

/** "500ms", "10s", "2m", "1h" → milliseconds. @throws RangeError */
export function parseDuration(text: string): number {
  return measure(text, DURATION, MILLISECONDS);
}

/** "200B", "256KiB", "2MiB" → bytes. @throws RangeError */
export function parseSize(text: string): number {
  return measure(text, SIZE, BYTES);
}
