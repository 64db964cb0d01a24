import type { MiddlewareHandler } from "hono";

/** True when the Host header names this machine and this port: a rebound DNS name does not. */
export function isLocalHost(host: string | undefined, port: number): boolean {
  return host === `127.0.0.1:${String(port)}` || host === `localhost:${String(port)}`;
}

/** True when there is no Origin (not a browser's cross-site request), or it is this very page. */
export function isOwnOrigin(origin: string | undefined, port: number): boolean {
  return origin === undefined || isLocalHost(origin.replace(/^http:\/\//, ""), port);
}

/** Refuses with 403 what another site, or another name for this address, asks. `port` is known after listening. */
export function localOnly(port: () => number): MiddlewareHandler {
  return async (c, next) => {
    const host = c.req.header("host");
    if (!isLocalHost(host, port())) {
      return c.text(`Refused: this page answers only as 127.0.0.1:${String(port())}.\n`, 403);
    }
    if (!isOwnOrigin(c.req.header("origin"), port())) {
      return c.text("Refused: requests from other sites are not answered.\n", 403);
    }
    return next();
  };
}
