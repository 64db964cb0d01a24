import { z } from "zod";

export const socketOwnerSchema = z.object({ name: z.string(), pid: z.number(), fd: z.number() });
export type SocketOwner = z.infer<typeof socketOwnerSchema>;

const USERS = /users:\(\((.*?)\)\)(?=\s|$)/;
const OWNER = /"(.{0,64}?)",(?:pid=)?(\d{1,10}),(?:fd=)?(\d{1,10})/g;

/**
 * The processes of `users:(("nginx",pid=1,fd=5),…)`. undefined when ss printed none: without root that says
 * nothing about who owns the socket.
 */
export function ownersOf(rest: string): SocketOwner[] | undefined {
  const match = USERS.exec(rest.slice(0, 60_000));
  if (match === null) return undefined;
  return [...(match[1] ?? "").matchAll(OWNER)].map(([, name = "", pid, fd]) => ({
    name,
    pid: Number(pid),
    fd: Number(fd),
  }));
}

/** A numeric or textual `key:value` of the part behind the addresses. */
export function tagOf(rest: string, key: string): string | undefined {
  return new RegExp(`(?:^|\\s)${key}:(\\S+)`).exec(rest)?.[1];
}
