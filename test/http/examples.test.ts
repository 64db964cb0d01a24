import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { parse } from "yaml";
import { metricsText } from "../../src/http/metrics.ts";
import { Counters } from "../../src/workflows/metrics.ts";

const folder = join(import.meta.dirname, "..", "..", "src", "http", "examples");
const text = (name: string): string => readFileSync(join(folder, name), "utf8");

test("the example rules and dashboard name only metrics that exist", () => {
  const shown = metricsText(new Counters(), { jobs: 0, outbox: 0, approvals: 0 }, true);
  const known = new Set([...shown.matchAll(/^# TYPE (\S+)/gm)].map((m) => m[1]));
  for (const name of ["prometheus-rules.yml", "grafana-dashboard.json"]) {
    const used = [...text(name).matchAll(/fiveohtwo_[a-z0-9_]+/g)].map(([metric]) =>
      metric.replace(/_(bucket|sum|count)$/, ""),
    );
    expect(used.length).toBeGreaterThan(3);
    expect(used.filter((metric) => !known.has(metric))).toEqual([]);
  }
});

test("the examples can be read", () => {
  expect(parse(text("prometheus-rules.yml"))).toMatchObject({ groups: [{ name: "fiveohtwo" }] });
  expect(parse(text("alertmanager.yml"))).toMatchObject({
    receivers: [{ webhook_configs: [{ send_resolved: true }] }],
  });
  const dashboard: unknown = JSON.parse(text("grafana-dashboard.json"));
  expect(dashboard).toMatchObject({
    panels: expect.arrayContaining([expect.objectContaining({ title: "Queue depth" })]),
  });
});
