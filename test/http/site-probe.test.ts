import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { createServer as createPlainServer, type Server as PlainServer } from "node:net";
import { afterEach, expect, test } from "vitest";
import { probeSite } from "../../src/http/site-probe.ts";
import { freePort } from "../support/openssh.ts";

const open: (Server | PlainServer)[] = [];
afterEach(async () => {
  for (const server of open.splice(0)) {
    if ("closeAllConnections" in server) server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
});

async function at(server: Server | PlainServer): Promise<string> {
  open.push(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no TCP address");
  return `http://127.0.0.1:${address.port}/`;
}

const site = (answer: (request: IncomingMessage, response: ServerResponse) => void): Promise<string> =>
  at(createServer(answer));

test("asks by GET under its own name, sends no cookie, and follows no redirect", async () => {
  const seen: IncomingMessage[] = [];
  const url = await site((request, response) => {
    seen.push(request);
    response.writeHead(302, { location: "/elsewhere", "set-cookie": "a=b" }).end();
  });
  expect(await probeSite(url)).toEqual({ kind: "answered", status: 302 });
  expect(await probeSite(url)).toEqual({ kind: "answered", status: 302 });
  expect(seen.map((r) => [r.method, r.url])).toEqual([
    ["GET", "/"],
    ["GET", "/"],
  ]);
  for (const { headers } of seen) {
    expect(headers["user-agent"]).toMatch(/^fiveohtwo\//);
    expect(headers).not.toHaveProperty("cookie");
    expect(headers).not.toHaveProperty("authorization");
  }
});

test.each([200, 404, 502, 504])("status %i is an answer", async (status) => {
  const url = await site((_request, response) => response.writeHead(status).end("x".repeat(100_000)));
  expect(await probeSite(url)).toEqual({ kind: "answered", status });
});

test("an endless body is not waited for", async () => {
  const url = await site((_request, response) => {
    response.writeHead(200);
    response.write("more");
  });
  expect(await probeSite(url)).toEqual({ kind: "answered", status: 200 });
});

test("a refused, cut or silent connection is a failure; a name nobody knows is not seen", async () => {
  expect(await probeSite(`http://127.0.0.1:${await freePort()}/`)).toEqual({
    kind: "failed",
    because: "the connection was refused",
  });
  const cut = await at(createPlainServer((socket) => socket.destroy()));
  expect(await probeSite(cut)).toEqual({ kind: "failed", because: "the connection was cut" });
  const silent = await site(() => undefined);
  expect(await probeSite(silent, 200)).toEqual({ kind: "failed", because: "no answer within 0.2 seconds" });
  expect(await probeSite("http://nobody.invalid/")).toEqual({
    kind: "unseen",
    because: "its name could not be resolved",
  });
});
