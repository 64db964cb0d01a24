import { z } from "zod";
import { linesOf, ran, type Output } from "./output.ts";

const fileSchema = z.object({
  path: z.string(),
  /** present: the fields below; the others: stat said so, or did not speak of the path. */
  state: z.enum(["present", "absent", "denied", "unknown"]),
  /** stat's words: "regular file", "socket", "directory", "symbolic link", … */
  type: z.string().optional(),
  /** Octal permissions, without the type. */
  mode: z.string().optional(),
  owner: z.string().optional(),
  group: z.string().optional(),
  uid: z.number().optional(),
  gid: z.number().optional(),
  inode: z.number().optional(),
  size: z.number().optional(),
  /** Seconds since 1970. */
  mtime: z.number().optional(),
});
export type FileFacts = z.infer<typeof fileSchema>;

export const statSchema = z.object({ files: z.array(fileSchema) });
export type Stat = z.infer<typeof statSchema>;

const LINE =
  /^(.+)\|([a-zA-Z ]{3,30})\|([0-7]{1,5})\|([^|]*):([^|:]*)\|(\d{1,12}):(\d{1,12})\|(\d{1,20})\|(\d{1,20})\|(-?\d{1,14})$/;
const ERROR =
  /^stat: (?:cannot (?:statx?|read file system information for)|can't stat) (?:['‘])?(.+?)['’]?: (.+)$/;

/** Files from `stat -c '%n|%F|%a|%U:%G|%u:%g|%i|%s|%Y' FILE…`; those that are missing or denied come from standard error. */
export function parseStat(output: Output): Stat | undefined {
  if (!ran(output)) return undefined;
  const files: FileFacts[] = [];
  for (const line of linesOf(output.stdout)) {
    const match = LINE.exec(line);
    if (match === null) continue;
    const [, path = "", type, mode, owner, group, uid, gid, inode, size, mtime] = match;
    files.push({
      path,
      state: "present",
      type,
      mode,
      owner,
      group,
      uid: Number(uid),
      gid: Number(gid),
      inode: Number(inode),
      size: Number(size),
      mtime: Number(mtime),
    });
  }
  for (const line of linesOf(output.stderr)) {
    const match = ERROR.exec(line);
    if (match !== null) files.push({ path: match[1] ?? "", state: stateOf(match[2] ?? "") });
  }
  return files.length === 0 ? undefined : { files };
}

function stateOf(why: string): FileFacts["state"] {
  if (/No such file|Not a directory/i.test(why)) return "absent";
  return /denied|not permitted/i.test(why) ? "denied" : "unknown";
}
