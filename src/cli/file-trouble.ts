import { accessSync, constants, existsSync, statSync } from "node:fs";
import { dirname } from "node:path";
import { type Answer, failure, USAGE } from "./output.ts";

/** A file that cannot be read or written: a sentence, and what to do next. */
export class FileTrouble extends Error {
  readonly hint: string;

  constructor(message: string, hint: string) {
    super(message);
    this.name = "FileTrouble";
    this.hint = hint;
  }
}

const BECAUSE: Readonly<Record<string, string>> = {
  ENOENT: "there is none",
  EACCES: "this account has no right to it",
  EPERM: "this account has no right to it",
  EROFS: "its file system is read-only",
  ENOSPC: "the disk is full",
  EDQUOT: "the disk is full",
  ENOTDIR: "a part of this path is a file",
  EISDIR: "it is a folder",
  EEXIST: "it exists already",
  ELOOP: "its links lead in a circle",
  ENAMETOOLONG: "its name is too long",
};

/** Does something with a file. @throws FileTrouble for what the system says against it */
export function withFile<T>(path: string, end: "read" | "written", hint: string, act: () => T): T {
  try {
    return act();
  } catch (error) {
    const because = BECAUSE[systemCode(error) ?? ""];
    if (because === undefined) throw error;
    throw new FileTrouble(`${path} cannot be ${end}: ${because}`, hint);
  }
}

/** What stands against a new file, before anything is asked for it. @param make - missing folders are made, too */
export function newFileTrouble(path: string, make: boolean, hint: string): FileTrouble | undefined {
  let folder = dirname(path);
  if (!make && !existsSync(folder))
    return new FileTrouble(`the folder of ${path} does not exist`, `make it: mkdir -p ${folder}; or ${hint}`);
  while (!existsSync(folder) && folder !== dirname(folder)) folder = dirname(folder);
  try {
    withFile(path, "written", hint, () => {
      if (!statSync(folder).isDirectory()) throw Object.assign(new Error(), { code: "ENOTDIR" });
      accessSync(folder, constants.W_OK | constants.X_OK);
    });
    return undefined;
  } catch (error) {
    if (error instanceof FileTrouble) return error;
    throw error;
  }
}

/** The answer for an error of the file system; undefined for any other. */
export function fileFailure(error: unknown): Answer | undefined {
  if (error instanceof FileTrouble) return failure(false, "file", error.message, error.hint, USAGE);
  const because = BECAUSE[systemCode(error) ?? ""];
  if (because === undefined || !(error instanceof Error) || !("path" in error)) return undefined;
  const hint = "put it right, then the same command again";
  return failure(false, "file", `${String(error.path)} cannot be opened: ${because}`, hint, USAGE);
}

function systemCode(error: unknown): string | undefined {
  return error instanceof Error && "code" in error ? String(error.code) : undefined;
}
