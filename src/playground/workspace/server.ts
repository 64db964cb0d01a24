import { serve } from "@hono/node-server";
import type { ServerType } from "@hono/node-server";
import type { Hono } from "hono";
import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";

/** Takes over a WebSocket upgrade. */
export type Upgrade = (request: IncomingMessage, socket: Duplex, head: Buffer) => void;

/** A listening server and how to end it. */
export interface Listening {
  port: number;
  close: () => Promise<void>;
}

/** Listens on 127.0.0.1 only. `port` 0 takes a free one. Rejects when the port is taken. */
export function listen(app: Hono, port: number, upgrade: Upgrade): Promise<Listening> {
  return new Promise((resolve, reject) => {
    const server: ServerType = serve({ fetch: app.fetch, hostname: "127.0.0.1", port });
    const sockets = new Set<Duplex>();
    server.on("connection", (socket: Duplex) => {
      sockets.add(socket);
      socket.on("close", () => sockets.delete(socket));
    });
    server.on("upgrade", upgrade);
    server.once("error", reject);
    server.once("listening", () => {
      const close = (): Promise<void> =>
        new Promise((done) => {
          server.close(() => done());
          // A hung request (a fault) and the page's event streams would keep the server open for ever.
          for (const socket of sockets) socket.destroy();
        });
      const address = server.address();
      if (address === null || typeof address === "string") reject(new Error("no TCP port"));
      else resolve({ port: address.port, close });
    });
  });
}
