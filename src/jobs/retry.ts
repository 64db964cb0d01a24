/** How often a job is begun at most: handlers that throw and workers that die both count. */
export const MAX_ATTEMPTS = 5;

/** How long a lease lasts unless it is renewed, in milliseconds: a dead worker's job waits that long. */
export const LEASE_MS = 30_000;

/** @returns the pause after attempt n (from 1) failed, in milliseconds: 1, 2, 4, 8 … 60 s */
export function backoffMs(attempt: number): number {
  return Math.min(60_000, 1000 * 2 ** (attempt - 1));
}

/** @returns the error in at most 2,000 characters */
export function errorText(error: unknown): string {
  const text = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  return text.slice(0, 2000);
}
