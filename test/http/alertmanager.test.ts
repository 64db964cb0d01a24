import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import type { Alert } from "../../src/domain/alert.ts";
import { startBot } from "../../src/bot.ts";
import { readSettings } from "../../src/config.ts";
import { makeLog } from "../../src/log.ts";
import { startWorkspace, type Workspace } from "../../src/playground/workspace/start.ts";
import { alertmanagerSilences } from "../../src/http/alertmanager-silences.ts";
import { alertRoutes } from "../../src/http/alerts.ts";
import { listen, type Listening } from "../../src/http/health.ts";
import { freePort } from "../support/openssh.ts";
import { until } from "../support/place.ts";

const PROGRAM = [
  "/usr/bin/prometheus-alertmanager",
  "/usr/local/bin/alertmanager",
  "/usr/bin/alertmanager",
].find((p) => existsSync(p));
const TOKEN = "obviously-fake-alert-token";

let undo: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const step of undo.toReversed()) await step();
  undo = [];
});

async function stage(token = TOKEN): Promise<{ url: string; taken: Alert[]; refused: string[] }> {
  const taken: Alert[] = [];
  const refused: string[] = [];
  const app = alertRoutes({
    secrets: () => ({ token: TOKEN }),
    now: () => Date.now(),
    once: async () => true,
    take: async (alerts) => {
      taken.push(...alerts);
      return { unknown: [] };
    },
    onRefused: (source, status, why) => refused.push(`${source} ${status} ${why}`),
  });
  const bot: Listening = await listen(app, "127.0.0.1:0");
  undo.push(() => bot.close());
  return { url: await alertmanager(bot.address, token), taken, refused };
}

/** Starts Alertmanager itself, which sends to the bot at this address. @returns its own address */
async function alertmanager(bot: string, token = TOKEN): Promise<string> {
  const dir = mkdtempSync(join(tmpdir(), "fiveohtwo-alertmanager-"));
  undo.push(() => rmSync(dir, { recursive: true, force: true }));
  const config = join(dir, "alertmanager.yml");
  writeFileSync(
    config,
    `route: { receiver: fiveohtwo, group_by: [alertname], group_wait: 100ms, group_interval: 100ms, repeat_interval: 1h }
receivers:
  - name: fiveohtwo
    webhook_configs:
      - { url: "http://${bot}/alerts/alertmanager", send_resolved: true, http_config: { authorization: { credentials: "${token}" } } }
`,
  );
  const port = await freePort();
  const args = [
    `--config.file=${config}`,
    `--storage.path=${join(dir, "data")}`,
    `--web.listen-address=127.0.0.1:${port}`,
    "--cluster.listen-address=",
  ];
  const child: ChildProcess = spawn(PROGRAM ?? "", args, { stdio: "ignore" });
  undo.push(async () => {
    child.kill("SIGTERM");
    if (child.exitCode === null) await new Promise((resolve) => child.once("exit", resolve));
  });
  const url = `http://127.0.0.1:${port}/`;
  await until(
    "Alertmanager is ready",
    async () => (await fetch(`${url}-/ready`).catch(() => undefined))?.ok === true,
  );
  return url;
}

/** The whole bot in a workspace, with one host that cannot be reached. @returns its address */
async function wholeBot(ws: Workspace): Promise<string> {
  const dir = mkdtempSync(join(tmpdir(), "fiveohtwo-bot-"));
  undo.push(() => rmSync(dir, { recursive: true, force: true }));
  for (const [name, secret] of Object.entries({ alerts: TOKEN, bot: ws.botToken, app: ws.appToken }))
    writeFileSync(join(dir, `${name}.token`), secret, { mode: 0o600 });
  const file = join(dir, "502.yml");
  writeFileSync(
    file,
    `state: state
sshConfig: false
slack: { botToken: "file:bot.token", appToken: "file:app.token", apiUrl: "${ws.apiUrl}", defaultChannel: C0OPS00001 }
alerts: { token: "file:alerts.token" }
http: { listen: "127.0.0.1:0" }
audit: { syslog: false }
hosts:
  web-1: { hostName: 127.0.0.1, port: ${await freePort()}, user: ops, groups: [web] }
  web-2: { hostName: 127.0.0.1, port: ${await freePort()}, user: ops, groups: [web] }
`,
  );
  const bot = await startBot(readSettings(file, { ...process.env, HOME: dir }), makeLog("silent"));
  undo.push(() => bot.stop());
  return bot.address;
}

async function tell(url: string, path: string, body: unknown): Promise<void> {
  const answer = await fetch(`${url}api/v2/${path}`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  });
  if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
}

const alert = (host: string, endsAt?: Date): object => ({
  labels: { alertname: "High5xx", instance: `${host}:9100` },
  annotations: { summary: "many" },
  startsAt: new Date(Date.now() - 60_000).toISOString(),
  ...(endsAt === undefined ? {} : { endsAt: endsAt.toISOString() }),
});

describe.skipIf(PROGRAM === undefined)(
  `Alertmanager itself${PROGRAM === undefined ? " (needs prometheus-alertmanager)" : ""}`,
  () => {
    test("sends firing and resolved alerts, which are understood", async () => {
      const { url, taken, refused } = await stage();
      await tell(url, "alerts", [alert("web-1"), alert("web-2")]);
      await until("both fire", () => taken.filter((a) => a.status === "firing").length >= 2);
      expect(
        taken.map((a) => a.labels["instance"]).toSorted((a, b) => ((a ?? "") < (b ?? "") ? -1 : 1)),
      ).toEqual(["web-1:9100", "web-2:9100"]);
      const [first] = taken.filter((a) => a.labels["instance"] === "web-1:9100");
      await tell(url, "alerts", [alert("web-1", new Date(Date.now() - 1000))]);
      await until("one is resolved", () => taken.some((a) => a.status === "resolved"));
      const end = taken.find((a) => a.status === "resolved");
      expect(end).toMatchObject({ fingerprint: first?.fingerprint, labels: { instance: "web-1:9100" } });
      expect(refused).toEqual([]);
    });

    test(
      "and the whole bot: its alerts become one diagnosis in the channel, their end is said in that thread",
      { timeout: 120_000 },
      async () => {
        const ws = await startWorkspace({});
        undo.push(() => ws.close());
        const url = await alertmanager(await wholeBot(ws));
        await tell(url, "alerts", [alert("web-1"), alert("web-2"), alert("db-9")]);
        const root = await ws.waitForMessage("ops", (m) => m.text.startsWith("2 hosts of the alert"), 60_000);
        await ws.waitForMessage("ops", (m) => m.text.includes("db-9"), 60_000);
        await tell(url, "alerts", [alert("web-1", new Date(Date.now() - 1000))]);
        const end = await ws.waitForMessage("ops", (m) => m.text.includes("web-1 is resolved"), 60_000);
        expect(end.threadTs).toBe(root.ts);
        expect(end.text).toContain("No fix of this bot was run");
        expect(ws.messages("ops").filter((m) => m.threadTs === undefined)).toHaveLength(2);
      },
    );

    test("is refused with another token", async () => {
      const { url, taken, refused } = await stage("another-token");
      await tell(url, "alerts", [alert("web-1")]);
      await until("it was refused", () => refused.length > 0);
      expect(refused[0]).toMatch(/^alertmanager 401/);
      expect(taken).toEqual([]);
    });

    test("tells its silences", async () => {
      const { url } = await stage();
      const matchers = [{ name: "instance", value: "web-1.*", isRegex: true, isEqual: true }];
      await tell(url, "silences", {
        matchers,
        startsAt: new Date().toISOString(),
        endsAt: new Date(Date.now() + 3_600_000).toISOString(),
        createdBy: "ada",
        comment: "work",
      });
      let silences: Awaited<ReturnType<ReturnType<typeof alertmanagerSilences>>> = [];
      await until("the silence is active", async () => {
        // A new reader each time: one that has just asked does not ask again.
        silences = await alertmanagerSilences(
          url,
          () => [
            { name: "web-1", called: ["web-1"] },
            { name: "web-2", called: ["web-2"] },
          ],
          () => Date.now(),
        )();
        return silences.length > 0;
      });
      expect(silences).toMatchObject([{ target: "web-1", reason: "work", by: "alertmanager:ada" }]);
    });
  },
);
