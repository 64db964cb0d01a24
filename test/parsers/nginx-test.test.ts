import { readFileSync } from "node:fs";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseNginxTest } from "../../src/parsers/nginx-test.ts";
import { parseNginxVersion } from "../../src/parsers/nginx-version.ts";

const OK = "nginx: the configuration file /etc/nginx/nginx.conf syntax is ok\n";
const PASSED = "nginx: configuration file /etc/nginx/nginx.conf test is successful\n";
const FAILED = "nginx: configuration file /etc/nginx/nginx.conf test failed\n";
const AT = "2026/11/20 13:15:06 ";

describe("nginx -t, as nginx 1.22.1 wrote it", () => {
  it("passes", () => {
    expect(parseNginxTest(OK + PASSED)).toEqual({ ok: true, syntaxOk: true, warnings: [] });
  });

  it("passes with warnings", () => {
    const warning = `nginx: [warn] conflicting server name "a" on 0.0.0.0:80, ignored\n`;
    expect(parseNginxTest(warning + OK + PASSED)).toEqual({
      ok: true,
      syntaxOk: true,
      warnings: [{ level: "warn", message: 'conflicting server name "a" on 0.0.0.0:80, ignored' }],
    });
  });

  it.each([
    [
      `unexpected end of file, expecting "}" in /etc/nginx/conf.d/bad.conf:2`,
      'unexpected end of file, expecting "}"',
      "/etc/nginx/conf.d/bad.conf",
      2,
    ],
    [
      `host not found in upstream "nope.invalid" in /etc/nginx/conf.d/bad.conf:1`,
      'host not found in upstream "nope.invalid"',
      "/etc/nginx/conf.d/bad.conf",
      1,
    ],
    [
      `unknown directive "proxy_ssl_foo" in /etc/nginx/conf.d/a b.conf:1`,
      'unknown directive "proxy_ssl_foo"',
      "/etc/nginx/conf.d/a b.conf",
      1,
    ],
  ])("fails: %s", (text, message, file, line) => {
    for (const head of [`${AT}[emerg] 19023#19023: `, "nginx: [emerg] "]) {
      expect(parseNginxTest(head + text + "\n" + FAILED)).toEqual({
        ok: false,
        syntaxOk: false,
        emerg: { level: "emerg", message, file, line },
        warnings: [],
      });
    }
  });

  it("fails without a place", () => {
    const text =
      'cannot load certificate "/nope": BIO_new_file() failed (SSL: error:80000002:system library::No such file or directory:calling fopen(/nope, r) error:10000080:BIO routines::no such file)';
    expect(parseNginxTest(`${AT}[emerg] 1#1: ${text}\n${FAILED}`)).toMatchObject({
      ok: false,
      emerg: { level: "emerg", message: text },
    });
  });

  it("a plain user's failure on the pid file says nothing about the configuration", () => {
    const found = parseNginxTest(
      `${AT}[warn] 1#1: the "user" directive makes sense only if the master process runs with super-user privileges, ignored in /etc/nginx/nginx.conf:1\n${OK}${AT}[emerg] 1#1: open() "/run/nginx.pid" failed (13: Permission denied)\n${FAILED}`,
    );
    expect(found.ok).toBeUndefined();
    expect(found).toMatchObject({
      syntaxOk: true,
      denied: { message: 'open() "/run/nginx.pid" failed (13: Permission denied)' },
      warnings: [{ file: "/etc/nginx/nginx.conf", line: 1 }],
    });
  });

  it("the same for keys and logs it may not read; but a real fault wins", () => {
    const key = `nginx: [emerg] cannot load certificate key "/k": BIO_new_file() failed (SSL: error:8000000D:system library::Permission denied:calling fopen(/k, r))\n`;
    const log = `nginx: [alert] could not open error log file: open() "/var/log/nginx/error.log" failed (13: Permission denied)\n`;
    expect(parseNginxTest(log + key + FAILED)).toMatchObject({ denied: { level: "emerg" } });
    expect(parseNginxTest(log + key + FAILED).ok).toBeUndefined();
    const fault = `nginx: [emerg] unexpected "}" in /e/n.conf:3\n`;
    expect(parseNginxTest(log + fault + FAILED)).toMatchObject({ ok: false, emerg: { line: 3 } });
  });

  it.each(["", "sudo: a password is required\n", "nginx: command not found\n", OK])(
    "cannot tell from %j",
    (text) => {
      expect(parseNginxTest(text).ok).toBeUndefined();
    },
  );
});

describe("nginx -V", () => {
  it("reads Debian 12's", () => {
    const text = readFileSync(new URL("fixtures/nginx/debian-12-version.txt", import.meta.url), "utf8");
    expect(parseNginxVersion(text)).toEqual({
      flavour: "nginx",
      version: "1.22.1",
      numbers: [1, 22, 1],
      openssl: "3.0.20",
      prefix: "/usr/share/nginx",
      confPath: "/etc/nginx/nginx.conf",
      errorLogPath: "stderr",
      accessLogPath: "/var/log/nginx/access.log",
      pidPath: "/run/nginx.pid",
    });
  });

  it("knows the relatives, and built-in paths relative to the prefix", () => {
    const build = parseNginxVersion(
      "nginx version: openresty/1.25.3.1\nbuilt by gcc\nconfigure arguments: --with-cc-opt='-O2 --prefix=/no' --prefix=/usr/local/openresty/nginx --conf-path=conf/nginx.conf --user='www'",
    );
    expect(build).toEqual({
      flavour: "openresty",
      version: "1.25.3.1",
      numbers: [1, 25, 3],
      prefix: "/usr/local/openresty/nginx",
      confPath: "/usr/local/openresty/nginx/conf/nginx.conf",
      user: "www",
    });
    expect(parseNginxVersion("Angie version: Angie/1.8.1\nnginx version: nginx/1.27.3\n")).toMatchObject({
      flavour: "angie",
      version: "1.8.1",
      numbers: [1, 27, 3],
    });
    expect(parseNginxVersion("nginx version: freenginx/1.29.1")).toMatchObject({ flavour: "freenginx" });
    expect(parseNginxVersion("nginx version: nginx/1.31.5 (Ubuntu)")).toMatchObject({ version: "1.31.5" });
    expect(parseNginxVersion("sudo: nginx: command not found")).toBeUndefined();
  });
});

it("no output makes them throw", () => {
  const piece = fc.oneof(
    fc.string(),
    fc.constantFrom(
      OK,
      PASSED,
      FAILED,
      AT,
      "[emerg] ",
      " in /",
      ":1",
      "\n",
      "configure arguments: --prefix=",
    ),
  );
  fc.assert(
    fc.property(fc.array(piece), (pieces) => {
      const text = pieces.join("");
      expect(Array.isArray(parseNginxTest(text).warnings)).toBe(true);
      parseNginxVersion(text);
    }),
  );
});
