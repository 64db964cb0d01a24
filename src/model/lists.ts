export function batch<K extends string>(
  list: readonly string[],
  size: number,
  key: K,
): Record<K, string[]>[] {
  const unique = [...new Set(list)].filter((p) => p !== "");
  const out: Record<K, string[]>[] = [];
  for (let at = 0; at < unique.length; at += size)
    out.push({ [key]: unique.slice(at, at + size) } as Record<K, string[]>);
  return out;
}

export function uniqueBy<T>(list: readonly T[], key: (item: T) => string): T[] {
  return [...new Map(list.map((item) => [key(item), item])).values()];
}
