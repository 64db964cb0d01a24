import { suggest } from "../domain/nearest.ts";
import { type Path, YamlSource } from "../playbook/yaml-source.ts";
import { type ConfigError, schemaErrors } from "./config-errors.ts";
import { Config } from "./config-schema.ts";
import { looksLikeToken } from "./secret.ts";

export type Loaded =
  | { readonly ok: true; readonly config: Config }
  | { readonly ok: false; readonly errors: readonly ConfigError[] };

/**
 * Reads the text of 502.yml. Errors stand in the order of the file. `foreign` gives the names of
 * hosts and groups that the Ansible inventories bring, so that groups, policy and schedules may refer to them.
 */
export function loadConfig(
  text: string,
  filename: string,
  foreign: (files: readonly string[]) => Iterable<string> = () => [],
): Loaded {
  const source = new YamlSource(filename, text);
  const syntax = source.syntaxErrors();
  if (syntax.length > 0) return { ok: false, errors: syntax };
  let value: unknown;
  try {
    value = source.value() ?? {};
  } catch (error) {
    // An alias without its anchor, or aliases that would expand without end.
    const because = error instanceof Error ? error.message : String(error);
    return failed([source.error([], because, "write the value out instead of the alias")]);
  }
  const tokens = literalTokens(value, source);
  const parsed = Config.safeParse(value);
  if (!parsed.success) {
    const errors = schemaErrors(Config, source, parsed.error.issues);
    return failed([
      ...tokens,
      ...errors.filter((error) => !tokens.some((token) => token.path === error.path)),
    ]);
  }
  const references = danglingReferences(parsed.data, source, new Set(foreign(parsed.data.ansible)));
  const errors = [...tokens, ...references];
  return errors.length > 0 ? failed(errors) : { ok: true, config: parsed.data };
}

/** One line per error, as compilers print them: FILE:LINE:COLUMN: path: message (hint). */
export function errorText(error: ConfigError): string {
  const path = error.path === "" ? "" : `${error.path}: `;
  return `${error.file}:${error.line}:${error.column}: ${path}${error.message} (${error.hint})`;
}

function failed(errors: ConfigError[]): Loaded {
  return { ok: false, errors: errors.toSorted((a, b) => a.line - b.line || a.column - b.column) };
}

function literalTokens(value: unknown, source: YamlSource, path: Path = []): ConfigError[] {
  if (typeof value === "string") {
    if (!looksLikeToken(value)) return [];
    const hint = "write ${SLACK_BOT_TOKEN} or file:PATH, and revoke the token that stood here";
    return [source.error(path, "a Slack token must not stand in this file", hint)];
  }
  if (Array.isArray(value))
    return value.flatMap((item, index) => literalTokens(item, source, [...path, index]));
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, item]) => literalTokens(item, source, [...path, key]));
}

/** Names that point to no host and no group. */
function danglingReferences(config: Config, source: YamlSource, foreign: ReadonlySet<string>): ConfigError[] {
  const hosts = new Set([...Object.keys(config.hosts), ...foreign]);
  const inGroups = Object.values(config.hosts).flatMap((entry) => entry.groups);
  const groups = new Set(["all", ...Object.keys(config.groups), ...inGroups, ...foreign]);
  const errors: ConfigError[] = [];
  const check = (target: string, path: Path, pattern = false): void => {
    const known = target.startsWith("@") ? [...groups].map((name) => `@${name}`) : [...hosts];
    if (known.includes(target) || (pattern && /[*?]/.test(target))) return;
    errors.push(
      source.error(
        path,
        `there is no ${target.startsWith("@") ? "group" : "host"} ${target}`,
        suggest(target, known),
      ),
    );
  };
  const each = (targets: readonly string[] | undefined, path: Path, pattern = false): void =>
    targets?.forEach((target, index) => check(target, [...path, index], pattern));
  for (const [name, members] of Object.entries(config.groups)) {
    if (name in config.hosts) {
      errors.push(
        source.errorAtKey(["groups"], name, `"${name}" is a host, too`, "rename the group or the host"),
      );
    }
    each(members, ["groups", name]);
  }
  for (const [name, site] of Object.entries(config.sites)) each(site.hosts, ["sites", name, "hosts"]);
  config.policy?.forEach((rule, index) => each(rule.on, ["policy", index, "on"], true));
  config.schedules.forEach((schedule, index) => each(schedule.on, ["schedules", index, "on"]));
  config.fixes.freezes.forEach((freeze, index) => each(freeze.on, ["fixes", "freezes", index, "on"]));
  config.fixes.windows.forEach((window, index) => each(window.on, ["fixes", "windows", index, "on"]));
  config.alerts.channels.forEach((entry, index) => each(entry.on, ["alerts", "channels", index, "on"]));
  for (const [label, host] of Object.entries(config.alerts.names)) check(host, ["alerts", "names", label]);
  return errors;
}
