import { Hono } from "hono";
import { bodyLimit } from "hono/body-limit";
import { ZodError } from "zod";
import type { Alert } from "../domain/alert.ts";
import { judgeRequest, type Secrets } from "./alert-auth.ts";
import { readAlerts } from "./alert-payloads.ts";

/** A message of 500 alerts with long labels stays under it. */
const MAX_BYTES = 1024 * 1024;
const SOURCES = ["alertmanager", "grafana", "generic"] as const;

export interface AlertsIn {
  readonly secrets: () => Secrets;
  readonly now: () => number;
  /** @returns true the first time among all replicas that this signature is seen */
  readonly once: (signature: string) => Promise<boolean>;
  readonly take: (alerts: readonly Alert[]) => Promise<{ readonly unknown: readonly string[] }>;
  /** Told what was refused and why; never of a body or a header. */
  readonly onRefused?: (source: string, status: number, why: string) => void;
}

/** POST /alerts/alertmanager, /alerts/grafana and /alerts/generic. */
export function alertRoutes(alerts: AlertsIn): Hono {
  const app = new Hono();
  /** Signed messages that were claimed and not recorded: their sender may try again. */
  const owed = new Set<string>();
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
        const { once } = verdict;
        if (once !== undefined && !owed.delete(once) && !(await alerts.once(once)))
          return c.json(refusal(source, 409, "this very message was taken before"), 409);
        let read: Alert[];
        try {
          read = readAlerts(source, JSON.parse(body));
        } catch (error) {
          if (error instanceof SyntaxError) return c.json(refusal(source, 400, "the body is no JSON"), 400);
          if (!(error instanceof ZodError)) throw error;
          return c.json(refusal(source, 422, `the body is no message of ${source}: ${sayIssue(error)}`), 422);
        }
        const taken = await alerts.take(read).catch((error: unknown) => {
          if (once !== undefined) owed.add(once);
          throw error;
        });
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
}

/** Names of fields that this side knows; any other word of a path is the sender's, and is not repeated. */
const KNOWN =
  /^(?:\d{1,4}|alerts|status|labels|annotations|fingerprint|\w{1,10}URL|host|name|id|summary|url|thread|channel|ts)$/;

/** "alerts.0.labels.…: Too big: expected …": where a body is wrong, without its own words. */
function sayIssue(error: ZodError): string {
  const [issue] = error.issues;
  const path = (issue?.path ?? []).map(String).map((word) => (KNOWN.test(word) ? word : "…"));
  return `${path.join(".")}: ${issue?.message ?? ""}`.slice(0, 300);
}
