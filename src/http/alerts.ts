import { Hono } from "hono";
import { bodyLimit } from "hono/body-limit";
import { ZodError } from "zod";
import type { Alert } from "../domain/alert.ts";
import { judgeRequest, type Secrets, WINDOW_MS } from "./alert-auth.ts";
import { readAlerts } from "./alert-payloads.ts";

/** A message of 500 alerts with long labels stays under it. */
const MAX_BYTES = 1024 * 1024;
const SOURCES = ["alertmanager", "grafana", "generic"] as const;

export interface AlertsIn {
  readonly secrets: () => Secrets;
  readonly now: () => number;
  readonly take: (alerts: readonly Alert[]) => Promise<{ readonly unknown: readonly string[] }>;
  /** Told what was refused and why; never of a body or a header. */
  readonly onRefused?: (source: string, status: number, why: string) => void;
}

/** POST /alerts/alertmanager, /alerts/grafana and /alerts/generic. */
export function alertRoutes(alerts: AlertsIn): Hono {
  const app = new Hono();
  const seen = new Map<string, number>();
  for (const source of SOURCES) {
    app.post(
      `/alerts/${source}`,
      bodyLimit({
        maxSize: MAX_BYTES,
        onError: (c) => c.json(refusal(source, 413, "the body is larger than 1 MiB"), 413),
      }),
      async (c) => {
        if (!/^application\/json\b/i.test(c.req.header("content-type") ?? "")) {
          return c.json(refusal(source, 415, "the body must be application/json"), 415);
        }
        const body = await c.req.text();
        const verdict = judgeRequest(
          { source, header: (name) => c.req.header(name), body },
          alerts.secrets(),
          alerts.now(),
        );
        if (!verdict.ok)
          return c.json(refusal(source, 401, verdict.why), 401, { "www-authenticate": "Bearer" });
        if (verdict.once !== undefined && !first(verdict.once))
          return c.json(refusal(source, 409, "this very message was taken before"), 409);
        let read: Alert[];
        try {
          read = readAlerts(source, JSON.parse(body));
        } catch (error) {
          if (error instanceof SyntaxError) return c.json(refusal(source, 400, "the body is no JSON"), 400);
          if (!(error instanceof ZodError)) throw error;
          const [issue] = error.issues;
          return c.json(
            refusal(
              source,
              422,
              `the body is no message of ${source}: ${issue?.path.join(".") ?? ""} ${issue?.message ?? ""}`,
            ),
            422,
          );
        }
        const taken = await alerts.take(read);
        return c.json({ accepted: read.length, unknown: taken.unknown }, 202);
      },
    );
  }
  app.onError((_error, c) => {
    // The error may quote the body: it is told to nobody. Senders try again on a 5xx.
    alerts.onRefused?.("alerts", 503, "the alerts could not be recorded");
    return c.json({ error: "the alerts could not be recorded; try again" }, 503);
  });
  return app;

  function refusal(source: string, status: number, why: string): { error: string } {
    alerts.onRefused?.(source, status, why);
    return { error: why };
  }

  function first(signature: string): boolean {
    const now = alerts.now();
    for (const [key, at] of seen) if (now - at > 2 * WINDOW_MS) seen.delete(key);
    if (seen.has(signature)) return false;
    seen.set(signature, now);
    return true;
  }
}
