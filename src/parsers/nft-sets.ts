/** The elements of a table's named sets and maps, by name. */
export type NamedSets = ReadonlyMap<string, readonly string[]>;

const TABLE = /^table (\S{1,10} \S{1,128}) \{$/;
const BLOCK = /^\t(?:set|map) (\S{1,128}) \{$/;

/** The named sets and maps of `nft list ruleset`, by "family table". */
export function namedSets(text: string): ReadonlyMap<string, NamedSets> {
  const tables = new Map<string, Map<string, readonly string[]>>();
  let own: Map<string, readonly string[]> | undefined;
  let block: { readonly name: string; text: string } | undefined;
  for (const line of text.split("\n")) {
    const table = TABLE.exec(line)?.[1];
    const name = BLOCK.exec(line)?.[1];
    if (table !== undefined) tables.set(table, (own = new Map<string, readonly string[]>()));
    else if (name !== undefined) block = { name, text: "" };
    else if (line === "\t}" && block !== undefined) {
      own?.set(block.name, elementsOf(block.text));
      block = undefined;
    } else if (block !== undefined) block.text += ` ${line.trim()}`;
  }
  return tables;
}

function elementsOf(text: string): string[] {
  const inside = / elements = \{((?:"[^"]*"|[^"}])*)\}/.exec(text)?.[1] ?? "";
  return split(inside);
}

/** A comment may hold commas and colons. */
function split(inside: string): string[] {
  return (inside.match(/(?:"[^"]*"|[^",])+/g) ?? [])
    .map((one) =>
      one
        .trim()
        // When an element goes, how often it was met and what is said of it does not matter.
        .replace(/ comment "[^"]*"/, "")
        .replace(/ (?:timeout|expires|counter|last) [^:]*(?= : |$)/, "")
        .replaceAll('"', ""),
    )
    .filter((one) => one !== "");
}

/** `{ a, b }`, `a,b`, `"lo"` or one word, or the elements of `@name`; undefined for a set that is not there. */
export function listOf(text: string, sets: NamedSets | undefined): readonly string[] | undefined {
  if (text.startsWith("@")) return sets?.get(text.slice(1));
  const found = split(text.replace(/^\{|\}$/g, ""));
  return found.length === 0 ? undefined : found;
}
