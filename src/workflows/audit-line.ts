import type { KeptEntry } from "./keeping-store.ts";

/**
 * One entry as one line of JSON, as files, syslog and `502 audit export` give it. `id` is the entry's own: a line
 * that comes twice has the same.
 * @param most bytes that the line may have; in a longer one `detail` gives way to its size
 */
export function auditLine(entry: KeptEntry, most = Infinity): string {
  const { seq, hash, ...rest } = entry;
  const head = { schema: "502/audit@1", id: hash, seq, time: new Date(entry.at).toISOString() };
  const whole = JSON.stringify({ ...head, ...rest, hash });
  const bytes = Buffer.byteLength(whole);
  if (bytes <= most) return whole;
  return JSON.stringify({ ...head, ...rest, detail: { cut: bytes }, hash });
}
