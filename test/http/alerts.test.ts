import { createHmac } from "node:crypto";
import { describe, expect, test } from "vitest";
import type { Alert } from "../../src/domain/alert.ts";
import { readSilences } from "../../src/http/alertmanager-silences.ts";
import { alertRoutes } from "../../src/http/alerts.ts";

const TOKEN = "obviously-fake-alert-token";
const SECRET = "obviously-fake-grafana-secret";
const NOW = 1_795_000_000_000;

function stage(broken: boolean | (() => boolean) = false, seen = new Set<string>()) {
  const taken: Alert[] = [];
  const log: string[] = [];
  const app = alertRoutes({
    secrets: () => ({ token: TOKEN, grafanaSecret: SECRET }),
    now: () => NOW,
    once: async (signature) => seen.size < seen.add(signature).size,
    take: async (alerts) => {
      if (broken === true || (typeof broken === "function" && broken()))
        throw new Error(`the database is gone, body was ${JSON.stringify(alerts)}`);
      taken.push(...alerts);
      return { unknown: [] };
    },
    onRefused: (source, status, why) => log.push(`${source} ${status} ${why}`),
  });
  const send = async (path: string, body: string, headers: Record<string, string> = {}): Promise<number> =>
    (
      await app.request(path, {
        method: "POST",
        body,
        headers: { "content-type": "application/json", ...headers },
      })
    ).status;
  return { taken, log, send };
}

const bearer = { authorization: `Bearer ${TOKEN}` };
const alertmanager = JSON.stringify({
  version: "4",
  groupKey: '{}:{alertname="High5xx"}',
  status: "firing",
  receiver: "fiveohtwo",
  groupLabels: { alertname: "High5xx" },
  commonLabels: { alertname: "High5xx" },
  commonAnnotations: {},
  externalURL: "http://127.0.0.1:9093",
  alerts: [
    {
      status: "firing",
      labels: { alertname: "High5xx", instance: "web-1:9100" },
      annotations: { summary: "many" },
      startsAt: "2026-11-20T12:00:00Z",
      endsAt: "0001-01-01T00:00:00Z",
      fingerprint: "5d4f1c8c8a5b2a11",
    },
  ],
});
/** As Grafana's documentation shows a webhook's body, shortened; hosts and addresses invented. */
const grafana = JSON.stringify({
  receiver: "fiveohtwo",
  status: "firing",
  orgId: 1,
  alerts: [
    {
      status: "firing",
      labels: { alertname: "502s", grafana_folder: "web", host: "web-1" },
      annotations: {
        summary: "502s on the shop",
        slack_channel_id: "C0OPS00001",
        slack_thread_ts: "1700000000.000100",
      },
      startsAt: "2026-11-20T12:00:00Z",
      endsAt: "0001-01-01T00:00:00Z",
      generatorURL: "http://127.0.0.1:3000/alerting/1afz29v7z/edit",
      fingerprint: "c6eadffa33fcdf37",
      silenceURL: "http://127.0.0.1:3000/alerting/silence/new",
      values: { B: 44.23, C: 1 },
      valueString: "[ var='B' labels={} value=44.23 ]",
    },
  ],
  groupLabels: {},
  commonLabels: {},
  commonAnnotations: {},
  externalURL: "http://127.0.0.1:3000/",
  version: "1",
  groupKey: "{}/{}:{}",
  truncatedAlerts: 0,
  title: "[FIRING:1] 502s",
  state: "alerting",
  message: "**Firing**",
});

function grafanaSigned(body: string, secret = SECRET, at = NOW): Record<string, string> {
  const stamp = String(Math.floor(at / 1000));
  return {
    "x-grafana-alerting-timestamp": stamp,
    "x-grafana-alerting-signature": createHmac("sha256", secret).update(`${stamp}:${body}`).digest("hex"),
  };
}

function genericSigned(body: string, at = NOW): Record<string, string> {
  const stamp = String(Math.floor(at / 1000));
  return {
    "x-502-timestamp": stamp,
    "x-502-signature": `sha256=${createHmac("sha256", TOKEN).update(`${stamp}.${body}`).digest("hex")}`,
  };
}

describe("messages that are taken", () => {
  test("Alertmanager's, with the bearer token", async () => {
    const { send, taken } = stage();
    expect(await send("/alerts/alertmanager", alertmanager, bearer)).toBe(202);
    expect(taken).toEqual([
      {
        source: "alertmanager",
        fingerprint: "5d4f1c8c8a5b2a11",
        status: "firing",
        name: "High5xx",
        summary: "many",
        labels: { alertname: "High5xx", instance: "web-1:9100" },
        urls: ["http://127.0.0.1:9093"],
      },
    ]);
  });

  test("Grafana's, by token or by its own signature", async () => {
    const { send, taken } = stage();
    expect(await send("/alerts/grafana", grafana, bearer)).toBe(202);
    expect(await send("/alerts/grafana", grafana, grafanaSigned(grafana))).toBe(202);
    expect(taken[0]).toMatchObject({
      source: "grafana",
      name: "502s",
      thread: { channel: "C0OPS00001", ts: "1700000000.000100" },
    });
  });

  test("anybody's, by token or signature; the id is made up from host and name", async () => {
    const { send, taken } = stage();
    const body = JSON.stringify({ host: "web-1", name: "cron" });
    expect(await send("/alerts/generic", body, bearer)).toBe(202);
    expect(await send("/alerts/generic", body, genericSigned(body))).toBe(202);
    expect(taken.map((a) => a.fingerprint)).toEqual([taken[0]?.fingerprint, taken[0]?.fingerprint]);
  });
});

describe("messages that are refused, with the right status and without their content in the log", () => {
  const body = JSON.stringify({ host: "web-1", summary: "secret-in-the-body" });
  test.each<[string, string, string, Record<string, string>, number]>([
    ["no credentials", "/alerts/generic", body, {}, 401],
    ["a wrong token", "/alerts/alertmanager", alertmanager, { authorization: "Bearer wrong-token" }, 401],
    ["another scheme", "/alerts/alertmanager", alertmanager, { authorization: `Basic ${TOKEN}` }, 401],
    ["another secret's signature", "/alerts/grafana", grafana, grafanaSigned(grafana, "other"), 401],
    ["a changed body", "/alerts/generic", `${body} `, genericSigned(body), 401],
    ["an old timestamp", "/alerts/grafana", grafana, grafanaSigned(grafana, SECRET, NOW - 301_000), 401],
    ["a timestamp of the future", "/alerts/generic", body, genericSigned(body, NOW + 301_000), 401],
    [
      "a signature without its timestamp",
      "/alerts/grafana",
      grafana,
      { "x-grafana-alerting-signature": createHmac("sha256", SECRET).update(grafana).digest("hex") },
      401,
    ],
    ["another source's signature", "/alerts/alertmanager", alertmanager, genericSigned(alertmanager), 401],
    ["no JSON", "/alerts/generic", "{secret-in-the-body", bearer, 400],
    ["another content type", "/alerts/generic", body, { ...bearer, "content-type": "text/plain" }, 415],
    ["JSON of another shape", "/alerts/alertmanager", '{"alerts":"secret-in-the-body"}', bearer, 422],
    ["a null", "/alerts/alertmanager", "null", bearer, 422],
    [
      "too many alerts",
      "/alerts/generic",
      JSON.stringify({ alerts: Array.from({ length: 501 }, () => ({ host: "a" })) }),
      bearer,
      422,
    ],
    [
      "a body over 1 MiB",
      "/alerts/generic",
      JSON.stringify({ host: "web-1", summary: "secret-in-the-body".repeat(70_000) }),
      bearer,
      413,
    ],
  ])("%s", async (_what, path, text, headers, status) => {
    const { send, taken, log } = stage();
    const got = await send(path, text, headers);
    expect(got).toBe(status);
    expect(taken).toEqual([]);
    expect(log.join("\n")).not.toMatch(/secret-in-the-body|obviously-fake|wrong-token/);
  });

  test("a signed message that is played again", async () => {
    const { send } = stage();
    expect(await send("/alerts/grafana", grafana, grafanaSigned(grafana))).toBe(202);
    expect(await send("/alerts/grafana", grafana, grafanaSigned(grafana))).toBe(409);
  });

  test("one that was taken is refused by every replica; one that could not be recorded may come again", async () => {
    const seen = new Set<string>();
    let down = true;
    const [one, other] = [stage(() => down, seen), stage(false, seen)];
    expect(await one.send("/alerts/generic", body, genericSigned(body))).toBe(503);
    down = false;
    expect(await one.send("/alerts/generic", body, genericSigned(body))).toBe(202);
    expect(await one.send("/alerts/generic", body, genericSigned(body))).toBe(409);
    expect(await other.send("/alerts/generic", body, genericSigned(body))).toBe(409);
  });

  test("where a body is wrong is said without its own words", async () => {
    const { send, log } = stage();
    const hostile = "secret-in-the-body\u001b[31m".repeat(5000);
    const labels = { [hostile]: { [hostile]: 1 } };
    const one = { status: hostile, labels, annotations: { [hostile]: 1 } };
    for (const alerts of [[one], [{ ...one, status: "firing" }], { [hostile]: one }])
      expect(await send("/alerts/alertmanager", JSON.stringify({ alerts }), bearer)).toBe(422);
    expect(await send("/alerts/generic", JSON.stringify({ [hostile]: 1, host: [hostile] }), bearer)).toBe(
      422,
    );
    expect(log).toHaveLength(4);
    for (const told of log) {
      expect(told).not.toMatch(/secret-in-the-body|\u001b/);
      expect(told.length).toBeLessThan(400);
    }
    expect(log[0]).toContain("alerts.0.");
  });

  test("what could not be recorded is sent again by the sender: 503, and its content is logged nowhere", async () => {
    const { send, log } = stage(true);
    expect(await send("/alerts/generic", body, bearer)).toBe(503);
    expect(log.join()).not.toContain("secret-in-the-body");
  });
});

test("Alertmanager's silences count for the hosts they name, and only active ones about hosts alone", () => {
  const silence = (matchers: object[], state = "active"): object => ({
    id: "s1",
    comment: "work",
    createdBy: "ada",
    startsAt: "2026-11-20T12:00:00Z",
    endsAt: "2026-11-20T14:00:00Z",
    status: { state },
    matchers,
  });
  const is = (value: string, change: object = {}): object => ({
    name: "instance",
    value,
    isRegex: false,
    isEqual: true,
    ...change,
  });
  const hosts = [
    { name: "web-1", called: ["web-1", "198.51.100.7"] },
    { name: "web-2", called: ["web-2"] },
  ];
  const targets = (body: object[]): string[] => readSilences(body, hosts).map((s) => s.target);
  expect(targets([silence([is("web-1:9100")])])).toEqual(["web-1"]);
  expect(targets([silence([is("198.51.100.7:9100")])])).toEqual(["web-1"]);
  expect(targets([silence([is("web-.*", { isRegex: true })])])).toEqual(["web-1", "web-2"]);
  expect(targets([silence([is("web-1"), { ...is("High5xx"), name: "alertname" }])])).toEqual([]);
  expect(targets([silence([is("web-1")], "expired")])).toEqual([]);
  expect(targets([silence([is("(", { isRegex: true })])])).toEqual([]);
});
