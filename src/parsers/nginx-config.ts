import { isCutMark } from "./nginx-cut.ts";
import { parseNginxDirectives } from "./nginx-directives.ts";
import type { NginxDirective } from "./nginx-directives.ts";
import { expandIncludes } from "./nginx-include.ts";
import type { NginxMissingInclude } from "./nginx-include.ts";

interface NginxFile {
  readonly path: string;
  /** As dumped, without line ends; lines[0] is line 1. */
  readonly lines: readonly string[];
  readonly directives: readonly NginxDirective[];
}

interface NginxProblem {
  readonly message: string;
  readonly file: string;
  readonly line: number;
}

export interface NginxConfig {
  /** "dump": nginx -T, the files as nginx names them; "grep": read beside nginx, possibly incomplete. */
  readonly source: "dump" | "grep";
  readonly main: string | undefined;
  readonly files: readonly NginxFile[];
  /** The effective tree of the main file, includes resolved; empty when nothing was dumped. */
  readonly directives: readonly NginxDirective[];
  readonly missingIncludes: readonly NginxMissingInclude[];
  readonly usedFiles: readonly string[];
  readonly problems: readonly NginxProblem[];
}

const MARKER = /^# configuration file (\/.*|[A-Za-z]:.*):\r?$/;

/**
 * Reads standard output of `nginx -T` (ngx_dump_config in nginx.c: a marker line, the file, a line feed).
 * Text before the first marker (standard error mixed in) is passed over. The first file is the main one.
 */
export function parseNginxDump(stdout: string): NginxConfig {
  const files = new Map<string, string[]>();
  const problems: NginxProblem[] = [];
  let current: string[] | undefined;
  let file = "";
  for (const line of stdout.replace(/\n$/, "").split("\n")) {
    const path = MARKER.exec(line)?.[1];
    // nginx dumps a file once: the same marker again is a comment somebody wrote into a file.
    if (path !== undefined && !files.has(path)) {
      current = [];
      file = path;
      files.set(path, current);
    } else if (isCutMark(line)) {
      // What follows belongs to nobody knows which file; half a line before is worse than none.
      current?.pop();
      problems.push({
        message: "the output was cut here: the files behind are incomplete",
        file,
        line: current?.length ?? 0,
      });
      current = undefined;
    } else current?.push(line.endsWith("\r") ? line.slice(0, -1) : line);
  }
  // nginx adds one line end behind each file.
  for (const lines of files.values()) if (lines.at(-1) === "") lines.pop();
  return assemble("dump", files, files.keys().next().value, problems);
}

const GREP_LINE = /^(\/[^:\n]*):(\d{1,7}):(.*)$/;

/**
 * Reads `grep -rn '' DIR` (PATH:LINE:CONTENT), for users who may read the files but not run `nginx -T`.
 * `options.main` is the main file; without it the nginx.conf (angie.conf, …) nearest the root is taken.
 */
export function parseNginxGrep(stdout: string, options: { main?: string } = {}): NginxConfig {
  const files = new Map<string, string[]>();
  const problems: NginxProblem[] = [];
  const all = stdout.split("\n");
  for (let at = 0; at < all.length; at++) {
    const beside = isCutMark(all[at + 1] ?? "") || isCutMark(all[at - 1] ?? "");
    const match = beside ? null : GREP_LINE.exec(all[at] ?? "");
    if (match === null) continue;
    const [, path = "", number = "", content = ""] = match;
    const lines = files.get(path) ?? [];
    files.set(path, lines);
    const gap = Number(number) - lines.length - 1;
    if (gap > 0) {
      problems.push({
        message: `${gap} lines are missing before this one`,
        file: path,
        line: Number(number),
      });
      // Kept in place for line numbers; a wild number from a cut line must not fill memory.
      if (gap < 10_000) for (let n = 0; n < gap; n++) lines.push("");
    }
    if (gap >= 0) lines.push(content.endsWith("\r") ? content.slice(0, -1) : content);
  }
  return assemble("grep", files, options.main ?? guessMain([...files.keys()]), problems);
}

function guessMain(paths: readonly string[]): string | undefined {
  const depth = (path: string) => path.split("/").length;
  const named = paths.filter((path) => /\/(nginx|angie|freenginx|openresty|tengine)\.conf$/.test(path));
  return named.sort((a, b) => depth(a) - depth(b) || (a < b ? -1 : 1))[0];
}

function assemble(
  source: "dump" | "grep",
  texts: ReadonlyMap<string, readonly string[]>,
  main: string | undefined,
  found: readonly NginxProblem[] = [],
): NginxConfig {
  const problems = [...found];
  const files: NginxFile[] = [];
  for (const [path, lines] of texts) {
    const { directives, errors } = parseNginxDirectives(lines.join("\n"), path);
    for (const { message, line } of errors) problems.push({ message, file: path, line });
    files.push({ path, lines, directives });
  }
  const known = main !== undefined && texts.has(main) ? main : undefined;
  if (known === undefined) {
    if (files.length > 0)
      problems.push({
        message: "the main configuration file is not among the files read",
        file: main ?? "",
        line: 0,
      });
    return { source, main, files, directives: [], missingIncludes: [], usedFiles: [], problems };
  }
  const trees = new Map(files.map((file) => [file.path, file.directives]));
  const expanded = expandIncludes(known, trees, known.slice(0, known.lastIndexOf("/")));
  return {
    source,
    main: known,
    files,
    directives: expanded.directives,
    // nginx itself found nothing for a pattern that is not in its dump; beside nginx nobody knows.
    missingIncludes: expanded.missing.filter(({ glob }) => source === "grep" || !glob || found.length > 0),
    usedFiles: expanded.used,
    problems: [...problems, ...expanded.problems],
  };
}
