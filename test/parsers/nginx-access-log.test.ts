import { readFileSync } from "node:fs";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { compileLogFormat } from "../../src/parsers/nginx-access-format.ts";
import { maskAddress, parseNginxAccessLog } from "../../src/parsers/nginx-access-log.ts";
import { nginxAccessStats } from "../../src/parsers/nginx-access-stats.ts";
import { parseNginxDump } from "../../src/parsers/nginx-config.ts";
import { nginxRoutes } from "../../src/parsers/nginx-routes.ts";

const fixture = (name: string) => readFileSync(new URL(`fixtures/nginx/${name}`, import.meta.url), "utf8");

// Written by nginx 1.22.1 with access.conf; fifteen requests, each in five formats.
const sections = new Map(
  fixture("access-seen.txt")
    .split("##### ")
    .slice(1)
    .map((section) => [section.slice(0, section.indexOf("\n")), section.slice(section.indexOf("\n") + 1)]),
);
const { logFormats } = nginxRoutes(
  parseNginxDump(`# configuration file /e/nginx.conf:\n${fixture("access.conf")}`),
);
function read(name: string) {
  const format = logFormats.find((each) => each.name === name);
  if (format === undefined) throw new Error(`no format ${name}`);
  return parseNginxAccessLog(sections.get(name) ?? "", [format]);
}
const STATUSES = [200, 200, 200, 502, 502, 502, 502, 200, 502, 200, 502, 9, 200, 400, 200];

describe("captured lines", () => {
  it.each(["combined", "up", "js"])("all of %s are read", (name) => {
    const { records, unparsed } = read(name);
    expect(unparsed).toBe(0);
    expect(records.map(({ status }) => status)).toEqual(STATUSES);
  });

  it("a value that holds the format's own separator makes its line unreadable, not wrong", () => {
    const { records, unparsed } = read("none");
    expect(unparsed).toBe(1);
    expect(records.map(({ status }) => status)).toEqual(STATUSES.toSpliced(12, 1));
  });

  it("variables side by side cannot be told apart and are left out", () => {
    const { records, unparsed } = read("adjacent");
    expect(unparsed).toBe(0);
    expect(records[0]).toEqual({ line: 1, host: "shop.example.test" });
  });

  it("combined: what it holds", () => {
    expect(read("combined").records[0]).toEqual({
      line: 1,
      at: Date.UTC(2026, 10, 20, 13, 22, 4) / 1000,
      status: 200,
      bytes: 3,
      method: "GET",
      path: "/",
      userAgent: "probe/1",
      clientMasked: "127.0.0.x",
    });
  });

  it.each(["up", "js"])("%s: the signatures of §1.8", (name) => {
    const upstream = read(name).records.map((record) => [
      record.path,
      record.status,
      record.upstreamAddr?.join(),
      record.upstreamStatus?.map(String).join(),
      record.upstreamHeaderTime?.map(String).join(),
      record.redirected,
    ]);
    const two = "127.0.0.1:18562,127.0.0.1:18561";
    expect(upstream.slice(1, 12)).toEqual([
      ["/retry", 200, two, "502,200", "null,0", false],
      ["/retry", 200, "127.0.0.1:18561", "200", "0", false],
      ["/dead", 502, "127.0.0.1:18562,127.0.0.1:18563", "502,502", "null,null", false],
      ["/dead", 502, "dead", "502", "null", false],
      ["/sock", 502, "unix:/run/app/none.sock", "502", "null", false],
      ["/refused", 502, "127.0.0.1:18562", "502", "null", false],
      ["/bad", 200, "127.0.0.1:18561", "200", "0", false],
      ["/static", 502, "", "", "", false],
      ["/hidden/x", 200, two, "502,200", "null,0", true],
      ["/dns", 502, "", "", "", false],
      ["/nine", 9, "127.0.0.1:18569", "200", "0", false],
    ]);
  });

  it("escapes of all kinds give the same text", () => {
    for (const name of ["combined", "up", "js"]) {
      expect(read(name).records[12]?.userAgent).toBe('Mozilla "x" \\ é | y');
    }
    for (const name of ["combined", "up", "js"]) expect(read(name).records[12]?.path).toBe('/q"x\\');
  });

  it("a TLS hello is no request", () => {
    for (const name of ["combined", "up", "js"]) {
      const record = read(name).records[13];
      expect(record?.status).toBe(400);
      expect(record?.method).toBeUndefined();
      expect(record?.path).toBeUndefined();
    }
  });

  it("several formats in one file, and lines of none", () => {
    const text = `${sections.get("js") ?? ""}nonsense\n${sections.get("combined") ?? ""}`;
    const { records, unparsed } = parseNginxAccessLog(text, logFormats);
    expect([records.length, unparsed]).toEqual([30, 1]);
    expect(records[29]?.line).toBe(31);
  });
});

it("the halves beside a cut are not read", () => {
  const format = { name: "x", escape: "default", format: "$status $request_time" } as const;
  const { records, unparsed } = parseNginxAccessLog("502 0.100\n502 0.1\n…9 bytes cut…\n502 9\n200 0.5\n", [
    format,
  ]);
  expect(records.map(({ requestTime, line }) => [requestTime, line])).toEqual([
    [0.1, 1],
    [0.5, 5],
  ]);
  expect(unparsed).toBe(2);
});

describe("values", () => {
  const time = (value: string, variable: string) =>
    parseNginxAccessLog(`[${value}]`, [{ name: "x", escape: "default", format: `[$${variable}]` }]).records[0]
      ?.at;
  it("times with their zone", () => {
    expect(time("20/Nov/2026:13:22:04 +0530", "time_local")).toBe(Date.UTC(2026, 10, 20, 7, 52, 4) / 1000);
    expect(time("20/Nov/2026:13:22:04 -0030", "time_local")).toBe(Date.UTC(2026, 10, 20, 13, 52, 4) / 1000);
    expect(time("2026-11-20T13:22:04+02:00", "time_iso8601")).toBe(Date.UTC(2026, 10, 20, 11, 22, 4) / 1000);
    expect(time("1795180924.784", "msec")).toBe(1795180924.784);
    expect(time("yesterday", "time_local")).toBeUndefined();
  });
  it("addresses lose their host part", () => {
    expect(maskAddress("203.0.113.7")).toBe("203.0.113.x");
    expect(maskAddress("2001:db8:1:2:3::4")).toBe("2001:db8:1::x");
    expect(maskAddress("::1")).toBe("::x");
    expect(maskAddress("unix:")).toBe("unix:");
    expect(maskAddress("<client-1>")).toBe("<client-1>");
  });
  it("a client that gave up: a peer without a status", () => {
    const [record] = parseNginxAccessLog("499 127.0.0.1:80 - -", [
      {
        name: "x",
        escape: "default",
        format: "$status $upstream_addr $upstream_status $upstream_header_time",
      },
    ]).records;
    expect(record).toMatchObject({
      status: 499,
      upstreamAddr: ["127.0.0.1:80"],
      upstreamStatus: [null],
      upstreamHeaderTime: [null],
    });
  });
});

describe("statistics", () => {
  it("count by status, virtual host and minute", () => {
    const lines = [
      ["a.test", 60, 200],
      ["A.test", 61, 502],
      ["b.test", 119, 502],
      ["a.test", 130, 502],
      ["a.test", 125, 504],
      ["a.test", 70, 9],
    ] as const;
    const stats = nginxAccessStats(lines.map(([host, at, status], line) => ({ host, at, status, line })));
    expect(stats).toMatchObject({
      total: 6,
      byStatus: { "200": 1, "502": 3, "504": 1, "009": 1 },
      share5xx: 4 / 6,
      count502: 3,
      first502: 61,
      last502: 130,
      minutes: [
        { at: 60, total: 4, count5xx: 2, count502: 2 },
        { at: 120, total: 2, count5xx: 2, count502: 1 },
      ],
    });
    expect(stats.vhosts.map(({ vhost, total, count502 }) => [vhost, total, count502])).toEqual([
      ["a.test", 5, 2],
      ["b.test", 1, 1],
    ]);
  });
  it("without requests, times or hosts", () => {
    expect(nginxAccessStats([])).toEqual({
      total: 0,
      byStatus: {},
      share5xx: 0,
      count502: 0,
      minutes: [],
      vhosts: [],
    });
    expect(nginxAccessStats([{ line: 1 }])).toMatchObject({
      total: 1,
      byStatus: { unknown: 1 },
      minutes: [],
    });
  });
  it("invented hosts do not fill memory", () => {
    const records = Array.from({ length: 5000 }, (_, line) => ({ host: `h${line}`, line }));
    const { vhosts } = nginxAccessStats(records);
    expect(vhosts).toHaveLength(501);
    expect(vhosts[0]).toMatchObject({ vhost: "(others)", total: 4500 });
  });
});

describe("robustness", () => {
  const format = fc.array(
    fc.oneof(
      fc.constantFrom(
        "$status",
        "$request",
        "${host}",
        "$upstream_addr",
        "$upstream_status",
        "$time_local",
        "$http_user_agent",
        "$msec",
      ),
      fc.constantFrom(" ", '"', "[", "]", "|", "\\", "^", "-", "(", "$", "{", "}"),
      fc.string({ maxLength: 3 }),
    ),
    { maxLength: 12 },
  );
  it("any format compiles, and any line is read or refused", () => {
    fc.assert(
      fc.property(
        format,
        fc.constantFrom("default" as const, "json" as const, "none" as const),
        fc.string(),
        (parts, escape, line) => {
          const records = parseNginxAccessLog(line, [{ name: "x", escape, format: parts.join("") }]);
          expect(records.records.length + records.unparsed).toBe(
            line.split("\n").filter((each) => each.replace(/\r$/, "") !== "").length,
          );
        },
      ),
    );
  });
  it("hostile lines end", () => {
    let ended = 0;
    for (const each of logFormats) {
      const { read: readLine } = compileLogFormat(each);
      for (const unit of ['"', " ", ", ", "- ", "\\", '\\"', "1, ", " : 1"]) {
        for (const begin of [
          "",
          '1.2.3.4 - - [20/Nov/2026:13:22:04 +0000] "',
          '1.2.3.4 h [2026-11-20T13:22:04+00:00] "',
        ]) {
          readLine((begin + unit.repeat(16_000)).slice(0, 32_000));
          ended += 1;
        }
      }
    }
    expect(ended).toBe(logFormats.length * 8 * 3);
  });
});
