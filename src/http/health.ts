import { serve, type ServerType } from "@hono/node-server";
import { Hono } from "hono";

type Sentences = () => Promise<readonly string[]> | readonly string[];

/**
 * The health endpoints.
 * @param troubles what stands in the way of working, as sentences; empty: ready
 * @param warnings what somebody should see to, while the bot works all the same
 */
export function healthRoutes(troubles: Sentences, warnings: Sentences = () => []): Hono {
  const app = new Hono();
  app.get("/healthz", (c) => c.text("ok\n"));
  app.get("/readyz", async (c) => {
    const found = await troubles();
    const seen = await warnings();
    const body = {
      ready: found.length === 0,
      troubles: found,
      ...(seen.length === 0 ? {} : { warnings: seen }),
    };
    return c.json(body, found.length === 0 ? 200 : 503);
  });
  app.notFound((c) => c.text("There are /healthz and /readyz.\n", 404));
  return app;
}

export interface Listening {
  /** "127.0.0.1:5020", with the port that was taken where 0 was asked for. */
  readonly address: string;
  close(): Promise<void>;
}

/**
 * Serves an app on one address only.
 * @param listen ADDRESS:PORT, as in `http.listen`
 * @throws Error with a sentence when the address cannot be taken
 */
export async function listen(app: Hono, where: string): Promise<Listening> {
  const { hostname, port } = splitAddress(where);
  const server = await new Promise<ServerType>((resolve, reject) => {
    const made = serve({ fetch: app.fetch, hostname, port }, () => resolve(made));
    made.once("error", (error: NodeJS.ErrnoException) => {
      const taken = error.code === "EADDRINUSE";
      const why = taken ? "another program listens there already" : error.message;
      reject(
        new Error(
          `Cannot listen on ${where}: ${why}. Name another address with http: { listen: ADDRESS:PORT }.`,
          { cause: error },
        ),
      );
    });
  });
  const bound = server.address();
  if (bound === null || typeof bound === "string") throw new Error(`${where} is no TCP address.`);
  return {
    address: `${hostname.includes(":") ? `[${hostname}]` : hostname}:${bound.port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        if ("closeAllConnections" in server) server.closeAllConnections();
      }),
  };
}

/** "[::1]:80" or "127.0.0.1:80" in its parts. */
export function splitAddress(where: string): { readonly hostname: string; readonly port: number } {
  const at = where.lastIndexOf(":");
  return { hostname: where.slice(0, at).replace(/^\[|\]$/g, ""), port: Number(where.slice(at + 1)) };
}
