import { describe, expect, test } from "vitest";
import { answer, config, listens, look, site } from "./small-host.ts";

/** The Host header of the request that asks the backend directly. */
async function sent(pass: string, more = ""): Promise<string | undefined> {
  const asked: string[] = [];
  await look({
    "nginx-config": config(site(pass, more)),
    "tcp-listeners": listens("127.0.0.1:3000", { name: "node", pid: 4711 }, "shop.service"),
    direct: (argv) => {
      asked.push(argv[argv.indexOf("-H") + 1] ?? "");
      return answer(200);
    },
  });
  return asked[0];
}

describe("the backend is asked by the name that nginx sends", () => {
  const group = "upstream shop_backend { server 127.0.0.1:3000; }";
  test.each([
    ["proxy_pass http://127.0.0.1:3000;", "", "Host: 127.0.0.1:3000"],
    [
      "proxy_pass http://127.0.0.1:3000; proxy_set_header X-Real-IP $remote_addr;",
      "",
      "Host: 127.0.0.1:3000",
    ],
    ["proxy_pass http://shop_backend;", group, "Host: shop_backend"],
    ["proxy_pass http://127.0.0.1:3000; proxy_set_header Host $host;", "", "Host: shop.example.test"],
    ["proxy_pass http://127.0.0.1:3000; proxy_set_header Host $http_host;", "", "Host: shop.example.test"],
    ["proxy_pass http://127.0.0.1:3000; proxy_set_header Host app.internal;", "", "Host: app.internal"],
    ["proxy_pass http://127.0.0.1:3000;", "proxy_set_header Host $host;", "Host: shop.example.test"],
  ])("%s %s", async (pass, more, host) => {
    expect(await sent(pass, more)).toBe(host);
  });
});
