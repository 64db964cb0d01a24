import { describe, expect, test } from "vitest";
import { answer, config, errorLine, listens, look, type Said, verdict } from "./small-host.ts";

/** A shop that passes on with $scheme. */
const server = (listen: string): string =>
  `server { ${listen} server_name shop.example.test; location / { proxy_pass $scheme://127.0.0.1:3000; } }`;
const http = (...servers: string[]): Said => ({
  "nginx-config": config(`events {}\nhttp {\n${servers.join("\n")}\n}`),
  "tcp-listeners": listens("127.0.0.1:3000", { name: "node", pid: 4711 }, "shop.service"),
});
const byUrl =
  (replies: { readonly [scheme: string]: ReturnType<typeof answer> | object }) => (argv: readonly string[]) =>
    replies[/^\w+/.exec(argv.at(-1) ?? "")?.[0] ?? ""];

const NO_TLS = { exitCode: 35, stdout: "000 0 0 0.01 0 0\n", stderr: "curl: (35) wrong version number" };
const HUNG_UP = { exitCode: 52, stdout: "000 0 0 0.01 0 0\n", stderr: "curl: (52) Empty reply from server" };

const plainBackend: Said = {
  "error-log": `${errorLine(
    60,
    "SSL_do_handshake() failed (SSL: error:0A00010B:SSL routines::wrong version number) while SSL handshaking to upstream",
    "https://127.0.0.1:3000/",
  )}\n`,
  front: byUrl({ http: answer(200), https: answer(502) }),
  direct: byUrl({ http: answer(200), https: NO_TLS }),
  "direct-plain": answer(200),
};

const tlsBackend: Said = {
  "error-log": `${errorLine(60, "upstream prematurely closed connection while reading response header from upstream")}\n`,
  front: byUrl({ http: answer(502), https: answer(200) }),
  direct: byUrl({ http: HUNG_UP, https: answer(200) }),
  "direct-tls": answer(200),
};

describe.each([
  {
    what: "a plain backend is asked by TLS for those who came by TLS",
    backend: plainBackend,
    failing: [false, true],
    id: "protocol-mismatch-https-to-plain-port",
  },
  {
    what: "a TLS backend is asked in plain HTTP for those who came without TLS",
    backend: tlsBackend,
    failing: [true, false],
    id: "protocol-mismatch-http-to-tls-port",
  },
])("$what", ({ backend, failing, id }) => {
  test.each([
    ["two servers", [server("listen 80;"), server("listen 443 ssl;")]],
    ["one server with two listens", [server("listen 80; listen 443 ssl;")]],
  ])("%s", async (_, servers) => {
    const seen = await look({ ...http(...servers), ...backend });
    expect(seen.model.targets.map(({ scope }) => [scope.location?.scheme, scope.symptom?.failing])).toEqual([
      ["http", failing[0]],
      ["https", failing[1]],
    ]);
    expect(verdict(seen).diagnosis.causes).toMatchObject([{ id, grade: "proven", target: "127.0.0.1:3000" }]);
  });
});

test("both ways are tried where nginx asks as it was asked, else one", async () => {
  const asked = async (text: string): Promise<unknown> =>
    (await look(http(text))).model.plan.fronts.map(({ url }) => url);
  const both = server("listen 80; listen 443 ssl;");
  expect(await asked(both)).toEqual(["https://shop.example.test:443/", "http://shop.example.test:80/"]);
  expect(await asked(both.replace("$scheme", "http"))).toEqual(["https://shop.example.test:443/"]);
});
