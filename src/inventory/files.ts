import { readdirSync, readFileSync, statSync } from "node:fs";
import { basename, dirname, isAbsolute, join } from "node:path";
import { wildcard } from "../domain/wildcard.ts";

/** What the inventory needs of a file system and of the person who runs it. */
export interface Surroundings {
  /** Home directory, absolute. */
  readonly home: string;
  /** Login name. */
  readonly user: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The text of a file; undefined when there is none or it cannot be read. */
  readonly read: (path: string) => string | undefined;
  /** The names in a directory; empty when there is none. */
  readonly list: (directory: string) => readonly string[];
  readonly isFolder: (path: string) => boolean;
}

/** The surroundings of this process. */
export function realSurroundings(home: string, user: string): Surroundings {
  return {
    home,
    user,
    env: process.env,
    read: (path) => {
      try {
        return readFileSync(path, "utf8");
      } catch {
        return undefined;
      }
    },
    list: (directory) => {
      try {
        return readdirSync(directory).toSorted();
      } catch {
        return [];
      }
    },
    isFolder: (path) => statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false,
  };
}

/** Makes a path absolute: `~` is home, the rest is relative to a directory. */
export function absolute(path: string, directory: string, home: string): string {
  if (path === "~") return home;
  if (path.startsWith("~/")) return join(home, path.slice(2));
  return isAbsolute(path) ? path : join(directory, path);
}

/** The files that a pattern with `*` and `?` in any of its parts means, sorted. */
export function expandPattern(pattern: string, around: Surroundings): string[] {
  if (!/[*?]/.test(pattern)) return [pattern];
  const parent = dirname(pattern);
  const parents = parent === pattern ? [pattern] : expandPattern(parent, around);
  const last = basename(pattern);
  if (!/[*?]/.test(last)) return parents.map((directory) => join(directory, last));
  return parents.flatMap((directory) =>
    around
      .list(directory)
      .filter((name) => wildcard(last, name) && (last.startsWith(".") || !name.startsWith(".")))
      .map((name) => join(directory, name)),
  );
}
