import { z } from "zod";
import { linesOf, ran, toInt, type Output } from "./output.ts";
import { parseSocketAddress } from "./socket-address.ts";
import { ownersOf, socketOwnerSchema, tagOf } from "./ss-owners.ts";

const tcpListenerSchema = z.object({
  address: z.string(),
  port: z.number(),
  interface: z.string().optional(),
  /** Connections that wait to be accepted. */
  recvQ: z.number(),
  /** The backlog. */
  sendQ: z.number(),
  /** undefined: ss did not say (no root); it does not mean that nobody owns the socket. */
  owners: z.array(socketOwnerSchema).optional(),
  uid: z.number().optional(),
  inode: z.number().optional(),
  cgroup: z.string().optional(),
  /** False: an IPv6 socket that accepts IPv4 as well. undefined: IPv4, or ss without -e. */
  v6only: z.boolean().optional(),
});
export type TcpListener = z.infer<typeof tcpListenerSchema>;

export const ssTcpSchema = z.object({ listeners: z.array(tcpListenerSchema), partial: z.boolean() });
export type SsTcp = z.infer<typeof ssTcpSchema>;

const LINE = /^(?:tcp\s+)?LISTEN\s+(\d{1,10})\s+(\d{1,10})\s+(\S+)\s+(\S+)(.*)$/;

/** TCP listeners of this network namespace from `ss -Hltnp` or `ss -Hltnpe`. */
export function parseSsTcp(output: Output): SsTcp | undefined {
  if (!ran(output) || (output.exitCode !== 0 && output.stdout === "")) return undefined;
  const lines = linesOf(output.stdout).filter((line) => !/^(?:Netid\s+)?State\s/.test(line));
  const listeners = lines.flatMap((line) => {
    const match = LINE.exec(line);
    const local = parseSocketAddress(match?.[3] ?? "");
    if (match === null || local?.port === undefined) return [];
    const rest = match[5] ?? "";
    const inode = toInt(tagOf(rest, "ino"));
    const v6only = tagOf(rest, "v6only");
    // With -e ss prints the uid only when it is not root's.
    const uid = toInt(tagOf(rest, "uid")) ?? (inode === undefined ? undefined : 0);
    return [
      {
        address: local.address,
        port: local.port,
        interface: local.interface,
        recvQ: Number(match[1]),
        sendQ: Number(match[2]),
        owners: ownersOf(rest),
        uid,
        inode,
        cgroup: tagOf(rest, "cgroup"),
        v6only: v6only === undefined ? undefined : v6only === "1",
      },
    ];
  });
  return lines.length > 0 && listeners.length === 0
    ? undefined
    : { listeners, partial: output.end === "cut" };
}
