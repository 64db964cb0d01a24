import { z } from "zod";
import { linesOf, ran, toInt, type Output } from "./output.ts";
import { ownersOf, socketOwnerSchema, tagOf } from "./ss-owners.ts";

const unixSocketSchema = z.object({
  type: z.enum(["stream", "datagram", "seqpacket"]),
  state: z.string(),
  /** As bound; "@name" is an abstract socket, which no file stands for. */
  path: z.string(),
  recvQ: z.number(),
  sendQ: z.number(),
  owners: z.array(socketOwnerSchema).optional(),
  /** The socket's own inode (as in /proc/PID/fd). */
  socketInode: z.number(),
  /** The inode of the file it was bound to (needs -e): differs from stat's when someone has replaced the path. */
  fileInode: z.number().optional(),
});
export type UnixSocket = z.infer<typeof unixSocketSchema>;

export const ssUnixSchema = z.object({ sockets: z.array(unixSocketSchema), partial: z.boolean() });
export type SsUnix = z.infer<typeof ssUnixSchema>;

const HEAD = /^u_(str|dgr|seq)\s+(\S+)\s+(\d{1,10})\s+(\d{1,10})\s+/;
// The path may hold blanks: what follows it is its inode and the peer.
const TAIL = /\s(\d{1,20})\s+(?:\*|\S{1,200})\s+(\d{1,20})(?=\s|$)/;
const TYPES = { str: "stream", dgr: "datagram", seq: "seqpacket" } as const;

/** Listening unix sockets from `ss -Hlxnp` or `ss -Hlxnpe`. */
export function parseSsUnix(output: Output): SsUnix | undefined {
  if (!ran(output) || (output.exitCode !== 0 && output.stdout === "")) return undefined;
  const lines = linesOf(output.stdout).filter((line) => !/^Netid\s/.test(line));
  const sockets = lines.flatMap((line) => {
    const head = HEAD.exec(line);
    if (head === null) return [];
    const behind = line.slice(head[0].length);
    const tail = TAIL.exec(behind);
    if (tail === null) return [];
    const kind = head[1];
    const rest = behind.slice(tail.index + tail[0].length);
    return [
      {
        type: kind === "str" || kind === "dgr" || kind === "seq" ? TYPES[kind] : ("stream" as const),
        state: head[2] ?? "",
        path: behind.slice(0, tail.index).trimEnd(),
        recvQ: Number(head[3]),
        sendQ: Number(head[4]),
        owners: ownersOf(rest),
        socketInode: Number(tail[1]),
        fileInode: toInt(tagOf(rest, "ino")),
      },
    ];
  });
  return lines.length > 0 && sockets.length === 0 ? undefined : { sockets, partial: output.end === "cut" };
}
