import type { NginxDirective } from "./nginx-directives.ts";

export interface NginxMissingInclude {
  /** As written, before it was made absolute. */
  readonly pattern: string;
  readonly path: string;
  readonly file: string;
  readonly line: number;
  /** A pattern may match nothing (nginx accepts that); a plain path must exist. */
  readonly glob: boolean;
}

/** Bounds against include loops and trees that double at each level. */
const MAX_DIRECTIVES = 200_000;
const MAX_DEPTH = 256;

export interface ExpandedIncludes {
  readonly directives: readonly NginxDirective[];
  readonly missing: readonly NginxMissingInclude[];
  /** Files reached from the main file, in order of first use. */
  readonly used: readonly string[];
  readonly problems: readonly { message: string; file: string; line: number }[];
}

/**
 * Replaces each `include` by the directives of the files it names, as `ngx_conf_include()` does: a relative
 * path counts from the directory of the main file, a pattern's matches come in byte order. `files` maps an
 * absolute path to its directives; a file that is not there is reported, never guessed.
 */
export function expandIncludes(
  main: string,
  files: ReadonlyMap<string, readonly NginxDirective[]>,
  confDir: string,
): ExpandedIncludes {
  const missing: NginxMissingInclude[] = [];
  const problems: { message: string; file: string; line: number }[] = [];
  const used = new Set<string>();
  const paths = [...files.keys()].sort();
  const active: string[] = [];
  let count = 0;

  const expand = (directives: readonly NginxDirective[], out: NginxDirective[]): NginxDirective[] => {
    for (const directive of directives) {
      // An include counts as well: files that hold nothing but includes double at each level, too.
      count++;
      if (count > MAX_DIRECTIVES) return out;
      const pattern = directive.args[0];
      if (directive.name === "include" && directive.block === undefined && pattern !== undefined)
        include(directive, pattern, out);
      else
        out.push(
          directive.block === undefined ? directive : { ...directive, block: expand(directive.block, []) },
        );
    }
    return out;
  };

  const expandFile = (path: string, out: NginxDirective[]): NginxDirective[] => {
    used.add(path);
    active.push(path);
    expand(files.get(path) ?? [], out);
    active.pop();
    return out;
  };

  const include = (directive: NginxDirective, pattern: string, out: NginxDirective[]): void => {
    const { file, line } = directive;
    const path = pattern.startsWith("/") ? pattern : `${confDir}/${pattern}`;
    const glob = /[*?[]/.test(path);
    const found = glob ? paths.filter((known) => matchesGlob(path, known)) : files.has(path) ? [path] : [];
    if (found.length === 0) missing.push({ pattern, path, file, line, glob });
    for (const next of found) {
      if (active.includes(next)) problems.push({ message: `${next} includes itself`, file, line });
      else if (active.length >= MAX_DEPTH)
        problems.push({ message: "includes nested too deeply: the rest is not read", file, line });
      else expandFile(next, out);
    }
  };

  const directives = expandFile(main, []);
  if (count > MAX_DIRECTIVES) {
    problems.push({
      message: `more than ${MAX_DIRECTIVES} directives: the rest is not read`,
      file: main,
      line: 1,
    });
  }
  return { directives, missing, used: [...used], problems };
}

/** glob(3) as nginx calls it: `*`, `?` and `[…]` do not cross "/", and do not match a leading dot. */
export function matchesGlob(pattern: string, path: string): boolean {
  const patterns = pattern.split("/");
  const names = path.split("/");
  return patterns.length === names.length && patterns.every((part, at) => matchesName(part, names[at] ?? ""));
}

function matchesName(pattern: string, name: string): boolean {
  if (name.startsWith(".") && !pattern.startsWith(".")) return false;
  let p = 0;
  let n = 0;
  let star = -1;
  let resume = 0;
  while (n < name.length) {
    const set = pattern[p] === "[" ? bracket(pattern, p, name.charAt(n)) : undefined;
    if (pattern[p] === "*") {
      star = p++;
      resume = n;
    } else if (set === undefined ? pattern[p] === "?" || pattern[p] === name[n] : set.matches) {
      p = set?.end ?? p + 1;
      n++;
    } else if (star >= 0) {
      p = star + 1;
      n = ++resume;
    } else return false;
  }
  while (pattern[p] === "*") p++;
  return p === pattern.length;
}

/** A bracket expression at `from`: whether it holds `ch`, and the index behind it; undefined when unclosed. */
function bracket(pattern: string, from: number, ch: string): { matches: boolean; end: number } | undefined {
  const negated = pattern[from + 1] === "!" || pattern[from + 1] === "^";
  const start = from + (negated ? 2 : 1);
  const close = pattern.indexOf("]", start + 1);
  if (close < 0) return undefined;
  let inside = false;
  for (let at = start; at < close; at++) {
    const low = pattern.charAt(at);
    const high = pattern[at + 1] === "-" && at + 2 < close ? pattern.charAt(at + 2) : low;
    if (ch >= low && ch <= high) inside = true;
    if (high !== low) at += 2;
  }
  return { matches: inside !== negated, end: close + 1 };
}
