import { withRejections } from "../domain/rejections.ts";
/** Why the database did not do what was asked. */
export type StoreErrorCode =
  | "full"
  | "read-only"
  | "busy"
  | "unavailable"
  | "refused"
  | "damaged"
  | "newer-version"
  | "instance-running"
  | "audit-key";

/** A sentence for a person, and what to do next. */
export class StoreError extends Error {
  readonly code: StoreErrorCode;
  readonly hint: string;

  constructor(code: StoreErrorCode, message: string, hint: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "StoreError";
    this.code = code;
    this.hint = hint;
  }
}

type Said = readonly [StoreErrorCode, string, string];

const FREE_SPACE = "Free space on its file system; nothing that was already stored is lost.";
const REACH = "Check that the server runs and that DATABASE_URL names it, then try again.";

/** SQLite result codes by prefix (sqlite.org/rescode.html). */
const SQLITE: readonly (readonly [string, Said])[] = [
  ["SQLITE_FULL", ["full", "the file system is full", FREE_SPACE]],
  [
    "SQLITE_READONLY",
    [
      "read-only",
      "it can only be read",
      "Make the file and its folder writable for this user (mode 0600 in 0700).",
    ],
  ],
  [
    "SQLITE_CANTOPEN",
    ["unavailable", "it cannot be opened", "Check that its folder exists and belongs to this user."],
  ],
  [
    "SQLITE_BUSY",
    ["busy", "another process kept it locked", "Try again; if it stays so, end the process that holds it."],
  ],
  [
    "SQLITE_CORRUPT",
    ["damaged", "its contents are damaged", "Restore it from a backup, or move it away to begin anew."],
  ],
  [
    "SQLITE_NOTADB",
    ["damaged", "it is not an SQLite database", "Move the file away, or name another state folder."],
  ],
  [
    "SQLITE_IOERR",
    ["unavailable", "reading or writing it failed", "Check the disk, its free space and the kernel's log."],
  ],
  ["EACCES", ["refused", "access was refused", "Make the state folder belong to this user."]],
  ["EROFS", ["read-only", "its file system can only be read", "Name another state folder with state:."]],
  ["ENOSPC", ["full", "the file system is full", FREE_SPACE]],
  ["SQLITE_PERM", ["refused", "access was refused", "Make the file and its folder belong to this user."]],
  ["SQLITE_AUTH", ["refused", "access was refused", "Make the file and its folder belong to this user."]],
];

/** PostgreSQL error codes by prefix (appendix A of its manual), and what the socket says. */
const POSTGRES: readonly (readonly [string, Said])[] = [
  ["53100", ["full", "the server's disk is full", FREE_SPACE]],
  [
    "25006",
    ["read-only", "it can only be read", "DATABASE_URL names a read-only replica: name the primary server."],
  ],
  ["28", ["refused", "the user or the password was refused", "Check user and password in DATABASE_URL."]],
  ["3D000", ["unavailable", "there is no such database", "Create it, or correct its name in DATABASE_URL."]],
  [
    "42501",
    ["refused", "the user lacks a right", "Grant the user CREATE on the database and on schema public."],
  ],
  [
    "53300",
    ["unavailable", "the server has no free connection", "Raise max_connections or end idle clients."],
  ],
  ["57P", ["unavailable", "the server is shutting down", REACH]],
  ["08", ["unavailable", "the connection broke", REACH]],
  ["ECONNREFUSED", ["unavailable", "the server does not answer", REACH]],
  ["ECONNRESET", ["unavailable", "the connection broke", REACH]],
  ["ENOTFOUND", ["unavailable", "the server's name is unknown", REACH]],
  ["ETIMEDOUT", ["unavailable", "the server does not answer", REACH]],
  ["EHOSTUNREACH", ["unavailable", "the server cannot be reached", REACH]],
];

function codeOf(error: unknown): string {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  return typeof code === "string" ? code : "";
}

/**
 * Puts a driver's error into a sentence.
 * @param where the file, or the server without its password
 * @returns a StoreError for what has to do with the database itself; any other error unchanged
 */
export function translate(error: unknown, where: string): unknown {
  if (error instanceof StoreError) return error;
  const code = codeOf(error);
  const said =
    code === "" ? undefined : [...SQLITE, ...POSTGRES].find(([prefix]) => code.startsWith(prefix))?.[1];
  if (said !== undefined) {
    return new StoreError(said[0], `The database ${where} did not answer as needed: ${said[1]}.`, said[2], {
      cause: error,
    });
  }
  if (error instanceof Error && error.message.startsWith("corrupted migrations")) {
    return new StoreError(
      "newer-version",
      `The database ${where} was written by a newer version of fiveohtwo.`,
      "Update this installation, or name another state folder.",
      { cause: error },
    );
  }
  return error;
}

/** @returns the same methods, their rejections put into sentences. */
export function translated<T extends object>(methods: T, where: string): T {
  return withRejections(methods, (error) => translate(error, where));
}
