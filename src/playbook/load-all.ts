import type { Playbook } from "../domain/playbook.ts";
import type { LoadEnvironment } from "./load-environment.ts";
import { loadPlaybook, type PlaybookFile } from "./load.ts";
import { YamlSource, type PlaybookError } from "./yaml-source.ts";

/** A folder of playbooks/ with the texts of its YAML files. */
export interface PlaybookFolder {
  readonly name: string;
  readonly files: readonly PlaybookFile[];
}

export interface LoadedAll {
  /** Every playbook without errors, by its name. */
  readonly playbooks: ReadonlyMap<string, Playbook>;
  readonly errors: readonly PlaybookError[];
  readonly warnings: readonly PlaybookError[];
}

/** Loads all playbooks, those that are extended first. One that has errors does not keep the others from loading. */
export function loadPlaybooks(folders: readonly PlaybookFolder[], env: LoadEnvironment): LoadedAll {
  const playbooks = new Map<string, Playbook>();
  const errors: PlaybookError[] = [];
  const warnings: PlaybookError[] = [];
  let pending = folders.map((folder) => ({ folder, header: headerOf(folder) }));
  while (pending.length > 0) {
    const names = new Set(pending.map(({ header }) => header.name));
    const ready = pending.filter(
      ({ header }) => header.extends === undefined || !names.has(header.extends.name),
    );
    if (ready.length === 0) {
      for (const { header } of pending) if (header.extends) errors.push(header.extends.error);
      break;
    }
    for (const { folder, header } of ready) {
      const loaded = loadPlaybook(folder.name, folder.files, env, playbooks);
      if (!loaded.ok) errors.push(...loaded.errors);
      else if (playbooks.has(loaded.playbook.name)) errors.push(header.twice());
      else {
        playbooks.set(loaded.playbook.name, loaded.playbook);
        warnings.push(...loaded.warnings);
      }
    }
    pending = pending.filter((one) => !ready.includes(one));
  }
  return { playbooks, errors, warnings };
}

/** The folders of one playbook and of what it extends; all when there is none of that name. */
export function foldersFor(name: string, folders: readonly PlaybookFolder[]): readonly PlaybookFolder[] {
  const headers = folders.map((folder) => ({ folder, header: headerOf(folder) }));
  const chosen: PlaybookFolder[] = [];
  for (let next: string | undefined = name; next !== undefined;) {
    const found = headers.find(({ header }) => header.name === next);
    if (found === undefined) return folders;
    if (chosen.includes(found.folder)) break;
    chosen.push(found.folder);
    next = found.header.extends?.name;
  }
  return chosen;
}

interface PeekedHeader {
  readonly name: string;
  readonly extends?: { readonly name: string; readonly error: PlaybookError };
  readonly twice: () => PlaybookError;
}

/** What decides the order, read without judging: mistakes are found when the playbook is loaded. */
function headerOf(folder: PlaybookFolder): PeekedHeader {
  let name = folder.name;
  let extended: PeekedHeader["extends"];
  let named: PlaybookFile | undefined;
  for (const file of folder.files) {
    named ??= file;
    const given = textAt(file.text, "name");
    const base = textAt(file.text, "extends");
    if (given === undefined && base === undefined) continue;
    // Parsed only where a header stands: parsing takes most of the time that loading takes.
    const source = new YamlSource(file.path, file.text);
    if (source.syntaxErrors().length > 0) continue;
    if (given !== undefined) [name, named] = [given, file];
    if (base === undefined) continue;
    const message =
      base === name
        ? "a playbook cannot extend itself"
        : `the playbooks "${name}" and "${base}" extend each other`;
    extended = { name: base, error: source.error(["extends"], message, "leave out one `extends`") };
  }
  const twice = (): PlaybookError => {
    const message = `there are two playbooks named "${name}"`;
    const place = named ?? { path: folder.name, text: "" };
    return new YamlSource(place.path, place.text).error(["name"], message, "give one of them another name");
  };
  return { name, ...(extended ? { extends: extended } : {}), twice };
}

function textAt(text: string, key: string): string | undefined {
  const line = new RegExp(String.raw`^${key}:[ \t]*["']?([A-Za-z0-9-]+)["']?[ \t]*(?:#.*)?$`, "m");
  return line.exec(text)?.[1];
}
