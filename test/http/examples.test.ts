import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { parse } from "yaml";
import { metricsText } from "../../src/http/metrics.ts";
import { Counters } from "../../src/workflows/metrics.ts";

const folder = join(import.meta.dirname, "..", "..", "src", "http", "examples");
const text = (name: string): string => readFileSync(join(folder, name), "utf8");

test("the example rules and dashboard name only metrics that exist", () => {
  const shown = metricsText(
    new Counters(),
    { jobs: 0, outbox: 0, approvals: 0, lost: 0, dead: 0 },
    true,
    new Map([["file", 0]]),
  );
  const known = new Set([...shown.matchAll(/^# TYPE (\S+)/gm)].map((m) => m[1]));
  for (const name of ["prometheus-rules.yml", "grafana-dashboard.json"]) {
    const used = [...text(name).matchAll(/fiveohtwo_[a-z0-9_]+/g)].map(([metric]) =>
      metric.replace(/_(bucket|sum|count)$/, ""),
    );
    expect(used.length).toBeGreaterThan(3);
    expect(used.filter((metric) => !known.has(metric))).toEqual([]);
  }
});

/** What a bot that has done some of everything shows. */
function busy(): string {
  const counters = new Counters();
  counters.add(counters.runs, "cause-found", "upstream-stopped");
  counters.add(counters.runs, "healthy", "");
  counters.add(counters.outcomes, "fixed");
  counters.add(counters.reports, "done");
  counters.add(counters.sshErrors, "connect-timeout");
  counters.add(counters.slackErrors, 'odd "code"\\\n');
  counters.waited(45_000);
  return metricsText(
    counters,
    { jobs: 1, outbox: 2, approvals: 3, lost: 0, dead: 0 },
    true,
    new Map([["syslog", 4]]),
  );
}

test("names, labels and types are Prometheus' own, and every family is told once", () => {
  const families = new Map<string, string>();
  for (const [, name = "", type = ""] of busy().matchAll(/^# TYPE (\S+) (\S+)$/gm)) {
    expect(families.has(name)).toBe(false);
    families.set(name, type);
    expect(name).toMatch(/^[a-z][a-z0-9_]*$/);
    expect(name.endsWith("_total")).toBe(type === "counter");
  }
  for (const line of busy()
    .split("\n")
    .filter((l) => l !== "" && !l.startsWith("#"))) {
    const [, name = "", labels = ""] =
      /^([a-z0-9_]+)(?:\{((?:[a-z_][a-z0-9_]*="(?:[^"\\\n]|\\["\\n])*",?)*)\})? -?\d+(?:\.\d+)?$/.exec(
        line,
      ) ?? [line];
    expect(families.has(name.replace(/_(bucket|sum|count)$/, "")) || families.has(name)).toBe(true);
    expect(labels.match(/\b(?:instance|job|host|__\w+)=/)).toBeNull();
  }
  // A fix that fails for the first time must be seen as an increase: its counter begins at 0.
  expect(busy()).toContain('fiveohtwo_fixes_total{outcome="rolled-back"} 0\n');
});

const PROMTOOL = ["/usr/bin/promtool", "/usr/local/bin/promtool"].find((p) => existsSync(p));
test.skipIf(PROMTOOL === undefined)(
  `promtool finds nothing wrong with the metrics and the rules${PROMTOOL === undefined ? " (needs promtool)" : ""}`,
  () => {
    const check = (args: string[], input = ""): { code: number | null; said: string } => {
      const done = spawnSync(PROMTOOL ?? "", ["check", ...args], { input, encoding: "utf8" });
      return { code: done.status, said: done.stderr };
    };
    expect(check(["metrics"], busy())).toEqual({ code: 0, said: "" });
    expect(check(["rules", join(folder, "prometheus-rules.yml")])).toMatchObject({ code: 0 });
    expect(check(["metrics"], busy().replace(" counter\n", " gauge\n")).code).not.toBe(0);
  },
);

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
