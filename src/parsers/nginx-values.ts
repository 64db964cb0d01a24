/** Milliseconds a unit stands for; a bare number counts seconds. Months are 30 days, years 365, as in nginx. */
const UNITS: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1000,
  "": 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
  M: 2_592_000_000,
  y: 31_536_000_000,
};

/** "60", "1m30s", "500ms" → milliseconds; undefined when nginx would refuse it (ngx_parse_time, ngx_parse.c). */
export function parseNginxTime(text: string): number | undefined {
  if (!/^(?:\d{1,12}(?:ms|[smhdwMy])?\s*){1,9}$/.test(text)) return undefined;
  let total = 0;
  let smallest = Number.POSITIVE_INFINITY;
  for (const [, digits = "", unit = ""] of text.matchAll(/(\d+)(ms|[smhdwMy])?/g)) {
    const size = UNITS[unit] ?? 1000;
    if (size >= smallest) return undefined;
    smallest = size;
    total += Number(digits) * size;
  }
  return total;
}

/** "8k", "1m", "2g", "4096" → bytes; undefined when nginx would refuse it (ngx_parse_size, ngx_parse_offset). */
export function parseNginxSize(text: string): number | undefined {
  const match = /^(\d{1,15})([kKmMgG]?)$/.exec(text);
  if (match === null) return undefined;
  const power = { "": 0, k: 1, m: 2, g: 3 }[(match[2] ?? "").toLowerCase()] ?? 0;
  return Number(match[1]) * 1024 ** power;
}
