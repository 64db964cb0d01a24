import { readFileSync } from "node:fs";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { nginxEffect } from "../../src/parsers/nginx-error-effect.ts";
import { naiveToEpoch, parseNginxErrorLine, parseNginxErrorLog } from "../../src/parsers/nginx-error-log.ts";

const SEEN = readFileSync(new URL("fixtures/nginx/error-log-seen.txt", import.meta.url), "utf8");

const HEAD = "2026/11/20 10:22:24 [error] 10#10: *5 ";
const CONTEXT = ', client: 127.0.0.1, server: lab.test, request: "GET /a HTTP/1.1"';
const PEER = `${CONTEXT}, upstream: "http://127.0.0.1:7002/a", host: "lab.test"`;

function record(text: string) {
  const found = parseNginxErrorLine(text);
  if (found === undefined) throw new Error(`not a record: ${text}`);
  return found;
}
const upstreamError = (message: string, phase = "reading response header from upstream") =>
  record(`${HEAD}${message} while ${phase}${PEER}`);

describe("captured lines", () => {
  const { records, unparsed } = parseNginxErrorLog(SEEN);

  it("reads every line but the section headings", () => {
    const lines = SEEN.split("\n").filter((line) => line !== "");
    const headings = lines.filter((line) => line.startsWith("#####"));
    expect(records).toHaveLength(lines.length - headings.length);
    expect(unparsed).toBe(headings.length);
    expect(lines.length).toBe(219);
  });

  it("names a class for every line", () => {
    expect(records.filter((each) => each.class === "other").map((each) => each.raw)).toEqual([]);
  });

  it("finds the upstream wherever nginx wrote one", () => {
    const lost = records.filter((each) => each.upstream === undefined && each.raw.includes(', upstream: "'));
    expect(lost.map((each) => each.raw)).toEqual([]);
  });

  it("counts the classes", () => {
    const counts: Record<string, number> = {};
    for (const each of records) {
      const key = [each.class, each.errno, each.phase, nginxEffect(each)].filter(Boolean).join(" ");
      counts[key] = (counts[key] ?? 0) + 1;
    }
    expect(counts).toMatchInlineSnapshot(`
      {
        "accept-failed 24 closed": 1,
        "auth-request-unexpected-status sending-to-client 500": 2,
        "bad-te reading-header 502": 1,
        "bind-failed 98 connecting 500": 1,
        "bind-failed 99 connecting 500": 1,
        "buffered-to-file none": 4,
        "buffered-to-file reading-body none": 1,
        "cl-and-te reading-header 502": 1,
        "connect-failed 101 connecting 502": 4,
        "connect-failed 11 connecting 502": 2,
        "connect-failed 110 connecting 502": 1,
        "connect-failed 111 connecting 502": 36,
        "connect-failed 111 connecting closed": 1,
        "connect-failed 113 connecting 502": 6,
        "connect-failed 13 connecting 502": 3,
        "connect-failed 2 connecting 502": 2,
        "connect-failed 22 connecting 502": 1,
        "connect-failed 91 connecting 502": 1,
        "connect-failed 99 connecting 502": 3,
        "duplicate-header reading-header 502": 1,
        "emerg-bind 98 refused": 1,
        "emerg-bind refused": 1,
        "emerg-config none": 1,
        "emerg-host-not-found none": 1,
        "fastcgi-stderr none": 1,
        "fastcgi-stderr reading-header 404": 1,
        "fastcgi-unsupported-version reading-header 502": 1,
        "http2-frame-too-large reading-header 502": 3,
        "invalid-chunked reading-body truncated": 2,
        "invalid-content-length reading-header 502": 1,
        "invalid-header reading-header 502": 3,
        "invalid-url 500": 2,
        "no-live-upstreams connecting 502": 6,
        "no-resolver 502": 1,
        "no-valid-http-header reading-header 009": 6,
        "premature-close reading-body truncated": 1,
        "premature-close reading-header 502": 14,
        "proxy-protocol-broken closed": 1,
        "recv-failed 104 reading-body truncated": 1,
        "recv-failed 104 reading-header 502": 18,
        "resolve-failed 502": 2,
        "resolver-io 111 resolving none": 2,
        "socket-failed 24 connecting 500": 1,
        "ssl-certificate-required reading-header 502": 1,
        "ssl-handshake-failure ssl-handshaking 502": 1,
        "ssl-name-mismatch ssl-handshaking 502": 1,
        "ssl-peer-closed 104 ssl-handshaking 502": 1,
        "ssl-protocol-version ssl-handshaking 502": 2,
        "ssl-unrecognized-name ssl-handshaking 502": 2,
        "ssl-verify-failed ssl-handshaking 502": 5,
        "ssl-wrong-version ssl-handshaking 502": 3,
        "temp-file-failed 13 500": 1,
        "temp-file-failed 13 reading-body truncated": 1,
        "temp-file-failed 28 500": 1,
        "temp-file-failed 28 reading-body truncated": 1,
        "temporarily-disabled connecting none": 9,
        "timed-out 110 connecting 504": 5,
        "timed-out 110 connecting closed": 1,
        "timed-out 110 reading-body truncated": 2,
        "timed-out 110 reading-header 504": 12,
        "timed-out 110 ssl-handshaking 504": 2,
        "too-big-header reading-header 502": 3,
        "worker-connections closed": 2,
        "worker-connections-reused none": 1,
        "worker-exited closed": 2,
        "write-failed 104 sending-request 502": 2,
        "write-failed 32 sending-request 502": 1,
      }
    `);
  });
});

describe("fields", () => {
  it("reads head, message, phase, errno and context", () => {
    const { raw, ...rest } = record(
      `2026/11/20 10:22:24 [crit] 30958#12: *87 connect() to unix:/run/a.sock failed (2: No such file or directory) while connecting to upstream, client: 127.0.0.1, server: lab.test, request: "GET /x?token=abc HTTP/1.1", subrequest: "/_auth?a=b", upstream: "http://unix:/run/a.sock:/x?token=abc", host: "127.0.0.1:18080", referrer: "http://lab.test/?q=1"`,
    );
    expect(raw).toContain("[crit]");
    expect(rest).toEqual({
      at: { year: 2026, month: 11, day: 20, hour: 10, minute: 22, second: 24 },
      level: "crit",
      pid: 30958,
      tid: 12,
      connection: 87,
      message: "connect() to unix:/run/a.sock failed (2: No such file or directory)",
      class: "connect-failed",
      errno: 2,
      subject: "unix:/run/a.sock",
      phase: "connecting",
      client: "127.0.0.1",
      server: "lab.test",
      request: { method: "GET", path: "/x", protocol: "HTTP/1.1" },
      subrequest: "/_auth",
      upstream: { scheme: "http", unix: "/run/a.sock", uri: "/x" },
      host: "127.0.0.1:18080",
      line: 1,
      lines: 1,
    });
  });

  it.each([
    ["http://127.0.0.1:7002/a/b?c=d", { scheme: "http", address: "127.0.0.1:7002", uri: "/a/b" }],
    ["https://[2001:db8::1]:443/", { scheme: "https", address: "[2001:db8::1]:443", uri: "/" }],
    ["fastcgi://unix:/run/php/x.sock:", { scheme: "fastcgi", unix: "/run/php/x.sock" }],
    ["fastcgi://unix:/run/php/x.sock", { scheme: "fastcgi", unix: "/run/php/x.sock" }],
    ["uwsgi://127.0.0.1:7401", { scheme: "uwsgi", address: "127.0.0.1:7401" }],
    ["suwsgi://127.0.0.1:7401", { scheme: "suwsgi", address: "127.0.0.1:7401" }],
    ["grpcs://127.0.0.1:7401", { scheme: "grpcs", address: "127.0.0.1:7401" }],
    ["memcached://127.0.0.1:11211", { scheme: "memcached", address: "127.0.0.1:11211" }],
    ["http://backend/path", { scheme: "http", group: "backend", uri: "/path" }],
  ])("reads upstream %s", (value, expected) => {
    expect(
      record(
        `${HEAD}no live upstreams while connecting to upstream${CONTEXT}, upstream: "${value}", host: "h"`,
      ).upstream,
    ).toEqual(expected);
  });

  it("reads an empty server name", () => {
    expect(
      record(
        `${HEAD}no live upstreams while connecting to upstream, client: 1.2.3.4, server: , request: "GET / HTTP/1.1", upstream: "http://g/", host: "h"`,
      ).server,
    ).toBe("");
  });

  it("reads stream lines", () => {
    const stream = record(
      '2026/11/20 10:36:37 [error] 13806#0: *1 connect() failed (111: Connection refused) while connecting to upstream, client: 127.0.0.1, server: 127.0.0.1:18106, upstream: "127.0.0.1:7999", bytes from/to client:0/0, bytes from/to upstream:0/0',
    );
    expect(stream).toMatchObject({
      stream: true,
      server: "127.0.0.1:18106",
      upstream: { scheme: "tcp", address: "127.0.0.1:7999" },
    });
    expect(nginxEffect(stream)).toBe("closed");
  });

  it("matches errors by number, so musl's words do as well", () => {
    for (const words of ["Connection timed out", "Operation timed out"]) {
      expect(upstreamError(`upstream timed out (110: ${words})`, "connecting to upstream")).toMatchObject({
        class: "timed-out",
        errno: 110,
      });
    }
  });

  it("turns clock digits into a moment only with an offset", () => {
    const { at } = upstreamError("no live upstreams");
    expect(naiveToEpoch(at, 0) - naiveToEpoch(at, 3600)).toBe(3600);
    expect(new Date(naiveToEpoch(at, 0) * 1000).toISOString()).toBe("2026-11-20T10:22:24.000Z");
  });
});

describe("what clients control", () => {
  const forged = ', upstream: "http://10.6.6.6:80/", host: "evil"';
  const line = (request: string, tail = "") =>
    record(
      `${HEAD}connect() failed (111: Connection refused) while connecting to upstream, client: 127.0.0.1, server: lab.test, request: "${request}", upstream: "http://127.0.0.1:7002/a", host: "lab.test"${tail}`,
    );

  it("a forged Referer does not move the upstream", () => {
    const found = line("GET /a HTTP/1.1", `, referrer: "x"${forged}, referrer: "y"`);
    expect(found.upstream).toEqual({ scheme: "http", address: "127.0.0.1:7002", uri: "/a" });
    expect(found.host).toBe("lab.test");
  });

  it("a forged request line names no upstream rather than a wrong one", () => {
    const found = line(`GET /a"${forged} HTTP/1.1`);
    expect(found.upstream).toBeUndefined();
    expect(found.contested).toBe(true);
  });

  it("quotation marks in the path and in the upstream's path are harmless", () => {
    const found = record(
      `${HEAD}connect() failed (111: Connection refused) while connecting to upstream, client: 127.0.0.1, server: lab.test, request: "GET /a"b",c HTTP/1.1", upstream: "http://127.0.0.1:7002/a"b",c", host: "lab.test"`,
    );
    expect(found.upstream).toMatchObject({ address: "127.0.0.1:7002" });
    expect(found.request?.path).toBe('/a"b",c');
    expect(found.host).toBe("lab.test");
  });

  it("blanks in a path (before 1.21.1) are read from behind", () => {
    const found = line("GET /a b c?secret=1 HTTP/1.1");
    expect(found.request).toEqual({ method: "GET", path: "/a b c", protocol: "HTTP/1.1" });
    expect(found.upstream).toMatchObject({ address: "127.0.0.1:7002" });
  });

  it("words of a backend do not become phase or errno", () => {
    const found = record(
      `${HEAD}FastCGI sent in stderr: "oops (111: x) while connecting to upstream" while reading response header from upstream${PEER}`,
    );
    expect(found).toMatchObject({ class: "fastcgi-stderr", phase: "reading-header" });
    expect(found.errno).toBeUndefined();
  });

  it("a line cut by nginx's 2,048 bytes keeps what was before", () => {
    const found = record(
      `${HEAD}connect() failed (111: Connection refused) while connecting to upstream, client: 127.0.0.1, server: lab.test, request: "GET /${"a".repeat(1900)}`,
    );
    expect(found).toMatchObject({ class: "connect-failed", server: "lab.test", request: { method: "GET" } });
    expect(found.upstream).toBeUndefined();
  });
});

describe("records of several lines", () => {
  it("joins a quoted text until its end", () => {
    const { records, unparsed } = parseNginxErrorLog(
      [
        `${HEAD}broken header: "GET /pp HTTP/1.0`,
        "Host: x",
        "",
        '" while reading PROXY protocol, client: 127.0.0.1, server: 127.0.0.1:18104',
        `${HEAD}no live upstreams while connecting to upstream${PEER}`,
        "binary file matches",
      ].join("\r\n"),
    );
    expect(records.map(({ class: name, line, lines, phase }) => ({ name, line, lines, phase }))).toEqual([
      { name: "proxy-protocol-broken", line: 1, lines: 4, phase: "reading-proxy-protocol" },
      { name: "no-live-upstreams", line: 5, lines: 1, phase: "connecting" },
    ]);
    expect(unparsed).toBe(1);
  });
});

describe("where a log comes from", () => {
  it("syslog and the journal put their own words before the line", () => {
    const line = `${HEAD}no live upstreams while connecting to upstream${PEER}`;
    for (const head of ["<187>Nov 20 10:22:24 web-1 nginx: ", "Nov 20 10:22:24 web-1 nginx[123]: "]) {
      expect(record(head + line)).toMatchObject({ class: "no-live-upstreams", server: "lab.test", pid: 10 });
    }
  });
  it("the halves beside a cut are no evidence", () => {
    const line = `${HEAD}no live upstreams while connecting to upstream${PEER}`;
    const { records, unparsed } = parseNginxErrorLog(
      `${line}\n${line.slice(0, 150)}\n…99 bytes cut…\n${line.slice(90)}\n${line}`,
    );
    expect(records.map((each) => each.line)).toEqual([1, 5]);
    expect(unparsed).toBe(2);
  });
});

describe("robustness", () => {
  it("reads the captured log cut at every byte", () => {
    const bytes = Buffer.from(SEEN.split("\n").slice(0, 40).join("\n"));
    for (let end = 0; end < bytes.length; end += 1) {
      const tail = bytes.subarray(end, Math.min(bytes.length, end + 1500)).toString("utf8");
      const head = bytes.subarray(Math.max(0, end - 1500), end).toString("utf8");
      for (const text of [tail, head]) {
        for (const each of parseNginxErrorLog(text).records) expect(each.at.year).toBe(2026);
      }
    }
  });

  it("never throws on any text", () => {
    const piece = fc.oneof(
      fc.string({ unit: "binary" }),
      fc.constantFrom(
        HEAD,
        CONTEXT,
        PEER,
        "\n",
        '"',
        " while ",
        "connect() failed (111: x)",
        ', host: "',
        ', upstream: "',
        ", client: ",
        ", server: ",
      ),
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 40 }), (pieces) => {
        const text = pieces.join("");
        for (const each of parseNginxErrorLog(text).records) expect(nginxEffect(each)).toBeTypeOf("string");
      }),
    );
  });

  it("reads hostile text to its end", () => {
    const hostile = [
      `${HEAD}upstream sent ${"http2 ".repeat(50_000)}`,
      `${HEAD}connect() failed${', upstream: "x'.repeat(30_000)}${PEER}`,
      `${HEAD}FastCGI sent in stderr: "${"\n".repeat(300_000)}`,
      `${HEAD}x, client: ${", client: ".repeat(40_000)}`,
      `${HEAD}x${' while "'.repeat(50_000)}`,
      " nginx: ".repeat(60_000),
    ];
    for (const text of hostile) expect(parseNginxErrorLog(text).records.length).toBeLessThanOrEqual(1);
  });
});
