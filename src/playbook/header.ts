import type { Playbook } from "../domain/playbook.ts";
import { suggest } from "../domain/nearest.ts";
import type { PlaybookYaml } from "./schema.ts";
import type { Path, PlaybookError, YamlSource } from "./yaml-source.ts";

/** Where a piece stands. */
export interface Place {
  readonly source: YamlSource;
  readonly path: Path;
}

/** A file of the right shape. */
export interface Part {
  readonly source: YamlSource;
  readonly yaml: PlaybookYaml;
}

type Given<T> = Place & { readonly value: T };

/** The keys that describe a playbook as a whole; each is given by one file at most. */
export interface Header {
  readonly name?: Given<string>;
  readonly title?: Given<string>;
  readonly about?: Given<number>;
  readonly extends?: Given<string>;
  readonly without?: Given<readonly string[]>;
}

const KEYS = ["name", "title", "about", "extends", "without"] as const;

/** Gathers the header from all files. @param errors - receives what is given twice */
export function headerOf(parts: readonly Part[], errors: PlaybookError[]): Header {
  const header: Record<string, Given<unknown>> = {};
  for (const { source, yaml } of parts)
    for (const key of KEYS) {
      const value = yaml[key];
      if (value === undefined || (Array.isArray(value) && value.length === 0)) continue;
      const before = header[key];
      if (before) {
        const where = `${before.source.file}:${before.source.line(before.path)}`;
        errors.push(source.errorAtKey([], key, `"${key}" is given twice`, `it stands in ${where} already`));
      } else header[key] = { value, source, path: [key] };
    }
  return header;
}

/** The playbook that is extended. @param errors - receives what does not exist */
export function baseOf(
  header: Header,
  bases: ReadonlyMap<string, Playbook>,
  errors: PlaybookError[],
): Playbook | undefined {
  const { extends: extended, without } = header;
  if (!extended) {
    if (without) errors.push(without.source.error(without.path, "nothing is taken over", "add extends: …"));
    return undefined;
  }
  const base = bases.get(extended.value);
  if (!base) {
    const message = `there is no playbook "${extended.value}" to extend`;
    errors.push(extended.source.error(extended.path, message, suggest(extended.value, bases.keys())));
    return undefined;
  }
  const ids = [...base.checks, ...base.causes, ...base.fixes].map((piece) => piece.id);
  for (const [i, id] of without?.value.entries() ?? [])
    if (without && !ids.includes(id))
      errors.push(without.source.error(["without", i], `"${id}" is not in ${base.name}`, suggest(id, ids)));
  return base;
}
