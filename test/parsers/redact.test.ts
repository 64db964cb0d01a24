import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { redact } from "../../src/parsers/redact.ts";

const gone: readonly (readonly [string, string, string])[] = [
  ["assignment", "DB_PASSWORD=hunter2 node app.js", "hunter2"],
  ["spaces in quotes", `password: "correct horse battery"`, "horse"],
  ["single quotes", "api_key = 'abc def'", "abc def"],
  ["JSON value", `{"clientSecret":"s3cr\\"et","a":1}`, "s3cr"],
  ["JSON number", `{"pin_token":123456,"a":1}`, "123456"],
  ["JSON array", `{"tokens":1,"secrets":["one","two"]}`, "two"],
  ["JSON inside JSON", `{"MESSAGE":"body {\\"password\\":\\"open sesame\\"} end"}`, "sesame"],
  ["authorization header", "Authorization: Bearer abc.def-ghi0", "abc.def"],
  ["cookie header", "Cookie: sid=1; theme=dark", "theme=dark"],
  ["bearer in prose", "sent Bearer A1b2C3d4E5 upstream", "A1b2C3d4E5"],
  ["nginx header", `  proxy_set_header Authorization "Basic dXNlcjpwYXNz";`, "dXNlcjpwYXNz"],
  ["nginx fastcgi_param", "fastcgi_param DB_PASSWORD swordfish;", "swordfish"],
  ["nginx set", "set $api_token 'a b c';", "a b c"],
  ["nginx comparison", `if ($http_x_token != "letmein") { return 403; }`, "letmein"],
  ["connection string", "postgres://app:p@ss/w@db.internal:5432/app", "p@ss"],
  ["user in a URL", "https://fake-token@git.example.test/x", "fake-token"],
  ["go driver", `dsn app:pw12@tcp(10.0.0.9:3306)/shop`, "pw12"],
  ["AWS key", "key AKIAABCDEFGHIJKLMNOP used", "AKIAABCDEFGHIJKLMNOP"],
  ["Slack token", "xoxb-000000000000-FAKEFAKEFAKE", "FAKEFAKE"],
  ["GitHub token", "ghp_FAKEfakeFAKEfakeFAKEfakeFAKE", "FAKEfake"],
  ["JWT", "t eyJhbGciOiJub25lIn0.eyJzdWIiOiJ4In0.c2ln", "eyJzdWIi"],
  ["password hash", "admin:$apr1$abcdefgh$0123456789abcdefghijkl", "0123456789abc"],
  ["long option", "node app.js --db-password s3cret --port 3000", "s3cret"],
  ["mysql -p", "mysqldump -u root -pFAKEPW shop", "FAKEPW"],
  ["curl -u", "curl -s -u bob:fakepw http://x/", "fakepw"],
  ["unit environment", `Environment=PORT=3000 "GREETING=hello there" STRIPE=sk`, "hello"],
  ["e-mail", "mail to jane.doe@shop.example.com failed", "jane.doe"],
  ["query in a request", `"GET /cart?user=7&x=\\x22 HTTP/1.1" 502`, "user=7"],
  [
    "query with a raw quote",
    `request: "GET /a?b="c&token=9 HTTP/1.1", upstream: "http://127.0.0.1:1/a?b=", host: "h"`,
    "token=9",
  ],
  ["query in a referrer", `referrer: "https://x.example.test/p?reset=abc"`, "reset=abc"],
  ["uwsgi query", "GET /uwsgi?slow since 1795170209", "slow"],
  ["php-fpm query", `(request: "GET /fpm?s=slow.php") execution timed out`, "s=slow"],
  ["client field", `client: 203.0.113.77, server: x`, "203.0.113.77"],
  [
    "access log",
    `203.0.113.77 - - [20/Nov/2026:10:00:00 +0000] "GET / HTTP/1.1" 502 1 "-" "ua" "198.51.100.23, 10.1.2.3"`,
    "198.51.100.23",
  ],
  ["IPv6 client", `client: 2001:db8:1:2:3:4:5:6, server: x`, "3:4:5:6"],
  ["JSON client", `{"remote_addr":"203.0.113.77","status":502}`, "203.0.113.77"],
  ["forwarded header", "X-Forwarded-For: 203.0.113.77, 198.51.100.9", "198.51.100.9"],
];

describe("redact removes", () => {
  test.each(gone)("%s", (_name, line, secret) => {
    const clean = redact(line);
    expect(clean).not.toContain(secret);
    expect(redact(clean)).toBe(clean);
  });

  test("private keys, line by line, also where the block was cut", () => {
    const body = Array.from(
      { length: 3 },
      () => "MIIEfakefakefakefakefakefakefakefakefakefakefakefake0123456789AB",
    );
    const whole = ["a", "-----BEGIN PRIVATE KEY-----", ...body, "-----END PRIVATE KEY-----", "b"].join("\n");
    for (const text of [
      whole,
      whole.split("\n").slice(2).join("\n"),
      whole.split("\n").slice(0, 4).join("\n"),
    ]) {
      const clean = redact(text);
      expect(clean).not.toContain("MIIE");
      expect(clean.split("\n")).toHaveLength(text.split("\n").length);
    }
    expect(redact(whole).split("\n").at(-1)).toBe("b");
    expect(
      redact(`{"k":"-----BEGIN EC PRIVATE KEY-----\\nMHcCAQEEfake\\n-----END EC PRIVATE KEY-----","n":1}`),
    ).not.toContain("MHcC");
  });

  test("a secret hidden in journald's array of bytes", () => {
    const bytes = [...Buffer.from("\u0001password=hunter2 x")].join(",");
    const clean = redact(`{"MESSAGE":[${bytes}],"PRIORITY":"3"}`);
    expect(clean).toContain("[redacted]");
    expect(JSON.parse(clean)).toHaveProperty("PRIORITY", "3");
  });

  test("pm2's environment, wherever pm2 repeats it", () => {
    const clean = redact(
      `[{"name":"shop","pm2_env":{"env":{"PORT":"3000","nested":{"x":"inner"},"MY_PLAN":"gold"},"MY_PLAN":"gold","PORT":3000,"status":"online"}}]`,
    );
    expect(clean).not.toMatch(/gold|inner/);
    expect(JSON.parse(clean)).toMatchObject([
      { pm2_env: { env: { PORT: "3000" }, PORT: 3000, status: "online" } },
    ]);
  });

  test("docker's environment", () => {
    const clean = redact(`{"Config":{"Env":["PORT=80","PLAN=gold","HOST=0.0.0.0"],"Image":"a:1"}}`);
    expect(JSON.parse(clean)).toEqual({
      Config: { Env: ["PORT=80", "PLAN=[redacted]", "HOST=0.0.0.0"], Image: "a:1" },
    });
  });
});

describe("redact leaves what parsers and causes need", () => {
  test.each([
    "gunicorn@shop.example.com.service loaded active running Gunicorn",
    "getty@tty1.service",
    "token-api.service: Main process exited, code=exited, status=1/FAILURE",
    `LISTEN 0 511 10.0.0.5:3000 0.0.0.0:* users:(("node",pid=41,fd=3)) uid:33 ino:1207 sk:1 cgroup:/system.slice/a.service <->`,
    `2026/11/20 10:22:24 [error] 1#1: *5 connect() failed (111: Connection refused) while connecting to upstream, client: 127.0.0.1, server: s, request: "GET /x HTTP/1.1", upstream: "http://10.0.0.5:3000/x", host: "h"`,
    `open() "/etc/nginx/.htpasswd" failed (13: Permission denied)`,
    "/etc/app/token: Permission denied",
    "    server token-api:3000;",
    "proxy_pass http://auth-token:3000;",
    "proxy_set_header Cookie $http_cookie;",
    `proxy_set_header Authorization "";`,
    "Error: missing DATABASE_URL",
    "Environment=PORT=3000 NODE_ENV=production BIND=127.0.0.1:3000",
    "Nov 20 10:00:00 web sudo[1]: ops : TTY=pts/0 ; PWD=/home/ops ; USER=root ; COMMAND=/usr/bin/systemctl stop shop",
    "ssl_session_cache shared:SSL:10m;",
    `{"HostIp":"0.0.0.0","IPAddress":"172.17.0.2"}`,
    "x /app/node_modules/.pnpm/express@4.18.2/node_modules/express/index.js:10",
    "Connection disallowed: IP address '10.0.0.7' has been dropped.",
    "rewrite ^/a/(.*)$ /b.php?x=$1 last;",
  ])("%s", (line) => {
    expect(redact(line)).toBe(line);
  });
});

describe("redact always", () => {
  const fragment = fc.constantFrom(
    "password",
    "=",
    ":",
    '"',
    "'",
    "\\",
    " ",
    "\n",
    "?",
    "GET ",
    "http://",
    "@",
    "a.b",
    "[",
    "]",
    "{",
    "}",
    ",",
    "Cookie",
    "token",
    "-----BEGIN PRIVATE KEY-----",
    "-----END PRIVATE KEY-----",
    "Environment=",
    '"pm2_env"',
    '"env":{',
    '"Env":[',
    "client: ",
    "1.2.3.4",
    "::1",
    "Bearer ",
    "eyJabcdef.abcdef",
  );
  const text = fc.oneof(
    fc.string(),
    fc
      .array(fc.oneof(fragment, fc.string({ maxLength: 5 })), { maxLength: 40 })
      .map((parts) => parts.join("")),
  );

  test("keeps the number of lines and never throws", () => {
    fc.assert(
      fc.property(text, (value) => {
        expect(redact(value).split("\n")).toHaveLength(value.split("\n").length);
      }),
      { numRuns: 2000 },
    );
  });

  test("keeps JSON valid", () => {
    const key = fc.oneof(
      fc.constantFrom("password", "env", "Env", "pm2_env", "client", "Cookie", "MESSAGE", "tokens"),
      fc.string(),
    );
    const json = fc.dictionary(
      key,
      fc.oneof(text, fc.jsonValue(), fc.array(fc.integer({ min: 0, max: 255 })), fc.array(text)),
    );
    fc.assert(
      fc.property(json, fc.boolean(), (value, pretty) => {
        const clean = redact(JSON.stringify({ pm2_env: value, more: [value] }, null, pretty ? 1 : 0));
        expect(() => void JSON.parse(clean)).not.toThrow();
      }),
      { numRuns: 2000 },
    );
  });

  test("a line of one megabyte of anything is read to its end", () => {
    for (const unit of [
      "a",
      "a:",
      "password=",
      "1.",
      "::",
      "?",
      "GET /?",
      '\\"',
      "password='",
      'password=\\"',
      '"secrets":["',
      '"Env":["A=',
      "<div>",
      "1.2.3.4 ",
      "client: ",
      "eyJabcde.",
      "://",
      "a@",
      "[1,",
      '"',
      "\\",
      "mysql -p",
      "-p",
      " ",
      "eyJ",
      "curl -u ",
      "Environment=",
      '"env":{',
      "--token ",
    ]) {
      const line = unit.repeat(Math.floor(1_000_000 / unit.length));
      expect({ unit, read: redact(`"pm2_env" ${line}`).startsWith('"pm2_env"') }).toEqual({
        unit,
        read: true,
      });
    }
  }, 120_000);
});
