import { dirname, join } from "node:path";
import { LineType, parse as parseSshConfig, type SSHConfig } from "ssh-config";
import { absolute, expandPattern, type Surroundings } from "./files.ts";
import { matchSection, patternList } from "./ssh-match.ts";

/** What ssh_config says of one host: the first value of each keyword, all of those that add up. */
export interface SshSettings {
  /** Keyword in lower case → its values, unexpanded. */
  readonly values: ReadonlyMap<string, readonly string[]>;
  /** Why the host cannot be resolved without running a program, with the file that says so. */
  readonly refused: string | undefined;
}

type Line = SSHConfig[number];
type Directive = Extract<Line, { type: LineType.DIRECTIVE }>;

/** Keywords whose values add up (ssh_config(5)). */
const CUMULATIVE = new Set(["identityfile", "certificatefile"]);
const MAX_DEPTH = 16;

interface Walk {
  readonly name: string;
  readonly around: Surroundings;
  readonly values: Map<string, string[]>;
  refused: string | undefined;
}

/**
 * Resolves a name against configuration files, in their order, as ssh_config(5) says: the first
 * value wins. No program is ever run: a `Match exec` that would decide is reported as refused.
 */
export function sshSettings(name: string, files: readonly string[], around: Surroundings): SshSettings {
  const walk: Walk = { name, around, values: new Map(), refused: undefined };
  for (const file of files) readInto(walk, file, 0);
  return { values: walk.values, refused: walk.refused };
}

/** The names that configuration files spell out (no patterns), for lists and suggestions. */
export function sshNames(files: readonly string[], around: Surroundings): string[] {
  const names = new Set<string>();
  const visit = (file: string, depth: number): void => {
    for (const line of parse(file, around)) {
      if (line.type !== LineType.DIRECTIVE) continue;
      const word = line.param.toLowerCase();
      if (word === "host") {
        for (const pattern of values(line)) if (!/[*?!]/.test(pattern)) names.add(pattern);
      }
      const inside: Line[] = "config" in line ? [...line.config] : [];
      for (const part of [line, ...inside]) {
        if (part.type !== LineType.DIRECTIVE || part.param.toLowerCase() !== "include") continue;
        if (depth < MAX_DEPTH) for (const next of included(part, file, around)) visit(next, depth + 1);
      }
    }
  };
  for (const file of files) visit(file, 0);
  return [...names].toSorted();
}

function readInto(walk: Walk, file: string, depth: number): void {
  if (depth > MAX_DEPTH) {
    walk.refused ??= `${file} is included more than ${MAX_DEPTH} levels deep`;
    return;
  }
  for (const line of parse(file, walk.around)) apply(walk, line, file, depth);
}

function apply(walk: Walk, line: Line, file: string, depth: number): void {
  if (line.type !== LineType.DIRECTIVE) return;
  const keyword = line.param.toLowerCase();
  if ("config" in line) {
    const applies =
      keyword === "host" ? patternList(values(line), walk.name) : matches(walk, values(line), file);
    if (applies) for (const inner of line.config) apply(walk, inner, file, depth);
    return;
  }
  if (keyword === "include") {
    for (const next of included(line, file, walk.around)) readInto(walk, next, depth + 1);
    return;
  }
  const given = values(line);
  const before = walk.values.get(keyword);
  // ProxyJump and ProxyCommand compete: whichever comes first wins (readconf.c).
  if (keyword === "proxycommand" && walk.values.has("proxyjump")) return;
  if (keyword === "proxyjump" && walk.values.has("proxycommand")) return;
  if (before === undefined) walk.values.set(keyword, given);
  else if (CUMULATIVE.has(keyword)) before.push(...given.filter((value) => !before.includes(value)));
  if (keyword === "proxycommand" && given[0]?.toLowerCase() !== "none") {
    walk.refused ??= `${file} gives it a ProxyCommand, and the bot runs no programs to connect`;
  }
}

function matches(walk: Walk, words: readonly string[], file: string): boolean {
  const outcome = matchSection(words, {
    name: walk.name,
    hostName: walk.values.get("hostname")?.[0] ?? walk.name,
    user: walk.values.get("user")?.[0] ?? walk.around.user,
    localUser: walk.around.user,
  });
  if (outcome === "exec") {
    walk.refused ??= `${file} decides about it by "Match ${words.join(" ")}", and the bot runs no programs to read a configuration`;
  } else if (outcome === "unknown") {
    walk.refused ??= `${file} decides about it by "Match ${words.join(" ")}", which is not understood here`;
  }
  return outcome === true;
}

/** Texts parsed before: a list of 500 hosts asks for each of them, and parsing takes milliseconds. */
const PARSED = new Map<string, readonly Line[]>();
const MOST_PARSED = 64;

/** A file is read each time, so that what somebody changes counts at once, and parsed once for each text. */
function parse(file: string, around: Surroundings): readonly Line[] {
  const text = around.read(file);
  if (text === undefined) return [];
  const known = PARSED.get(text);
  if (known !== undefined) return known;
  const lines = [...parseSshConfig(text)];
  if (PARSED.size >= MOST_PARSED) PARSED.clear();
  PARSED.set(text, lines);
  return lines;
}

function values(line: Directive): string[] {
  if (typeof line.value !== "string") return line.value.map((word) => word.val);
  return [line.value];
}

/** Relative includes are relative to ~/.ssh, or to the system's directory for its own file (ssh_config(5)). */
function included(line: Directive, file: string, around: Surroundings): string[] {
  const base = file.startsWith("/etc/ssh/") ? dirname(file) : join(around.home, ".ssh");
  return values(line).flatMap((pattern) => expandPattern(absolute(pattern, base, around.home), around));
}
