import { randomBytes } from "node:crypto";
import {
  accessSync,
  closeSync,
  constants,
  fsyncSync,
  linkSync,
  mkdirSync,
  openSync,
  readFileSync,
  statSync,
  unlinkSync,
  writeSync,
} from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { StoreError } from "./errors.ts";

/** The variable that holds the key instead of a file: at least 32 characters. */
const AUDIT_KEY_VARIABLE = "FIVEOHTWO_AUDIT_KEY";

function writable(dir: string): boolean {
  try {
    accessSync(dir, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

/**
 * Where a secret of the state folder lies: beside the folder (so that a copy of the folder does not carry
 * it), or inside where the parent belongs to somebody else, as under /var/lib.
 * @param name e.g. "audit-key"
 */
export function besideState(dir: string, name: string): string {
  const at = resolve(dir);
  const beside = join(dirname(at), `${basename(at)}.${name}`);
  const inside = join(at, name);
  if (isFile(beside) || (!isFile(inside) && writable(dirname(at)))) return beside;
  return inside;
}

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() ?? false;
}

/**
 * The key of the audit log: what 502.yml names, $FIVEOHTWO_AUDIT_KEY, or the key file, which is made at the first
 * start (0600).
 * @param named the secret behind `audit.key`
 * @throws StoreError "audit-key" when it is too short or readable by others
 */
export function loadAuditKey(
  dir: string,
  env: Readonly<Record<string, string | undefined>>,
  named?: string,
): Buffer {
  const given = named ?? env[AUDIT_KEY_VARIABLE];
  if (given !== undefined && given !== "") {
    if (given.length >= 32) return Buffer.from(given, "utf8");
    throw new StoreError(
      "audit-key",
      `The audit log's key in ${named === undefined ? `$${AUDIT_KEY_VARIABLE}` : "audit.key"} is too short.`,
      "Give it at least 32 characters.",
    );
  }
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  const path = besideState(dir, "audit-key");
  if (!isFile(path)) create(path);
  if ((statSync(path).mode & 0o077) !== 0) {
    throw new StoreError("audit-key", `Others can read the audit log's key ${path}.`, `chmod 600 ${path}`);
  }
  const key = Buffer.from(readFileSync(path, "utf8").trim(), "utf8");
  if (key.length >= 32) return key;
  throw new StoreError(
    "audit-key",
    `The audit log's key ${path} is damaged.`,
    "Restore it from a backup: without it the log so far cannot be verified.",
  );
}

/** Written whole under another name, then linked: two processes starting at once keep one key. */
function create(path: string): void {
  const draft = `${path}.${process.pid}.${randomBytes(4).toString("hex")}`;
  const file = openSync(draft, "wx", 0o600);
  try {
    writeSync(file, `${randomBytes(32).toString("hex")}\n`);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  try {
    linkSync(draft, path);
  } catch (error) {
    if (!isFile(path)) throw error;
  } finally {
    unlinkSync(draft);
  }
}
