import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { parseNginxAddress } from "../../src/parsers/nginx-address.ts";
import { parseNginxDump } from "../../src/parsers/nginx-config.ts";
import { parseNginxTarget } from "../../src/parsers/nginx-pass.ts";
import { allLocations, nginxRoutes } from "../../src/parsers/nginx-routes.ts";
import type { NginxLocation } from "../../src/parsers/nginx-locations.ts";
import { parseNginxSize, parseNginxTime } from "../../src/parsers/nginx-values.ts";

const fixture = (name: string) => readFileSync(new URL(`fixtures/nginx/${name}`, import.meta.url), "utf8");
const read = (text: string) => {
  const config = parseNginxDump(`# configuration file /etc/nginx/nginx.conf:\n${text}`);
  expect(config.problems).toEqual([]);
  return nginxRoutes(config, { prefix: "/usr/share/nginx/" });
};
// nginx 1.22.1 accepts this file (with the paths of its certificates changed).
const routes = read(fixture("routes.conf"));
const [shop, second, db, dns] = routes.servers;
if (shop === undefined || second === undefined || db === undefined || dns === undefined)
  throw new Error("no servers");

function at(path: string): NginxLocation {
  const found = allLocations(shop?.locations ?? []).find((each) => each.path === path);
  if (found === undefined) throw new Error(`no location ${path}`);
  return found;
}
const passOf = (path: string) => {
  const pass = at(path).pass;
  return pass && [pass.kind, pass.resolution, pass.target, pass.alternatives];
};

describe("the main block", () => {
  it("is read", () => {
    expect(routes.main).toMatchObject({
      user: "app",
      group: "web",
      workerProcesses: "2",
      workerConnections: 1024,
      workerRlimitNofile: 4096,
      pid: "run/nginx.pid",
      errorLogs: [{ kind: "file", path: "/usr/share/nginx/logs/main.log", level: "warn", namedOff: false }],
    });
  });
  it("has nginx's defaults", () => {
    const { main, servers } = nginxRoutes(
      parseNginxDump("# configuration file /e/nginx.conf:\nevents {}\nhttp { server { } }"),
      {
        errorLogPath: "/var/log/nginx/error.log",
      },
    );
    expect(main).toEqual({
      workerProcesses: "1",
      workerConnections: 512,
      errorLogs: [{ kind: "default", path: "/var/log/nginx/error.log", level: "error", namedOff: false }],
    });
    expect(servers[0]?.listens).toMatchObject([{ address: "0.0.0.0", port: 80, implicit: true }]);
    expect(servers[0]?.request.accessLogs).toMatchObject([{ kind: "default", format: "combined" }]);
  });
});

describe("servers", () => {
  it("listen", () => {
    expect(
      shop.listens.map(({ address, port, unix, ssl, http2, defaultServer, proxyProtocol }) => [
        unix ?? `${address}|${port}`,
        [ssl && "ssl", http2 && "http2", defaultServer && "default", proxyProtocol && "proxy"]
          .filter(Boolean)
          .join(),
      ]),
    ).toEqual([
      ["0.0.0.0|8080", "default"],
      ["::|8080", ""],
      ["127.0.0.1|8443", "ssl,http2"],
      ["/run/n.sock", "proxy"],
    ]);
    expect(second.listens).toMatchObject([{ address: "0.0.0.0", port: 80, implicit: true }]);
  });
  it("have names, and the one the error log prints", () => {
    expect(shop.names).toEqual(["Shop.example.test", "*.shop.example.test", "~^x\\d+$"]);
    expect(shop.logName).toBe("shop.example.test");
    const logNames = ["~^a$", ".b.test", "", "*.c"].map(
      (name) => read(`http { server { ${name && `server_name ${name};`} } }`).servers[0]?.logName,
    );
    expect(logNames).toEqual(["~^a$", "b.test", "", "*.c"]);
  });
  it("own return, file and lines", () => {
    expect(second.actions.return).toMatchObject({ code: 301, text: "https://$host$request_uri" });
    expect(shop.actions.return).toBeUndefined();
    expect(shop.file).toBe("/etc/nginx/nginx.conf");
    expect(shop.endLine).toBeGreaterThan(shop.line + 50);
  });
  it("of the stream module", () => {
    expect(db).toMatchObject({
      context: "stream",
      listens: [{ address: "127.0.0.1", port: 15432, udp: false }],
      pass: { raw: "db", target: { scheme: "tcp", upstream: "db" } },
      upstream: { connectTimeoutMs: 1000, proxyProtocol: true },
      locations: [],
    });
    expect(dns).toMatchObject({
      listens: [{ udp: true }],
      pass: { target: { scheme: "tcp", host: "127.0.0.1", port: 5353 } },
    });
  });
});

describe("upstream groups", () => {
  it("are read with their defaults", () => {
    expect(routes.upstreams.map(({ name, context }) => [name, context])).toEqual([
      ["app", "http"],
      ["php", "http"],
      ["db", "stream"],
    ]);
    const app = routes.upstreams[0];
    expect(app).toMatchObject({
      method: "least_conn",
      zone: "app",
      keepalive: 16,
      keepaliveTimeoutMs: 30_000,
    });
    expect(app?.servers.map(({ file: _file, line: _line, raw: _raw, ...rest }) => rest)).toEqual([
      {
        host: "127.0.0.1",
        port: 3000,
        weight: 5,
        maxFails: 3,
        failTimeoutMs: 30_000,
        maxConns: 0,
        backup: false,
        down: false,
        resolve: false,
      },
      {
        host: "127.0.0.1",
        port: 80,
        weight: 1,
        maxFails: 1,
        failTimeoutMs: 10_000,
        maxConns: 0,
        backup: true,
        down: false,
        resolve: false,
      },
      {
        unix: "/run/app.sock",
        weight: 1,
        maxFails: 1,
        failTimeoutMs: 10_000,
        maxConns: 0,
        backup: false,
        down: true,
        resolve: false,
      },
      {
        host: "::1",
        port: 3001,
        weight: 1,
        maxFails: 1,
        failTimeoutMs: 10_000,
        maxConns: 10,
        backup: false,
        down: false,
        resolve: false,
      },
    ]);
    expect(routes.upstreams[1]).not.toHaveProperty("keepalive");
  });
});

describe("where a location passes to", () => {
  it.each([
    ["/", ["proxy", "literal", { scheme: "http", upstream: "app" }, []]],
    ["/api/", ["proxy", "literal", { scheme: "https", host: "127.0.0.1", port: 443, uri: "/v1/" }, []]],
    [
      "/lit",
      ["proxy", "literal", { scheme: "http", host: "127.0.0.1", port: 3000, uri: "$request_uri" }, []],
    ],
    ["/sock", ["proxy", "literal", { scheme: "http", unix: "/run/app.sock", uri: "/x/" }, []]],
    ["\\.php$", ["fastcgi", "literal", { scheme: "fastcgi", upstream: "php" }, []]],
    ["/u", ["uwsgi", "literal", { scheme: "uwsgi", host: "127.0.0.1", port: 7000 }, []]],
    ["/g", ["grpc", "literal", { scheme: "grpcs", host: "127.0.0.1", port: 7001 }, []]],
    ["/s", ["scgi", "literal", { scheme: "scgi", host: "127.0.0.1", port: 7002 }, []]],
    ["/m", ["memcached", "literal", { scheme: "memcached", host: "127.0.0.1", port: 11_211 }, []]],
    ["/var", ["proxy", "set", { scheme: "http", host: "127.0.0.1", port: 5000 }, []]],
    [
      "/pool",
      [
        "proxy",
        "map-default",
        { scheme: "http", upstream: "app", uri: "$request_uri" },
        [{ scheme: "http", host: "127.0.0.1", port: 4000, uri: "$request_uri" }],
      ],
    ],
    ["/any", ["proxy", "runtime", undefined, []]],
    [
      "/when",
      [
        "proxy",
        "set",
        { scheme: "http", host: "127.0.0.1", port: 5000 },
        [{ scheme: "http", host: "127.0.0.1", port: 6000 }],
      ],
    ],
    ["/off", undefined],
  ])("%s", (path, expected) => {
    expect(passOf(path)).toEqual(expected);
  });

  it("is not inherited by nested locations, but by if and limit_except", () => {
    expect(at("/deep").pass).toBeUndefined();
    expect(
      at("/when").locations.map(({ modifier, path, pass }) => [
        modifier,
        path,
        pass?.inherited,
        pass?.target?.port,
      ]),
    ).toEqual([
      ["if", "($request_method = POST)", true, 5000],
      ["if", "($http_x_new)", false, 6001],
      ["if", "($http_x_old)", true, 5000],
      ["limit_except", "GET", true, 5000],
    ]);
  });

  describe("$scheme follows from the listens", () => {
    const passes = (...servers: string[]): unknown =>
      read(
        `http { ${servers.map((s) => `server { ${s} location / { proxy_pass $scheme://127.0.0.1:81; } }`).join(" ")} }`,
      ).servers.map(({ locations: [first] }) => [
        first?.pass?.target?.scheme,
        first?.pass?.alternatives.map(({ scheme }) => scheme),
      ]);

    it("of one kind: that scheme", () => {
      expect(passes("", "listen 443 ssl;", "listen 127.0.0.1:80; listen unix:/run/a;")).toEqual([
        ["http", []],
        ["https", []],
        ["http", []],
      ]);
    });

    it("of both kinds: either", () => {
      expect(passes("listen 80; listen [::]:443 ssl;")).toEqual([[undefined, ["http", "https"]]]);
    });

    it("a socket speaks TLS for all servers when one says so, and ssl on is for all listens", () => {
      expect(passes("listen 443;", "listen 443 ssl;", "listen 8443; ssl on;")).toEqual([
        ["https", []],
        ["https", []],
        ["https", []],
      ]);
    });
  });

  it("$server_port follows from the listens, too", () => {
    const [server] = read(
      "http { server { listen 81; listen 82; location / { proxy_pass http://127.0.0.2:$server_port; } } }",
    ).servers;
    expect(server?.locations[0]?.pass?.alternatives.map(({ port }) => port)).toEqual([81, 82]);
  });

  it("names the variables and the place", () => {
    expect(at("/pool").pass).toMatchObject({
      raw: "http://$pool$request_uri",
      variables: ["pool", "request_uri"],
    });
    expect(at("/pool").pass?.line).toBe(at("/pool").line);
  });

  it.each([
    ["proxy", "127.0.0.1:80", undefined],
    ["proxy", "ftp://a", undefined],
    ["proxy", "http://a:99999", undefined],
    ["proxy", "HTTP://A.test", { scheme: "http", host: "A.test", port: 80 }],
    ["proxy", "http://[::1]/x", { scheme: "http", host: "::1", port: 80, uri: "/x" }],
    ["proxy", "http://APP/x", { scheme: "http", upstream: "APP", uri: "/x" }],
    ["proxy", "http://app:8080", { scheme: "http", host: "app", port: 8080 }],
    ["proxy", "http://unix:/a.sock", { scheme: "http", unix: "/a.sock" }],
    ["fastcgi", "unix:/a.sock", { scheme: "fastcgi", unix: "/a.sock" }],
    ["fastcgi", "unix:/a.sock:", { scheme: "fastcgi", unix: "/a.sock" }],
    ["fastcgi", "a.test", { scheme: "fastcgi", host: "a.test" }],
    ["grpc", "grpc://a.test", { scheme: "grpc", host: "a.test" }],
    ["uwsgi", "suwsgi://a.test:1", { scheme: "suwsgi", host: "a.test", port: 1 }],
    ["proxy", "http://$x", undefined],
  ] as const)("%s_pass %s", (kind, raw, expected) => {
    expect(parseNginxTarget(kind, raw, new Set(["app"]))).toEqual(expected);
  });
});

describe("effective settings", () => {
  it("lists are inherited whole or not at all", () => {
    expect(at("/").upstream).toMatchObject({
      setHeaders: ["Host", "X-Real-IP", "Connection"],
      host: "$host",
      connection: "",
    });
    expect(at("/api/").upstream).toMatchObject({
      setHeaders: ["Upgrade", "Connection", "Host"],
      host: "api.test",
      connection: "$connection_upgrade",
      upgrade: "$http_upgrade",
    });
    expect(at("\\.php$").upstream?.setHeaders).toEqual(["SCRIPT_FILENAME"]);
  });
  it("values come from the nearest block, in milliseconds and bytes", () => {
    expect(at("/").upstream).toMatchObject({
      connectTimeoutMs: 60_000,
      readTimeoutMs: 90_000,
      sendTimeoutMs: 60_000,
      httpVersion: "1.1",
      nextUpstream: ["error", "timeout"],
      nextUpstreamTries: 0,
      interceptErrors: false,
      buffering: true,
      tls: { serverName: false, verify: false, verifyDepth: 1, sessionReuse: true },
    });
    expect(at("/").upstream).not.toHaveProperty("bufferSize");
    expect(at("/api/").upstream).toMatchObject({
      readTimeoutMs: 500,
      bufferSize: 8192,
      buffers: { count: 8, size: 16_384 },
      nextUpstream: ["error", "timeout", "http_502"],
      nextUpstreamTries: 2,
      interceptErrors: true,
      bind: "127.0.0.1",
      tls: {
        serverName: true,
        name: "api.test",
        verify: true,
        trustedCertificate: "/e/ca.pem",
        protocols: ["TLSv1.2", "TLSv1.3"],
      },
    });
    expect(at("\\.php$").upstream).toMatchObject({
      readTimeoutMs: 300_000,
      buffers: { count: 4, size: 4096 },
    });
    expect(at("/u").upstream?.readTimeoutMs).toBe(60_000);
    expect(at("/off").upstream).toBeUndefined();
  });
  it("requests", () => {
    expect(at("/").request).toMatchObject({
      clientMaxBodySize: 8 * 1024 ** 2,
      errorPages: [{ codes: [500, 502], replacement: "keep", target: "/50x.html" }],
      resolvers: ["127.0.0.1:5300"],
      limitReq: [],
      keepaliveTimeoutMs: 75_000,
    });
    expect(at("/api/").request).toMatchObject({
      clientMaxBodySize: 0,
      authRequest: "/_auth",
      limitReq: [["zone=perip", "burst=5"]],
      errorPages: [
        { codes: [502], replacement: 200, target: "/maint" },
        { codes: [504], replacement: "target", target: "@late" },
      ],
    });
  });
  it("own actions are not inherited", () => {
    expect(at("/off").actions.return).toMatchObject({ code: 502 });
    expect(at("/go").actions.return).toMatchObject({ code: 302, text: "https://example.test$request_uri" });
    expect(at("/_auth").actions.internal).toBe(true);
    expect(at("/status").actions.stubStatus).toBe(true);
    expect(at("/files").actions.tryFiles).toEqual(["$uri", "=404"]);
    expect(at("($http_x_old)").actions.rewrites).toEqual([["^/when(.*)$", "$1", "break"]]);
    expect(at("/").actions).toEqual({ rewrites: [], internal: false, stubStatus: false });
  });
});

describe("logs", () => {
  it("of a place are the nearest", () => {
    expect(at("/").request.accessLogs).toEqual([]);
    expect(at("/").request.errorLogs).toEqual([
      { kind: "file", path: "/usr/share/nginx/logs/shop.log", level: "crit", namedOff: false },
      { kind: "stderr", path: "", level: "error", namedOff: false },
    ]);
    expect(at("/api/").request.accessLogs).toEqual([
      {
        kind: "file",
        path: "/usr/share/nginx/logs/api.log",
        format: "combined",
        condition: "$http_x_log",
        buffered: false,
        variable: false,
      },
    ]);
    expect(at("/api/").request.errorLogs).toMatchObject([
      { kind: "file", path: "/usr/share/nginx/off", namedOff: true },
    ]);
    expect(second.request.accessLogs).toMatchObject([{ format: "timed", buffered: true }]);
    expect(second.request.errorLogs).toMatchObject([{ level: "warn" }]);
  });
  it("elsewhere than in a file", () => {
    const [server] = read(
      "error_log memory:32m debug;\nhttp { error_log syslog:server=127.0.0.1 warn; server { access_log /var/log/$host.log; } }",
    ).servers;
    expect(server?.request.errorLogs).toEqual([
      { kind: "syslog", path: "syslog:server=127.0.0.1", level: "warn", namedOff: false },
    ]);
    expect(server?.request.accessLogs).toMatchObject([{ path: "/var/log/$host.log", variable: true }]);
  });
  it("have formats", () => {
    expect(routes.logFormats.map(({ name, format }) => [name, format])).toEqual([
      ["combined", expect.stringContaining('"$http_referer"')],
      ["timed", '$remote_addr [$time_local] "$request" $status $upstream_response_time'],
    ]);
    expect(read("http { log_format j escape=json '{\"a\":' '1}'; }").logFormats[1]).toEqual({
      name: "j",
      escape: "json",
      format: '{"a":1}',
    });
  });
});

describe("values", () => {
  it.each([
    ["60", 60_000],
    ["60s", 60_000],
    ["500ms", 500],
    ["1m30s", 90_000],
    ["1h 5m", 3_900_000],
    ["1M", 2_592_000_000],
    ["30s1m", undefined],
    ["", undefined],
    ["1x", undefined],
    ["-1", undefined],
  ])("time %j", (text, expected) => {
    expect(parseNginxTime(text)).toBe(expected);
  });
  it.each([
    ["4096", 4096],
    ["8k", 8192],
    ["1M", 1_048_576],
    ["2g", 2_147_483_648],
    ["0", 0],
    ["k", undefined],
    ["1kb", undefined],
  ])("size %j", (text, expected) => {
    expect(parseNginxSize(text)).toBe(expected);
  });
  it.each([
    ["a:0", undefined],
    ["a:b", undefined],
    ["[::1", undefined],
    ["unix:", undefined],
    ["a b", undefined],
    ["::1", undefined],
    ["[::1]:80", { host: "::1", port: 80 }],
  ])("address %j", (text, expected) => {
    expect(parseNginxAddress(text)).toEqual(expected);
  });
});

it("variables that name one another end", () => {
  const loop = read(
    "http { map $b $a { default $b; } map $a $b { default $a; } server { location / { proxy_pass http://$a; } } }",
  );
  expect(loop.servers[0]?.locations[0]?.pass).toMatchObject({ resolution: "runtime", variables: ["a"] });
  const maps = Array.from(
    { length: 20 },
    (_, n) => `map $x $v${n} { default $v${n + 1}$v${n + 1}; a $v${n + 1}a; b $v${n + 1}b; }`,
  ).join(" ");
  const doubling = read(`http { ${maps} server { location / { proxy_pass http://$v0; } } }`);
  expect(doubling.servers[0]?.locations[0]?.pass).toMatchObject({ resolution: "runtime" });
});

it("a thousand virtual hosts are read", () => {
  const server = (n: number) =>
    `server { listen 80; server_name h${n}.test; location / { proxy_pass http://127.0.0.1:${3000 + n}; } location ~ \\.php$ { fastcgi_pass unix:/run/${n}.sock; } }`;
  const text = `http { ${Array.from({ length: 1000 }, (_, n) => server(n)).join("\n")} }`;
  expect(read(text).servers).toHaveLength(1000);
});
