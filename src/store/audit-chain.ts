import { createHmac, timingSafeEqual } from "node:crypto";
import type { AuditEntry } from "../workflows/ports.ts";

/** The hash before the first entry. */
export const GENESIS = "0".repeat(64);

/** Where the chain ends: the last entry's number (0: none) and hash. */
export interface Head {
  readonly seq: number;
  readonly hash: string;
}

/** JSON with sorted keys and without undefined: the same value always gives the same text. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_key, v: unknown) =>
    typeof v === "object" && v !== null && !Array.isArray(v)
      ? Object.fromEntries(Object.entries(v).sort(([a], [b]) => (a < b ? -1 : 1)))
      : v,
  );
}

/** @returns HMAC-SHA256 (hex) over the entry, its number and the hash before it */
export function entryHash(key: Buffer, previous: string, seq: number, entry: AuditEntry): string {
  return createHmac("sha256", key)
    .update(`entry\n${previous}\n${canonicalJson({ ...entry, seq })}`)
    .digest("hex");
}

/** @returns HMAC-SHA256 (hex) over a head, for the places that anchor it outside the chain */
export function headMac(key: Buffer, head: Head): string {
  return createHmac("sha256", key).update(`head\n${head.seq}\n${head.hash}`).digest("hex");
}

/** @returns HMAC-SHA256 (hex) over where a purged log begins; not to be had from any other of our sums */
export function startMac(key: Buffer, start: Head & { readonly at: number }): string {
  return createHmac("sha256", key).update(`start\n${start.seq}\n${start.hash}\n${start.at}`).digest("hex");
}

/** @returns true when the two hex texts are equal; takes the same time wherever they differ */
export function sameHex(a: string, b: string): boolean {
  return a.length === b.length && timingSafeEqual(Buffer.from(a), Buffer.from(b));
}
