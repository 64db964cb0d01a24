import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { z } from "zod";
import type { Alert } from "../../src/domain/alert.ts";
import { alertRoutes } from "../../src/http/alerts.ts";
import { takeAlerts, type Taken } from "../../src/workflows/take-alerts.ts";
import { type ChannelStage, channelStage } from "../support/channel-stage.ts";
import { recorded, replayedShell } from "../support/replayed-shell.ts";

// The body is the example of Grafana's documentation, page "Configure webhook notifications", as it stands there.
const body = readFileSync(join(import.meta.dirname, "grafana-webhook.json"), "utf8");
const Body = z.looseObject({ alerts: z.array(z.looseObject({ labels: z.record(z.string(), z.string()) })) });

const TOKEN = "obviously-fake-alert-token";
let stage: ChannelStage;
afterEach(() => stage.end());

async function send(
  json: string,
  names: Record<string, string> = {},
): Promise<{ status: number; alerts: readonly Alert[]; taken: Taken | undefined }> {
  stage = await channelStage({ hosts: ["web-1", "web-2"], shell: replayedShell(() => recorded("healthy")) });
  const world = {
    ...stage.world,
    alerts: { names, channels: [], defaultChannel: "C0OPS00001", dampMs: 600_000 },
    hostNames: () => ["web-1", "web-2"],
    hostAt: () => undefined,
  };
  let alerts: readonly Alert[] = [];
  let taken: Taken | undefined;
  const app = alertRoutes({
    secrets: () => ({ token: TOKEN }),
    now: () => Date.now(),
    once: async () => true,
    take: async (read) => {
      alerts = read;
      taken = await takeAlerts(world, read);
      return taken;
    },
  });
  const headers = { "content-type": "application/json", authorization: `Bearer ${TOKEN}` };
  const { status } = await app.request("/alerts/grafana", { method: "POST", body: json, headers });
  return { status, alerts, taken };
}

test("the documented body is read whole: names, fingerprints, labels, and where it is shown", async () => {
  const { status, alerts } = await send(body);
  expect(status).toBe(202);
  expect(alerts).toMatchObject([
    {
      source: "grafana",
      status: "firing",
      name: "High memory usage",
      fingerprint: "c6eadffa33fcdf37",
      summary: "This alert was triggered for zone us-1",
      labels: { alertname: "High memory usage", team: "blue", zone: "us-1" },
    },
    { name: "High CPU usage", fingerprint: "bc97ff14869b13e3" },
  ]);
  // Addresses that the rule has not are empty in the body.
  expect(alerts[0]?.urls).toEqual([
    "https://play.grafana.org/alerting/1afz29v7z/edit",
    expect.stringContaining("/alerting/silence/new?"),
    "https://play.grafana.org/",
  ]);
});

test("rules that name no host are told so once each, with the label that is missing", async () => {
  const { taken } = await send(body);
  expect(taken).toMatchObject({ firing: 0, unknown: ["High memory usage", "High CPU usage"] });
  const said = (await stage.posted()).map((p) => [p.body["title"], p.body["text"]]);
  expect(said).toEqual([
    ["High memory usage names no host", expect.stringContaining("Give its rule a label host or instance")],
    [
      "High CPU usage names no host",
      expect.stringContaining("another one (blue, eu-1) in 502.yml: alerts: { names: { VALUE: HOST } }"),
    ],
  ]);
});

test("any label's value can be mapped to a host", async () => {
  const { taken } = await send(body, { "us-1": "web-1", "eu-1": "web-2" });
  expect(taken).toMatchObject({ firing: 2, unknown: [] });
});

test("with a host's label, as rules over several hosts have it, each is taken for its host", async () => {
  const doc = Body.parse(JSON.parse(body));
  doc.alerts.forEach((a, i) => (a.labels["instance"] = `web-${i + 1}:9100`));
  expect((await send(JSON.stringify(doc))).taken).toMatchObject({ firing: 2, unknown: [] });
  const over = { ...doc, status: "resolved", state: "ok" };
  over.alerts.forEach((a) => (a["status"] = "resolved"));
  await stage.end();
  expect((await send(JSON.stringify(over))).status).toBe(202);
});
