import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { startBot } from "../../src/bot.ts";
import { readSettings } from "../../src/config.ts";
import { makeLog } from "../../src/log.ts";
import { addMessage } from "../../src/playground/workspace/messaging.ts";
import { startWorkspace } from "../../src/playground/workspace/start.ts";
import { freePort } from "../support/openssh.ts";
import { until } from "../support/place.ts";

const TOKEN = "obviously-fake-alert-token";

test("the bot itself: an alert about a known host becomes a diagnosis in its channel, and counts", async () => {
  const ws = await startWorkspace({});
  const dir = mkdtempSync(join(tmpdir(), "fiveohtwo-bot-"));
  const file = join(dir, "502.yml");
  const closed = await freePort();
  writeFileSync(join(dir, "alerts.token"), `${TOKEN}\n`, { mode: 0o600 });
  writeFileSync(join(dir, "bot.token"), ws.botToken, { mode: 0o600 });
  writeFileSync(join(dir, "app.token"), ws.appToken, { mode: 0o600 });
  writeFileSync(
    file,
    `state: state
sshConfig: false
slack: { botToken: "file:bot.token", appToken: "file:app.token", apiUrl: "${ws.apiUrl}", defaultChannel: C0OPS00001 }
alerts: { token: "file:alerts.token" }
http: { listen: "127.0.0.1:0" }
audit: { file: audit.jsonl, syslog: false }
schedules:
  - { name: daily, when: "weekdays 09:00", zone: Europe/Berlin, channel: C0OPS00001, on: ["@web"] }
hosts:
  web-1: { hostName: 127.0.0.1, port: ${closed}, user: ops, groups: [web] }
`,
  );
  const bot = await startBot(readSettings(file, { ...process.env, HOME: dir }), makeLog("silent"));
  try {
    await ws.waitForConnections(2);
    const post = async (source: string, body: object, token = TOKEN): Promise<number> => {
      const headers = { "content-type": "application/json", authorization: `Bearer ${token}` };
      const sent = { method: "POST", headers, body: JSON.stringify(body) };
      return (await fetch(`http://${bot.address}/alerts/${source}`, sent)).status;
    };
    const cron = { host: "web-1", name: "cron" };
    expect(await post("generic", cron, "wrong")).toBe(401);
    expect(await post("generic", cron)).toBe(202);
    await ws.waitForMessage(
      "ops",
      (m) => /web-1/.test(m.text) && /could not be reached/.test(m.text),
      15_000,
    );
    // The message may be on its way before its run is counted.
    const measured = async (): Promise<string> => (await fetch(`http://${bot.address}/metrics`)).text();
    const counted = 'fiveohtwo_runs_total{verdict="unreachable",cause=""} 1';
    await until("the run is counted", async () => (await measured()).includes(counted));
    const metrics = await measured();
    expect(metrics).toContain(counted);
    expect(metrics).toContain("fiveohtwo_ssh_errors_total{");
    expect(metrics).toContain("fiveohtwo_ready 1");
    expect(metrics).toContain('fiveohtwo_audit_behind{sink="file"} ');
    const audited = join(dir, "audit.jsonl");
    await until(
      "the audit log is in its file",
      () => existsSync(audited) && readFileSync(audited, "utf8").includes('"action":"run-finished"'),
    );
    // The file becomes a folder: the bot goes on, and says so.
    rmSync(audited);
    mkdirSync(audited);
    expect(await post("generic", { ...cron, name: "again" })).toBe(202);
    const readiness = async (): Promise<string> => (await fetch(`http://${bot.address}/readyz`)).text();
    await until("the warning", async () => (await readiness()).includes("audit.jsonl cannot be written"));
    expect(JSON.parse(await readiness())).toMatchObject({ ready: true, troubles: [] });
    rmdirSync(audited);
    // The alert manager's own message stands in the channel: it is answered in its thread, as is its end.
    const own = addMessage(ws.state, {
      channel: "C0OPS00001",
      user: "U0ALERTMGR",
      botId: "B0ALERTMGR",
      subtype: "bot_message",
      text: "",
      attachments: [
        {
          title: "[FIRING:1] High5xx (web-1 critical)",
          title_link: "http://mon-1.example.test:9093/#/alerts?receiver=slack",
          fallback: "[FIRING:1] High5xx (web-1 critical)",
        },
      ],
    });
    const manager = (status: string): Promise<number> =>
      post("alertmanager", {
        version: "4",
        externalURL: "http://mon-1.example.test:9093",
        alerts: [
          {
            status,
            labels: { alertname: "High5xx", instance: "web-1:9100" },
            fingerprint: "5d4f1c8c8a5b2a11",
          },
        ],
      });
    expect(await manager("firing")).toBe(202);
    const inThread = (): string =>
      ws
        .thread("ops", own.ts)
        .map((m) => m.text)
        .join("\n");
    await expect.poll(inThread, { timeout: 15_000 }).toContain("could not be reached");
    expect(await manager("resolved")).toBe(202);
    await expect.poll(inThread, { timeout: 15_000 }).toContain("High5xx on web-1 is resolved");
    await ws.postCommand("ada", "ops", "/502 schedule list");
    await expect
      .poll(() => JSON.stringify(ws.ephemeral("ada", "ops").map((m) => m.text)), { timeout: 10_000 })
      .toContain("written in 502.yml");
  } finally {
    await bot.stop();
    await ws.close();
    rmSync(dir, { recursive: true, force: true });
  }
});
