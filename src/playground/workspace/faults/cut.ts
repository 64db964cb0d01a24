import { Socket } from "node:net";
import { at } from "../json.ts";

/** Cuts the TCP connection of a request served by @hono/node-server, so that no answer ever arrives. */
export function cut(env: unknown): void {
  const socket = at(env, "incoming", "socket");
  if (socket instanceof Socket) socket.destroy();
}

/** An answer that never comes. */
export async function never(): Promise<Response> {
  return new Promise(() => undefined);
}
