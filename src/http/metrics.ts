import { Hono } from "hono";
import { OUTCOMES } from "../domain/approval.ts";
import type { Depths } from "../workflows/channel-store.ts";
import { type Counters, LATENCY_BOUNDS } from "../workflows/metrics.ts";

/**
 * GET /metrics in Prometheus' text format 0.0.4. Counters are this process's own, since it started.
 * @param behind how many audit entries each sink has not got, by its kind
 */
export function metricsRoutes(
  counters: Counters,
  depths: () => Promise<Depths>,
  ready: () => Promise<boolean>,
  behind: () => Promise<ReadonlyMap<string, number>> = async () => new Map(),
): Hono {
  const app = new Hono();
  app.get("/metrics", async (c) => {
    const [waiting, isReady, late] = await Promise.all([
      depths().catch(() => undefined),
      ready(),
      behind().catch(() => undefined),
    ]);
    c.header("content-type", "text/plain; version=0.0.4; charset=utf-8");
    return c.body(metricsText(counters, waiting, isReady, late));
  });
  return app;
}

/**
 * @param waiting undefined when the state could not be asked: the gauges are left out then, not zero
 * @param behind likewise, and empty where the audit log is not streamed
 */
export function metricsText(
  counters: Counters,
  waiting: Depths | undefined,
  ready: boolean,
  behind?: ReadonlyMap<string, number>,
): string {
  const { counts, sum, count } = counters.latency;
  const buckets = LATENCY_BOUNDS.map((bound, i): Sample => [
    "_bucket",
    { le: String(bound) },
    counts[i] ?? 0,
  ]);
  return [
    family(
      "fiveohtwo_runs_total",
      "counter",
      "Runs that ended, by verdict and first cause.",
      labelled(counters.runs, "verdict", "cause"),
    ),
    family(
      "fiveohtwo_fixes_total",
      "counter",
      "Fixes that ended, by outcome.",
      // From 0 on: an increase from nothing is none to Prometheus.
      labelled(new Map([...OUTCOMES.map((o) => [o, 0] as const), ...counters.outcomes]), "outcome"),
    ),
    family(
      "fiveohtwo_reports_total",
      "counter",
      "Reports and groups that ended.",
      labelled(counters.reports, "state"),
    ),
    family("fiveohtwo_approval_latency_seconds", "histogram", "Time from the request to its decision.", [
      ...buckets,
      ["_bucket", { le: "+Inf" }, count],
      ["_sum", {}, sum],
      ["_count", {}, count],
    ]),
    family(
      "fiveohtwo_ssh_errors_total",
      "counter",
      "Connections that failed, by reason.",
      labelled(counters.sshErrors, "code"),
    ),
    family(
      "fiveohtwo_slack_errors_total",
      "counter",
      "Messages that were not delivered at once, by Slack's word.",
      labelled(counters.slackErrors, "code"),
    ),
    ...(waiting === undefined
      ? []
      : [
          family("fiveohtwo_queue_depth", "gauge", "What waits.", [
            ["", { queue: "jobs" }, waiting.jobs],
            ["", { queue: "outbox" }, waiting.outbox],
            ["", { queue: "approvals" }, waiting.approvals],
          ]),
          family("fiveohtwo_messages_lost", "gauge", "Messages of the last day that reached nobody.", [
            ["", {}, waiting.lost],
          ]),
          family("fiveohtwo_jobs_dead", "gauge", "Jobs of the last day that were given up.", [
            ["", {}, waiting.dead],
          ]),
        ]),
    ...(behind === undefined || behind.size === 0
      ? []
      : [
          family(
            "fiveohtwo_audit_behind",
            "gauge",
            "Audit entries that a sink has not got yet.",
            [...behind].map(([sink, n]): Sample => ["", { sink }, n]),
          ),
        ]),
    family("fiveohtwo_ready", "gauge", "1 when the bot can work, as /readyz says.", [
      ["", {}, ready ? 1 : 0],
    ]),
  ].join("");
}

type Sample = readonly [suffix: string, labels: Readonly<Record<string, string>>, value: number];

function labelled(counts: ReadonlyMap<string, number>, ...names: string[]): Sample[] {
  return [...counts].map(([key, value]) => {
    const parts = key.split("\t");
    return ["", Object.fromEntries(names.map((name, i) => [name, parts[i] ?? ""])), value];
  });
}

function family(name: string, type: string, help: string, samples: readonly Sample[]): string {
  const lines = samples.map(([suffix, labels, value]) => {
    const pairs = Object.entries(labels).map(
      ([k, v]) => `${k}="${v.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n")}"`,
    );
    return `${name}${suffix}${pairs.length === 0 ? "" : `{${pairs.join(",")}}`} ${value}`;
  });
  return [`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`, ...lines, ""].join("\n");
}
