/** Mutes posts about hosts for a time; what happens is recorded all the same. Times in epoch milliseconds. */
export interface Silence {
  readonly id: string;
  /** A host, or "@group". */
  readonly target: string;
  readonly until: number;
  readonly reason: string;
  readonly by: string;
  readonly createdAt: number;
}

/** The silence in force for a host, the longest one. @param groups the host's groups, without "@" */
export function silenceOf(
  host: string,
  groups: readonly string[],
  silences: readonly Silence[],
  now: number,
): Silence | undefined {
  return silences
    .filter(
      (s) =>
        s.until > now &&
        (s.target === host ||
          s.target === "@all" ||
          (groups.includes(s.target.replace(/^@/, "")) && s.target.startsWith("@"))),
    )
    .toSorted((a, b) => b.until - a.until)[0];
}
