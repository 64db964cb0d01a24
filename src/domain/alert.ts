import { z } from "zod";

/** An alert that another system sent. Times in epoch milliseconds. */
export interface Alert {
  readonly source: "alertmanager" | "grafana" | "generic";
  /** The sender's own name of it, the same when it fires again. */
  readonly fingerprint: string;
  readonly status: "firing" | "resolved";
  readonly name: string;
  readonly summary: string;
  readonly labels: Readonly<Record<string, string>>;
  /** Addresses under which the sender shows it; its own message in Slack may link there. */
  readonly urls?: readonly string[];
  /** Where the alert was posted in Slack, when the sender says so. */
  readonly thread?: { readonly channel: string; readonly ts: string };
}

/** What is remembered of an alert between its messages. */
export const AlertState = z.object({
  status: z.enum(["waiting", "firing", "resolved"]),
  name: z.string(),
  host: z.string(),
  summary: z.string(),
  /** What its sender's own message in Slack may say of it: names of the host, addresses. */
  called: z.array(z.string()).default([]),
  urls: z.array(z.string()).default([]),
  channel: z.string().optional(),
  threadTs: z.string().optional(),
  since: z.number(),
  resolvedAt: z.number().optional(),
  /** How often it fired anew while it was damped. */
  flaps: z.number().int(),
  /** The key of the message in whose thread it is followed, and the run. */
  rootKey: z.string().optional(),
  silenced: z.boolean(),
});
export type AlertState = z.infer<typeof AlertState>;

/** Labels that name a host, the most telling first. */
const HOST_LABELS = ["host", "hostname", "node", "nodename", "server", "instance", "target", "fqdn"];

/** The names under which an alert may speak of a host: as written, without scheme and port, and the first part. */
export function hostCandidates(labels: Alert["labels"]): string[] {
  const found: string[] = [];
  for (const label of HOST_LABELS) {
    const value = labels[label];
    if (value === undefined || value === "") continue;
    const bare = value.replace(/^[a-z][a-z0-9+.-]*:\/\//i, "").replace(/[/?#].*$/s, "");
    const name = bare.startsWith("[") ? bare.replace(/^\[([^\]]*)\].*$/s, "$1") : bare.replace(/:\d+$/, "");
    const first = /^[\d.]+$/.test(name) || name.includes(":") ? name : (name.split(".")[0] ?? name);
    found.push(value, bare, name, first);
  }
  return [...new Set(found)].filter((name) => name !== "");
}

/** What becomes of an alert that says it fires. */
export type Firing = "new" | "known" | "flapping";

/**
 * A refire soon after its end is flapping: it is followed, not diagnosed again. What still fires when its silence is
 * over is as new: nobody has heard of it.
 * @param now.silenced whether its host is silenced
 * @param dampMs how soon
 */
export function judgeFiring(
  before: AlertState | undefined,
  { at, silenced }: { readonly at: number; readonly silenced: boolean },
  dampMs: number,
): Firing {
  if (before === undefined) return "new";
  if (before.status === "firing" && before.silenced && !silenced) return "new";
  if (before.status !== "resolved") return "known";
  return at - (before.resolvedAt ?? 0) < dampMs ? "flapping" : "new";
}
