/**
 * Finds the host that a text speaks of: a name of the inventory as a word of its own, else any word that the inventory
 * knows, such as the name in a URL. Of several hosts the first one named counts.
 * @param known whether the inventory knows a name that is not among the listed ones
 */
export function namedTarget(
  text: string,
  names: readonly string[],
  known: (name: string) => boolean,
): { readonly host: string } | undefined {
  const words = [...text.matchAll(/[A-Za-z0-9][A-Za-z0-9._-]*/g)].map(([w]) => w.replace(/[._-]+$/, ""));
  const listed = new Set(names);
  const host = words.find((w) => listed.has(w)) ?? words.find((w) => known(w));
  return host === undefined ? undefined : { host };
}
