import type { CelEnvironment } from "./cel.ts";

/** One fact a rule may name. */
export interface FactRow {
  /** Its path; [] stands for an item of a list, ["…"] for an entry of a map. */
  readonly fact: string;
  /** Its CEL type. */
  readonly type: string;
  readonly about: string;
  /** The scopes in which it is known; all when the environment has no scopes. */
  readonly scopes: readonly string[];
}

/** Every fact, variables in the order of the schema; a type that holds itself is followed once. */
export function factRows(
  environment: CelEnvironment,
  scopes: Readonly<Record<string, readonly string[]>> = {},
): readonly FactRow[] {
  const rows: FactRow[] = [];
  const walk = (
    fact: string,
    type: string,
    about: string,
    known: readonly string[],
    inside: readonly string[],
  ) => {
    const { suffix, name } = itemOf(type);
    const fields = environment.types.get(name)?.fields;
    if (!fields || about !== "" || suffix !== "") rows.push({ fact, type, about, scopes: known });
    if (!fields || inside.includes(name)) return;
    for (const [field, inner] of fields)
      walk(`${fact}${suffix}.${field}`, inner.type, inner.about, known, [...inside, name]);
  };
  for (const [name, { type, about }] of environment.variables) {
    const known = Object.keys(scopes).filter((scope) => scopes[scope]?.includes(name));
    walk(name, type, about, known, []);
  }
  return rows;
}

/** "list<list<Unit>>" → Unit, reached by [][]. */
function itemOf(type: string): { readonly suffix: string; readonly name: string } {
  const list = /^list<(.+)>$/.exec(type)?.[1];
  const map = /^map<string, (.+)>$/.exec(type)?.[1];
  const inner = list ?? map;
  if (inner === undefined) return { suffix: "", name: type };
  const rest = itemOf(inner);
  return { suffix: `${list === undefined ? '["…"]' : "[]"}${rest.suffix}`, name: rest.name };
}

/** The rows as aligned text: what `502 schema --facts` prints. */
export function factsTable(rows: readonly FactRow[]): string {
  const head: FactRow = { fact: "FACT", type: "TYPE", about: "MEANING", scopes: ["KNOWN IN"] };
  const all = [head, ...rows];
  const factWidth = Math.max(...all.map((row) => row.fact.length));
  const typeWidth = Math.max(...all.map((row) => row.type.length));
  const scopeWidth = Math.max(...all.map((row) => row.scopes.join(" ").length));
  return all
    .map((row) =>
      [
        row.fact.padEnd(factWidth),
        row.type.padEnd(typeWidth),
        row.scopes.join(" ").padEnd(scopeWidth),
        row.about,
      ]
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}
