import { describe, expect, test } from "vitest";
import { answer, config, errorLine, look, site } from "./small-host.ts";

const REFUSED = "connect() failed (111: Connection refused) while connecting to upstream";
const line = (ago: number, request: string): string =>
  errorLine(ago, REFUSED, "http://127.0.0.1:3000/", request);

async function urls(log: string, path?: string): Promise<string[]> {
  const seen = await look({ "error-log": log, front: answer(502) }, path === undefined ? {} : { path });
  return seen.asked.filter((c) => c.id.startsWith("front")).map((c) => c.argv.at(-1) ?? "");
}

describe("what the bot requests through nginx", () => {
  test("the health path, and a GET that failed lately", async () => {
    expect(await urls(line(30, "GET /cart HTTP/1.1"), "/healthz")).toEqual([
      "http://shop.example.test:80/healthz",
      "http://shop.example.test:80/cart",
    ]);
  });

  test.each(["POST /pay HTTP/1.1", "DELETE /cart HTTP/1.1", "PUT /cart HTTP/1.1"])(
    "never what %s did",
    async (request) => {
      expect(await urls(line(30, request))).toEqual(["http://shop.example.test:80/"]);
    },
  );

  test("never a query string", async () => {
    const all = await urls(line(30, "GET /search?token=not-a-secret HTTP/1.1"));
    expect(all.length).toBeGreaterThan(0);
    expect(all.filter((url) => url.includes("?") || url.includes("token"))).toEqual([]);
  });

  test.each([
    "GET /../../etc HTTP/1.1",
    'GET /a"b HTTP/1.1',
    "GET /$(id) HTTP/1.1",
    "GET http://evil.example.test/ HTTP/1.1",
  ])("never a path that is not plain: %s", async (request) => {
    expect(await urls(line(30, request))).toEqual(["http://shop.example.test:80/"]);
  });

  test("what failed an hour ago is left alone", async () => {
    expect(await urls(line(3600, "GET /old HTTP/1.1"))).toEqual(["http://shop.example.test:80/"]);
  });

  test("its requests are GET, marked, without credentials, and stay on the host", async () => {
    const seen = await look({
      "error-log": line(30, "GET /cart HTTP/1.1"),
      front: answer(502),
      direct: answer(200),
    });
    const requests = seen.asked.filter((c) => c.argv[0] === "curl");
    expect(requests.length).toBeGreaterThan(1);
    for (const { argv } of requests) {
      expect(argv[argv.indexOf("-A") + 1]).toBe("fiveohtwo/0.1 (502 diagnosis; run-1)");
      expect(
        argv.filter((w) => /^(-X|-d|-F|-T|-u|-b|-L|--data.*|--user|--cookie|--request|--location)$/.test(w)),
      ).toEqual([]);
    }
    for (const { argv } of requests.filter((c) => c.id.startsWith("front"))) {
      expect(argv[argv.indexOf("--resolve") + 1]).toBe("shop.example.test:80:127.0.0.1");
    }
  });

  test("a listen that only takes the PROXY protocol is asked by it", async () => {
    const proxied = site("proxy_pass http://127.0.0.1:3000;").replace(
      "listen 80;",
      "listen 80 proxy_protocol;",
    );
    const seen = await look({ "nginx-config": config(proxied), "front-proxied": answer(200) });
    const asked = seen.asked.filter((c) => c.id.startsWith("front"));
    expect(asked.map((c) => c.argv.includes("--haproxy-protocol"))).toEqual([true]);
    expect(seen.model.vhosts[0]?.facts.failing).toBe(false);
  });

  test("a GET that the access log shows with a 500 is asked again, though a script's warning was logged for it", async () => {
    const time = "20/Nov/2026:10:29:40 +0000";
    const access = `203.0.113.9 - - [${time}] "GET /report HTTP/1.1" 500 5 "-" "Mozilla/5.0"\n`;
    const ask = async (log: string) =>
      (await look({ "access-logs": access, "error-log": log, front: answer(500) })).asked
        .filter((c) => c.id.startsWith("front"))
        .map((c) => c.argv.at(-1));
    const said = errorLine(
      20,
      'FastCGI sent in stderr: "PHP message: PHP Fatal error:  x" while reading response header from upstream',
      "fastcgi://127.0.0.1:3000",
      "GET /report HTTP/1.1",
    );
    expect(await ask(said)).toContain("http://shop.example.test:80/report");
  });
});
