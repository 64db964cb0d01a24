import { describe, expect, test } from "vitest";
import { commandRefusal } from "../../src/playbook/read-only-table.ts";
import type { BundledCommand } from "../../src/domain/bundle.ts";
import { periodOf } from "../../src/workflows/period-of-run.ts";
import { profileOf } from "../../src/workflows/profile-host.ts";
import { survey, surveyCommands } from "../../src/workflows/survey.ts";
import { recorded } from "../support/replayed-shell.ts";

const healthy = recorded("healthy").commands;
const stopped = recorded("stopped");
const withTls = healthy.map((c) =>
  c.id === "nginx-config"
    ? {
        ...c,
        stdout: `${c.stdout}\n# configuration file /etc/nginx/conf.d/tls.conf:\nserver { listen 443 ssl; ssl_certificate /etc/ssl/shop.pem; ssl_certificate $odd; }\n`,
      }
    : c,
);
const said = (id: string, argv: string[], stdout: string): BundledCommand => ({
  id,
  wave: 4,
  argv,
  stdout,
  stderr: "",
  exitCode: 0,
  end: "exited",
  durationMs: 1,
  privileged: false,
});

describe("the survey", () => {
  test("runs only what the table of read-only commands allows", () => {
    const refusal = commandRefusal();
    const commands = surveyCommands(withTls);
    expect(commands.length).toBeGreaterThan(2);
    expect(commands.flatMap((c) => refusal(c.argv) ?? [])).toEqual([]);
  });

  test("is nothing where nginx was not looked at", () => {
    expect(surveyCommands([said("nothing", ["true"], "")])).toEqual([]);
  });

  test("a connection that ends leaves it out; what it gives is redacted", async () => {
    const session = { hostKey: "", runFix: async () => [], close: async () => undefined };
    expect(
      await survey({ ...session, runWave: async () => Promise.reject(new Error("lost")) }, withTls),
    ).toEqual([]);
    const leak = await survey(
      {
        ...session,
        runWave: async (commands) =>
          commands.map((c) => ({ ...said(c.id, [...c.argv], "password=obviously-fake-secret") })),
      },
      withTls,
    );
    expect(JSON.stringify(leak)).not.toContain("obviously-fake-secret");
  });
});

describe("a profile", () => {
  test("holds configuration, version, units, ports and packages", () => {
    const profile = profileOf([
      ...healthy,
      said("peer-packages-deb", ["dpkg-query"], "nginx 1.22.1-9\nopenssl 3.0.17\n"),
    ]);
    expect(profile["nginx configuration"]).toHaveProperty(["/etc/nginx/nginx.conf"]);
    expect(profile["nginx"]).toEqual({ version: expect.stringMatching(/^1\./) });
    expect(profile["unit"]).toHaveProperty(["catalog-api.service"]);
    expect(Object.keys(profile["port"] ?? {})).toContain("127.0.0.1:3100");
    expect(profile["package"]).toEqual({ nginx: "1.22.1-9", openssl: "3.0.17" });
  });

  test("leaves out what could not be looked at", () => {
    expect(profileOf([])).toEqual({});
    expect(
      profileOf(
        healthy.map((c) => ({ ...c, end: "denied" as const, exitCode: null, stdout: "", stderr: "" })),
      ),
    ).toEqual({});
  });
});

describe("a period", () => {
  const until = stopped.startedAt;
  const request = { since: until - 86_400_000, until, bucketMs: 3_600_000 };

  test("counts users' requests and 502s by vhost, and the error log by class; the bot's own requests do not count", () => {
    const period = periodOf(stopped.commands, request);
    const [vhost] = period.vhosts;
    expect(vhost).toMatchObject({ vhost: "shop.example.test", total: vhost?.count502 });
    expect(vhost?.count502).toBeGreaterThanOrEqual(20);
    expect(vhost?.buckets).toHaveLength(24);
    expect(vhost?.buckets.reduce((a, b) => a + b)).toBe(vhost?.count502);
    expect(period.classes[0]?.name).toBe("connect-failed");
    const all = stopped.commands
      .filter((c) => c.id.startsWith("access-logs"))
      .map((c) => c.stdout)
      .join("");
    expect(all.match(/ 502 /g)?.length).toBeGreaterThan(vhost?.count502 ?? 0);
  });

  test("nothing of what lies before it", () => {
    expect(
      periodOf(stopped.commands, { since: until + 60_000, until: until + 120_000, bucketMs: 60_000 }).because,
    ).toBeUndefined();
    const later = { since: until - 1, until, bucketMs: 60_000 };
    expect(periodOf(stopped.commands, later).vhosts.reduce((sum, v) => sum + v.total, 0)).toBeLessThanOrEqual(
      1,
    );
  });

  test("no access log is unknown, and says what mends it; never zero", () => {
    const denied = stopped.commands.map((c) =>
      c.id.startsWith("access-logs")
        ? { ...c, stdout: "", stderr: "tail: Permission denied", exitCode: 1, end: "denied" as const }
        : c,
    );
    expect(periodOf(denied, request)).toMatchObject({
      vhosts: [],
      because: expect.stringContaining("group adm"),
    });
  });

  test("certificates are read from the survey", () => {
    const certificate = said(
      "certificate#0",
      ["openssl", "x509", "-in", "/etc/ssl/shop.pem", "-noout"],
      "subject=CN = shop.example.test\nnotAfter=Dec  1 10:00:00 2026 GMT\n",
    );
    expect(periodOf([...healthy, certificate], request).certificates).toEqual([
      { path: "/etc/ssl/shop.pem", names: [], notAfter: Date.UTC(2026, 11, 1, 10) },
    ]);
  });
});
