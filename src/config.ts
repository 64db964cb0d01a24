import { existsSync, mkdirSync, readdirSync, readFileSync, statSync } from "node:fs";
import { homedir, userInfo } from "node:os";
import { dirname, join, resolve } from "node:path";
import type { Playbook } from "./domain/playbook.ts";
import { type Config } from "./inventory/config-schema.ts";
import { realSurroundings, type Surroundings } from "./inventory/files.ts";
import { foreignHosts, inventoryOf } from "./inventory/inventory-of.ts";
import { errorText, loadConfig } from "./inventory/load-config.ts";
import type { Inventory } from "./inventory/resolve.ts";
import { CHECK_SCOPE, PEER_SCOPE, Plan } from "./model/schema.ts";
import { PARSERS } from "./parsers/registry.ts";
import { type CelEnvironment, celEnvironment } from "./playbook/cel.ts";
import type { LoadEnvironment } from "./playbook/load-environment.ts";
import { loadPlaybook, type PlaybookFile } from "./playbook/load.ts";
import { commandRefusal } from "./playbook/read-only-table.ts";
import type { PlaybookError } from "./playbook/yaml-source.ts";
import type { LoadedPlaybook } from "./workflows/collect.ts";

/** Bad input: a sentence and what to do next; exit code 64. */
export class UsageError extends Error {
  readonly hint: string;

  constructor(message: string, hint: string) {
    super(message);
    this.name = "UsageError";
    this.hint = hint;
  }
}

export interface Settings {
  readonly file: string;
  readonly config: Config;
  readonly inventory: Inventory;
  readonly around: Surroundings;
  readonly stateDir: string;
  /** Things worth a warning, such as an inventory that cannot be read. */
  readonly problems: readonly string[];
}

/** The project's own folder. */
export const ROOT = resolve(import.meta.dirname, "..");

/**
 * Reads 502.yml.
 * @param path `--config`, else $FIVEOHTWO_CONFIG, else 502.yml in the working directory
 * @throws UsageError with every mistake, each with file, line and column
 */
export function readSettings(path: string | undefined, env: NodeJS.ProcessEnv = process.env): Settings {
  const file = resolve(path ?? env["FIVEOHTWO_CONFIG"] ?? "502.yml");
  if (!existsSync(file)) {
    throw new UsageError(`there is no configuration at ${file}`, "write one with: 502 init, or name another with --config FILE");
  }
  const directory = dirname(file);
  const around = realSurroundings(env["HOME"] ?? homedir(), loginName(env));
  const foreign = (files: readonly string[]): Iterable<string> => Object.keys(foreignHosts(files, directory, around).hosts);
  const loaded = loadConfig(readFileSync(file, "utf8"), file, foreign);
  if (!loaded.ok) throw new UsageError(loaded.errors.map(errorText).join("\n"), "correct the lines named above");
  const { hosts, problems } = foreignHosts(loaded.config.ansible, directory, around);
  return {
    file,
    config: loaded.config,
    inventory: inventoryOf(loaded.config, hosts, directory, around),
    around,
    stateDir: stateDir(loaded.config.state, directory, env),
    problems,
  };
}

/** The person at the terminal: the one behind sudo, where there is one. */
export function loginName(env: NodeJS.ProcessEnv = process.env): string {
  const sudo = env["SUDO_USER"];
  return sudo !== undefined && sudo !== "" ? sudo : userInfo().username;
}

function stateDir(state: string | undefined, directory: string, env: NodeJS.ProcessEnv): string {
  if (state !== undefined) return resolve(directory, state);
  const base = env["XDG_STATE_HOME"];
  return join(base !== undefined && base !== "" ? base : join(env["HOME"] ?? homedir(), ".local", "state"), "fiveohtwo");
}

/** Makes the state folder, closed to others. */
export function makeStateDir(dir: string): void {
  mkdirSync(dir, { recursive: true, mode: 0o700 });
}

/** The facts playbooks may name, and what their checks may run. */
export function playbookEnvironment(config?: Pick<Config, "commands">): { readonly environment: CelEnvironment; readonly load: LoadEnvironment } {
  const environment = celEnvironment({ ...PEER_SCOPE, plan: Plan });
  const peer = Object.keys(PEER_SCOPE);
  const refusal = commandRefusal((config?.commands ?? []).map(extraCommand));
  return {
    environment,
    load: {
      environment,
      parsers: new Set(Object.keys(PARSERS)),
      refusal,
      scopes: { peer, vhost: ["host", "nginx", "vhost"], host: ["host", "nginx"], check: Object.keys(CHECK_SCOPE) },
    },
  };
}

/** A program of `commands:`: one of its subcommands (where it lists any), then any of its options and plain words. */
function extraCommand(c: Config["commands"][number]): { program: string; args: string } {
  const literal = (text: string): string => text.replaceAll(/[.+*?^$()[\]{}|\\]/g, "\\$&");
  const options = c.options.map(literal).join("|");
  const rest = `(?: (?:${options === "" ? "" : `${options}|`}[^- ][^ ]*))*`;
  const sub = c.subcommands?.map(literal).join("|");
  return { program: c.program, args: sub === undefined ? `(?:${options || "[^- ][^ ]*"})?${rest}` : `(?:${sub})${rest}` };
}

export interface Playbooks {
  readonly byName: ReadonlyMap<string, LoadedPlaybook>;
  readonly errors: readonly PlaybookError[];
}

/** Loads every playbook of the folders; a later folder's playbook takes the place of one of the same name. */
export function loadPlaybooks(folders: readonly string[], config?: Pick<Config, "commands">): Playbooks {
  const { environment, load } = playbookEnvironment(config);
  const found = new Map<string, readonly PlaybookFile[]>();
  for (const folder of folders) for (const [name, files] of playbookFiles(folder)) found.set(name, files);
  const done = new Map<string, Playbook>();
  const byName = new Map<string, LoadedPlaybook>();
  const errors: PlaybookError[] = [];
  // What others extend comes first.
  const waiting = [...found].toSorted(([, a], [, b]) => Number(extendsAny(a)) - Number(extendsAny(b)));
  for (const [name, files] of waiting) {
    const result = loadPlaybook(name, files, load, done);
    if (!result.ok) errors.push(...result.errors);
    else {
      done.set(result.playbook.name, result.playbook);
      byName.set(result.playbook.name, { playbook: result.playbook, environment, refusal: load.refusal });
    }
  }
  return { byName, errors };
}

function extendsAny(files: readonly PlaybookFile[]): boolean {
  return files.some((f) => /^extends:/m.test(f.text));
}

/** Each subfolder with YAML files is a playbook, and so is each single file. */
function playbookFiles(folder: string): [string, PlaybookFile[]][] {
  if (!existsSync(folder)) throw new UsageError(`there is no playbook folder ${folder}`, "correct playbooks: in the configuration");
  if (!statSync(folder).isDirectory()) return [[nameOf(folder), [read(folder)]]];
  const names = readdirSync(folder).toSorted();
  const own = names.filter(isYaml);
  const folders = names.filter((n) => statSync(join(folder, n)).isDirectory());
  if (own.length > 0 && folders.length === 0) return [[nameOf(folder), own.map((n) => read(join(folder, n)))]];
  return folders
    .map((name): [string, PlaybookFile[]] => [name, readdirSync(join(folder, name)).filter(isYaml).toSorted().map((n) => read(join(folder, name, n)))])
    .filter(([, files]) => files.length > 0)
    .concat(own.map((n): [string, PlaybookFile[]] => [nameOf(n), [read(join(folder, n))]]));
}

function isYaml(name: string): boolean {
  return /\.ya?ml$/.test(name);
}

function nameOf(path: string): string {
  return path.replace(/\/$/, "").replace(/^.*\//, "").replace(/\.ya?ml$/, "");
}

function read(path: string): PlaybookFile {
  return { path, text: readFileSync(path, "utf8") };
}
