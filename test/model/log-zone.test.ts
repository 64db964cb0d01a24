import { expect, test } from "vitest";
import type { CommandResult } from "../../src/domain/command.ts";
import { factSet } from "../../src/model/facts.ts";
import { nginxZone } from "../../src/model/log-zone.ts";
import { lostVhost } from "../../src/model/lost-vhost.ts";
import { parseNginxErrorLog } from "../../src/parsers/nginx-error-log.ts";

function zoneOf(...logs: string[]): number | undefined {
  const results = logs.map((stdout, n): CommandResult => ({
    id: `access-logs#${n + 1}`,
    argv: [],
    stdout,
    stderr: "",
    exitCode: 0,
    end: "exited",
    durationMs: 1,
    privileged: true,
  }));
  return nginxZone(factSet(results, () => undefined));
}

test("nginx's zone is that of the newest stamp in its access logs", () => {
  const line = (at: string): string => `203.0.113.9 - - [${at}] "GET / HTTP/1.1" 200 5 "-" "curl"\n`;
  const older = line("28/Nov/2026:09:58:34 +0000");
  expect(zoneOf(line("28/Nov/2026:00:58:35 -0930") + line("28/Nov/2026:08:58:36 -0900"), older)).toBe(-540);
  expect(zoneOf("2026-11-28T19:58:34+05:30|GET|/|<200>\n")).toBe(330);
  expect(zoneOf("GET / 200\n")).toBeUndefined();
});

test("a vhost that only the error log still names leads where its line says", () => {
  const text =
    '2026/11/28 18:38:13 [error] 137#137: *7 connect() failed (111: Connection refused) while connecting to upstream, client: 198.51.100.0, server: pears.example.test, request: "GET / HTTP/1.1", upstream: "http://127.0.0.1:5933/", host: "pears.example.test"';
  const [record] = parseNginxErrorLog(text).records;
  if (!record) throw new Error("no record");
  const route = lostVhost(record, []);
  expect(route?.vhost).toBe("pears.example.test");
  expect(route?.pass.raw).toBe("http://127.0.0.1:5933");
  expect(route && lostVhost(record, [route.server])).toBeUndefined();
  expect(lostVhost({ ...record, server: "_" }, [])).toBeUndefined();
});
