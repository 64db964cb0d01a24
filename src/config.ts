import { existsSync, mkdirSync, readdirSync, readFileSync, statSync } from "node:fs";
import { homedir, userInfo } from "node:os";
import { basename, dirname, join, relative, resolve } from "node:path";
import { type Config } from "./inventory/config-schema.ts";
import { realSurroundings, type Surroundings } from "./inventory/files.ts";
import { foreignHosts, inventoryOf } from "./inventory/inventory-of.ts";
import { errorText, loadConfig } from "./inventory/load-config.ts";
import type { Inventory } from "./inventory/resolve.ts";
import { readSecret } from "./inventory/secret.ts";
import { Plan } from "./model/plan-schema.ts";
import { CHECK_SCOPE, PEER_SCOPE } from "./model/schema.ts";
import { keptPlaybooks } from "./kept-playbooks.ts";
import { PARSERS } from "./parsers/registry.ts";
import { type CelEnvironment, celEnvironment } from "./playbook/cel.ts";
import type { LoadEnvironment } from "./playbook/load-environment.ts";
import { foldersFor, loadPlaybooks as loadAll, type PlaybookFolder } from "./playbook/load-all.ts";
import type { PlaybookFile } from "./playbook/load.ts";
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
    throw new UsageError(
      `there is no configuration at ${file}`,
      "write one with: 502 init, or name another with --config FILE",
    );
  }
  const directory = dirname(file);
  const around = realSurroundings(env["HOME"] ?? homedir(), loginName(env));
  // Read once: a large inventory with its host_vars is thousands of files.
  let read: ReturnType<typeof foreignHosts> | undefined;
  const foreign = (files: readonly string[]): Iterable<string> => {
    read = foreignHosts(files, directory, around);
    return Object.entries(read.hosts).flatMap(([name, { groups }]) => [name, ...groups]);
  };
  const loaded = loadConfig(readFileSync(file, "utf8"), file, foreign);
  if (!loaded.ok)
    throw new UsageError(loaded.errors.map(errorText).join("\n"), "correct the lines named above");
  const { hosts, problems } = read ?? foreignHosts(loaded.config.ansible, directory, around);
  return {
    file,
    config: loaded.config,
    inventory: inventoryOf(loaded.config, hosts, directory, around),
    around,
    stateDir: stateDir(loaded.config.state, directory, env),
    problems,
  };
}

/** The secrets that a configuration names, each with why it cannot be read, if so. */
export function secretTroubles({
  config,
  inventory,
  around,
}: Settings): { readonly name: string; readonly trouble: string | undefined }[] {
  const { slack, alerts, outlet, audit, databaseUrl } = config;
  const places = Object.entries({
    "slack.botToken": slack?.botToken,
    "slack.appToken": slack?.appToken,
    "slack.signingSecret": slack?.signingSecret,
    "alerts.token": alerts.token,
    "alerts.grafanaSecret": alerts.grafanaSecret,
    "outlet.webhook": outlet?.webhook,
    "audit.key": audit.key,
    databaseUrl,
  });
  return places.flatMap(([name, place]): { name: string; trouble: string | undefined }[] => {
    if (place === undefined) return [];
    try {
      readSecret(place, inventory.directory, around);
      return [{ name, trouble: undefined }];
    } catch (error) {
      return [{ name, trouble: error instanceof Error ? error.message : String(error) }];
    }
  });
}

/** The person at the terminal: the one behind sudo, where there is one. */
export function loginName(env: NodeJS.ProcessEnv = process.env): string {
  const sudo = env["SUDO_USER"];
  return sudo !== undefined && sudo !== "" ? sudo : userInfo().username;
}

/** Where the state lies. @param state what the configuration says, relative to its directory */
export function stateDir(
  state: string | undefined,
  directory: string,
  env: NodeJS.ProcessEnv = process.env,
): string {
  if (state !== undefined) return resolve(directory, state);
  const base = env["XDG_STATE_HOME"];
  return join(
    base !== undefined && base !== "" ? base : join(env["HOME"] ?? homedir(), ".local", "state"),
    "fiveohtwo",
  );
}

/** Makes the state folder, closed to others. */
export function makeStateDir(dir: string): void {
  mkdirSync(dir, { recursive: true, mode: 0o700 });
}

/** The facts playbooks may name, and what their checks may run. */
export function playbookEnvironment(config?: Pick<Config, "commands">): {
  readonly environment: CelEnvironment;
  readonly load: LoadEnvironment;
} {
  const environment = celEnvironment({ ...PEER_SCOPE, plan: Plan });
  const peer = Object.keys(PEER_SCOPE);
  const refusal = commandRefusal((config?.commands ?? []).map(extraCommand));
  return {
    environment,
    load: {
      environment,
      parsers: new Set(Object.keys(PARSERS)),
      refusal,
      scopes: {
        peer,
        vhost: ["host", "nginx", "vhost"],
        host: ["host", "nginx"],
        check: Object.keys(CHECK_SCOPE),
      },
    },
  };
}

/** A program of `commands:`: one of its subcommands (where it lists any), then any of its options and plain words. */
function extraCommand(c: Config["commands"][number]): { program: string; args: string } {
  const literal = (text: string): string => text.replaceAll(/[.+*?^$()[\]{}|\\]/g, "\\$&");
  const options = c.options.map(literal).join("|");
  const rest = `(?: (?:${options === "" ? "" : `${options}|`}[^- ][^ ]*))*`;
  const sub = c.subcommands?.map(literal).join("|");
  return {
    program: c.program,
    args: sub === undefined ? `(?:${options || "[^- ][^ ]*"})?${rest}` : `(?:${sub})${rest}`,
  };
}

export interface Playbooks {
  readonly byName: ReadonlyMap<string, LoadedPlaybook>;
  readonly errors: readonly PlaybookError[];
  readonly warnings: readonly PlaybookError[];
}

/**
 * Loads every playbook of the folders; a later folder's playbook takes the place of one of the same name.
 * @param only - the one that is needed, with what it extends; the others are left unread
 */
export function loadPlaybooks(
  folders: readonly string[],
  config?: Pick<Config, "commands">,
  only?: string,
): Playbooks {
  const { environment, load } = playbookEnvironment(config);
  const all = playbookFolders(folders);
  const { playbooks, errors, warnings } = keptPlaybooks(all, [only, config?.commands], () =>
    loadAll(only === undefined ? all : foldersFor(only, all), load),
  );
  const byName = new Map(
    [...playbooks].map(([name, playbook]): [string, LoadedPlaybook] => [
      name,
      { playbook, environment, refusal: load.refusal },
    ]),
  );
  return { byName, errors, warnings };
}

/**
 * Reads the texts of playbooks: each subfolder with YAML files is one, and so is each single file; a folder
 * that holds YAML files only is one itself. A later one takes the place of one of the same name.
 * @throws UsageError when a folder does not exist
 */
export function playbookFolders(folders: readonly string[]): readonly PlaybookFolder[] {
  const found = new Map(folders.flatMap(foldersIn).map((folder) => [folder.name, folder]));
  return [...found.values()];
}

function foldersIn(path: string): PlaybookFolder[] {
  if (!existsSync(path))
    throw new UsageError(`there is no playbook folder ${path}`, "correct playbooks: in the configuration");
  if (!statSync(path).isDirectory()) return [{ name: nameOf(path), files: [read(path)] }];
  const names = readdirSync(path).toSorted();
  const own = names.filter(isYaml).map((name) => join(path, name));
  const inside = names.map((name) => join(path, name)).filter((one) => statSync(one).isDirectory());
  if (own.length > 0 && inside.length === 0) return [{ name: nameOf(path), files: own.map(read) }];
  const nested = inside.map((folder) => ({
    name: nameOf(folder),
    files: readdirSync(folder)
      .filter(isYaml)
      .toSorted()
      .map((name) => read(join(folder, name))),
  }));
  return [
    ...nested.filter(({ files }) => files.length > 0),
    ...own.map((file) => ({ name: nameOf(file), files: [read(file)] })),
  ];
}

function isYaml(name: string): boolean {
  return /\.ya?ml$/.test(name);
}

function nameOf(path: string): string {
  return basename(path).replace(/\.ya?ml$/, "");
}

/** Mistakes name a file as a person at this prompt would. */
function read(path: string): PlaybookFile {
  const near = relative(process.cwd(), path);
  return { path: near.startsWith("..") ? path : near, text: readFileSync(path, "utf8") };
}
