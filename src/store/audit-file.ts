import { type FileHandle, open, stat } from "node:fs/promises";
import { dirname } from "node:path";
import { auditLine } from "../workflows/audit-line.ts";
import type { AuditSink } from "../workflows/stream-audit.ts";

const WHY: Readonly<Record<string, string>> = {
  EACCES: "access was refused",
  EPERM: "access was refused",
  ENOENT: "its folder does not exist",
  ENOTDIR: "its folder is a file",
  EISDIR: "it is a folder",
  ENOSPC: "the file system is full",
  EDQUOT: "the quota is used up",
  EROFS: "its file system can only be read",
};

/**
 * Appends the audit log's entries to a file, one JSON line each, durably. It is opened anew each time, so it may be
 * rotated at any moment.
 */
export function auditFile(path: string): AuditSink {
  return {
    name: `file ${path}`,
    kind: "file",
    write: async (entries) => {
      try {
        await append(path, entries.map((entry) => `${auditLine(entry)}\n`).join(""));
      } catch (error) {
        const code = error instanceof Error && "code" in error ? String(error.code) : "";
        throw new Error(
          `${path} cannot be written: ${WHY[code] ?? String(error)}. Make it writable for this user, or name another with audit.file.`,
          { cause: error },
        );
      }
    },
  };
}

async function append(path: string, text: string): Promise<void> {
  const file = await open(path, "a+", 0o600);
  try {
    await leaveToOwner(file, path);
    // A crash or a full disk may have cut the last line: what follows is not glued to it.
    await file.appendFile((await endsInLine(file)) ? text : `\n${text}`);
    await file.sync();
  } finally {
    await file.close();
  }
}

async function endsInLine(file: FileHandle): Promise<boolean> {
  const { size } = await file.stat();
  if (size === 0) return true;
  const { buffer } = await file.read(Buffer.alloc(1), 0, 1, size - 1);
  return buffer[0] === 0x0a;
}

/** What root (502 under sudo) makes belongs to the folder's owner: the bot must be able to append to it. */
async function leaveToOwner(file: FileHandle, path: string): Promise<void> {
  if (process.getuid?.() !== 0 || (await file.stat()).size > 0) return;
  const { uid, gid } = await stat(dirname(path));
  await file.chown(uid, gid);
}
