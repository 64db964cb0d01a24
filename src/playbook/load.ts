import { createHash } from "node:crypto";
import type { Origin, Playbook } from "../domain/playbook.ts";
import { checkPlaybook, type Piece, type Pieces } from "./check-playbook.ts";
import { baseOf, headerOf, type Part, type Place } from "./header.ts";
import { shapeErrors } from "./issues.ts";
import type { LoadEnvironment } from "./load-environment.ts";
import { causeOf, checkOf, fixOf } from "./pieces.ts";
import { PlaybookYaml } from "./schema.ts";
import { YamlSource, type PlaybookError } from "./yaml-source.ts";

/** A YAML file of a playbook; `path` is what errors name. */
export interface PlaybookFile {
  readonly path: string;
  readonly text: string;
}

export type Loaded =
  | { readonly ok: true; readonly playbook: Playbook; readonly warnings: readonly PlaybookError[] }
  | { readonly ok: false; readonly errors: readonly PlaybookError[] };

/**
 * Loads one playbook from the texts of its files.
 * @param name - the folder's name, used when no file gives one
 * @param bases - the playbooks it may extend, already loaded
 * @returns the playbook, or every error found, each with file, line and column
 */
export function loadPlaybook(
  name: string,
  files: readonly PlaybookFile[],
  env: LoadEnvironment,
  bases: ReadonlyMap<string, Playbook> = new Map(),
): Loaded {
  const errors: PlaybookError[] = [];
  const sorted = [...files].sort((a, b) => (a.path < b.path ? -1 : 1));
  const parts = sorted.map((file) => parse(file, errors)).filter((part) => part !== undefined);
  if (errors.length > 0) return { ok: false, errors };
  const header = headerOf(parts, errors);
  const base = baseOf(header, bases, errors);
  const places = new Map<Piece, Place>();
  const own = ownPieces(parts, places, errors);
  const about = header.about?.value;
  const playbook: Playbook = {
    name: header.name?.value ?? name,
    title: header.title?.value ?? base?.title ?? name,
    ...(about === undefined ? {} : { about }),
    ...(header.extends ? { extends: header.extends.value, own: own.causes.map((cause) => cause.id) } : {}),
    ...merged(own, base, header.without?.value ?? []),
    revision: revision(sorted, base),
  };
  if (errors.length > 0) return { ok: false, errors };
  const checked = checkPlaybook(
    own,
    playbook,
    env,
    (piece) => places.get(piece),
    header.without ?? header.extends,
  );
  if (checked.errors.length > 0) return { ok: false, errors: checked.errors };
  return { ok: true, playbook, warnings: checked.warnings };
}

function parse(file: PlaybookFile, errors: PlaybookError[]): Part | undefined {
  const source = new YamlSource(file.path, file.text);
  const syntax = source.syntaxErrors();
  errors.push(...syntax);
  if (syntax.length > 0) return undefined;
  let value: unknown;
  try {
    value = source.value() ?? {};
  } catch (error) {
    errors.push(source.error([], `aliases cannot be resolved: ${String(error)}`, "use fewer & and *"));
    return undefined;
  }
  const parsed = PlaybookYaml.safeParse(value);
  if (parsed.success) return { source, yaml: parsed.data };
  errors.push(...shapeErrors(source, parsed.error.issues));
  return undefined;
}

function ownPieces(parts: readonly Part[], places: Map<Piece, Place>, errors: PlaybookError[]): Pieces {
  function collect<Y, P extends Piece>(
    kind: keyof Pieces,
    items: (yaml: PlaybookYaml) => readonly Y[],
    make: (yaml: Y, origin: Origin) => P,
  ): P[] {
    const seen = new Map<string, Place>();
    return parts.flatMap(({ source, yaml }) =>
      items(yaml).map((item, i) => {
        const path = [kind, i];
        const piece = make(item, { file: source.file, line: source.line(path) });
        places.set(piece, { source, path });
        const before = seen.get(piece.id);
        if (before) {
          const where = `${before.source.file}:${before.source.line(before.path)}`;
          const message = `the id "${piece.id}" is used twice in ${kind}`;
          errors.push(source.error([...path, "id"], message, `it is used in ${where} already`));
        } else seen.set(piece.id, { source, path });
        return piece;
      }),
    );
  }
  return {
    checks: collect("checks", (yaml) => yaml.checks, checkOf),
    causes: collect("causes", (yaml) => yaml.causes, causeOf),
    fixes: collect("fixes", (yaml) => yaml.fixes, fixOf),
  };
}

/** Own pieces take the place of those of the same id; what is left out disappears from lists of ids, too. */
function merged(own: Pieces, base: Playbook | undefined, without: readonly string[]): Pieces {
  function merge<P extends { readonly id: string }>(mine: readonly P[], theirs: readonly P[] = []): P[] {
    const kept = theirs.filter((piece) => !without.includes(piece.id));
    const added = mine.filter((piece) => !kept.some((other) => other.id === piece.id));
    return [...kept.map((piece) => mine.find((other) => other.id === piece.id) ?? piece), ...added];
  }
  const causes = base?.causes.map((cause) => ({
    ...cause,
    fixes: cause.fixes.filter((id) => !without.includes(id)),
    explains: cause.explains.filter((id) => !without.includes(id)),
  }));
  return {
    checks: merge(own.checks, base?.checks),
    causes: merge(own.causes, causes),
    fixes: merge(own.fixes, base?.fixes),
  };
}

/** Changes when any file of the playbook, or of what it extends, changes. */
function revision(files: readonly PlaybookFile[], base: Playbook | undefined): string {
  const hash = createHash("sha256").update(base?.revision ?? "");
  for (const { path, text } of files) {
    const name = path.slice(path.lastIndexOf("/") + 1);
    hash.update(`\0${name}\0${text.length}\0${text}`);
  }
  return hash.digest("hex").slice(0, 12);
}
