import { createHash } from "node:crypto";
import { z } from "zod";
import type { Alert } from "../domain/alert.ts";

/** Alerts of one message at most; a sender groups far fewer. */
const MOST = 500;
const Text = z
  .string()
  .max(20_000)
  .transform((text) => text.slice(0, 1000));
const Labels = z
  .record(z.string().max(200), Text)
  .refine((labels) => Object.keys(labels).length <= 100, "more than 100 labels");

const Url = z.string().max(4000).optional();

/** Alertmanager's webhook, version 4, which Grafana's contact point of the kind "webhook" extends. */
const Webhook = z.object({
  status: z.enum(["firing", "resolved"]).optional(),
  externalURL: Url,
  alerts: z
    .array(
      z.object({
        status: z.enum(["firing", "resolved"]),
        labels: Labels,
        annotations: Labels.optional(),
        fingerprint: z.string().min(1).max(200).optional(),
        generatorURL: Url,
        silenceURL: Url,
        panelURL: Url,
        dashboardURL: Url,
      }),
    )
    .max(MOST),
});

const One = z.object({
  host: z.string().min(1).max(300),
  name: z.string().min(1).max(300).default("alert"),
  id: z.string().min(1).max(200).optional(),
  status: z.enum(["firing", "resolved"]).default("firing"),
  summary: Text.default(""),
  url: Url,
  thread: z
    .object({ channel: z.string().regex(/^[CGD][A-Z0-9]{5,}$/), ts: z.string().regex(/^\d+\.\d+$/) })
    .optional(),
});
const Generic = z.union([
  One.transform((one) => [one]),
  z.object({ alerts: z.array(One).max(MOST) }).transform((many) => many.alerts),
]);

/** @throws ZodError when the message is none of the source's */
export function readAlerts(source: Alert["source"], body: unknown): Alert[] {
  if (source === "generic") {
    return Generic.parse(body).map((one) => ({
      source,
      fingerprint: one.id ?? digest({ host: one.host, name: one.name }),
      status: one.status,
      name: one.name,
      summary: one.summary,
      labels: { host: one.host },
      ...urlsOf([one.url]),
      ...(one.thread === undefined ? {} : { thread: one.thread }),
    }));
  }
  const { alerts, externalURL } = Webhook.parse(body);
  return alerts.map((a) => {
    const thread = threadOf(a.annotations ?? {});
    return {
      source,
      fingerprint: a.fingerprint ?? digest(a.labels),
      status: a.status,
      name: a.labels["alertname"] ?? "alert",
      summary: a.annotations?.["summary"] ?? a.annotations?.["description"] ?? "",
      labels: a.labels,
      ...urlsOf([a.generatorURL, a.silenceURL, a.panelURL, a.dashboardURL, externalURL]),
      ...(thread === undefined ? {} : { thread }),
    };
  });
}

/** Addresses that say something: a sender leaves those empty that it has not. */
function urlsOf(given: readonly (string | undefined)[]): Pick<Alert, "urls"> {
  const urls = given.filter((url) => url !== undefined && /^https?:\/\/./i.test(url));
  return urls.length === 0 ? {} : { urls: urls.map((url) => (url ?? "").slice(0, 500)) };
}

/** Annotations by which a sender can name the thread its own message stands in. */
function threadOf(annotations: Readonly<Record<string, string>>): Alert["thread"] {
  const channel = annotations["slack_channel_id"];
  const ts = annotations["slack_thread_ts"];
  return channel !== undefined &&
    ts !== undefined &&
    /^[CGD][A-Z0-9]{5,}$/.test(channel) &&
    /^\d+\.\d+$/.test(ts)
    ? { channel, ts }
    : undefined;
}

function digest(labels: Readonly<Record<string, string>>): string {
  const sorted = Object.entries(labels).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return createHash("sha256").update(JSON.stringify(sorted)).digest("hex").slice(0, 16);
}
