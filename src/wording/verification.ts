import type { VerificationPoint } from "../domain/approval.ts";

const WORD: Readonly<Record<VerificationPoint["outcome"], string>> = {
  pass: "ok",
  warn: "warning",
  fail: "FAILED",
  unknown: "not seen",
};

/** One line a point, the outcome in words: "ok: through nginx: shop.example.test answers 200 (before: 502)". */
export function sayPoints(points: readonly VerificationPoint[]): string[] {
  return points.map((p) => `${WORD[p.outcome]}: ${p.name}: ${p.detail}`);
}

/** "8 of 10 ok, 1 warning, 1 not seen". */
export function sumPoints(points: readonly VerificationPoint[]): string {
  const count = (o: VerificationPoint["outcome"]): number => points.filter((p) => p.outcome === o).length;
  const rest = (["fail", "warn", "unknown"] as const)
    .filter((o) => count(o) > 0)
    .map((o) => `${count(o)} ${o === "fail" ? "failed" : o === "warn" ? "with a warning" : "not seen"}`);
  return [`${count("pass")} of ${points.length} ok`, ...rest].join(", ");
}

/** A status as people say it; 0 is curl's word for no answer. */
export function sayStatus(status: number | undefined): string {
  if (status === undefined) return "not asked";
  return status === 0 ? "no answer" : String(status);
}

/** "/var has 812.4 MB free (before: 0 kB)". */
export function sayRoom(mount: string, freeKb: number, beforeKb: number | undefined): string {
  const was = beforeKb === undefined ? "" : ` (before: ${sized(beforeKb)})`;
  return `${mount} has ${sized(freeKb)} free${was}`;
}

function sized(kb: number): string {
  if (kb >= 1 << 20) return `${(kb / (1 << 20)).toFixed(1)} GB`;
  return kb >= 1024 ? `${(kb / 1024).toFixed(1)} MB` : `${kb} kB`;
}
