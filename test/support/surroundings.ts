import type { Surroundings } from "../../src/inventory/files.ts";

/** A home directory that exists only as a table of files. */
export function pretend(
  files: Readonly<Record<string, string>>,
  env: Record<string, string> = {},
): Surroundings {
  return {
    home: "/home/ann",
    user: "ann",
    env,
    read: (path) => files[path],
    list: (directory) => [
      ...new Set(
        Object.keys(files)
          .filter((path) => path.startsWith(`${directory}/`))
          .map((path) => path.slice(directory.length + 1).replace(/\/.*$/, ""))
          .toSorted(),
      ),
    ],
    isFolder: (path) => Object.keys(files).some((file) => file.startsWith(`${path}/`)),
  };
}
