import type { Stat } from "../parsers/stat.ts";
import { PROGRAM_DIRS } from "./definition-files.ts";
import type { FactSet } from "./facts.ts";
import type { Services } from "./services.ts";

const MOST = 48;
const GIT = "/.git/logs/HEAD";

/** Where a release shows: the folders of applications, those above them, which may be links, and git's own log. */
export function deployPaths({ all }: Services): string[] {
  const folders = all
    .filter((s) => s.local)
    .flatMap((s) => [
      s.unit?.workingDirectory,
      s.app?.app?.cwd,
      ...s.files.map((f) => f.replace(/\/[^/]*$/, "")),
    ])
    .filter(
      (f) => f !== undefined && /^(?:\/[^/\u0000-\u001f]+){2,}$/.test(f) && !PROGRAM_DIRS.test(`${f}/`),
    );
  const paths = [...new Set(folders)].flatMap((folder) => {
    const parts = (folder ?? "").split("/").slice(1);
    const above = parts.slice(1).map((_, i) => `/${parts.slice(0, i + 2).join("/")}`);
    return [...above, `${folder ?? ""}${GIT}`];
  });
  return [...new Set(paths)].slice(0, MOST);
}

/** Links that were pointed elsewhere and work trees whose HEAD moved, with the moment in milliseconds. */
export function deploysOf(facts: FactSet): { readonly at: number; readonly what: string }[] {
  const files = facts.all<Stat>("deploys").flatMap((s) => s.value.files);
  return files.flatMap((f) => {
    if (f.mtime === undefined) return [];
    if (f.type === "symbolic link") return [{ at: f.mtime * 1000, what: `the link ${f.path} was set anew` }];
    if (!f.path.endsWith(GIT)) return [];
    return [{ at: f.mtime * 1000, what: `git moved HEAD in ${f.path.slice(0, -GIT.length)}` }];
  });
}
