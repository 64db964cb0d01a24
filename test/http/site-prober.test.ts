import { createServer, type IncomingMessage, type Server } from "node:http";
import { afterEach, expect, test } from "vitest";
import { askFromHere } from "../../src/http/site-prober.ts";

let server: Server | undefined;
afterEach(
  () => new Promise<void>((done) => void (server === undefined ? done() : server.close(() => done()))),
);

/** A site on a free port of 127.0.0.1. @returns its port and the requests it got */
async function site(status: number): Promise<{ port: number; asked: IncomingMessage[] }> {
  const asked: IncomingMessage[] = [];
  const one = createServer((request, response) => {
    asked.push(request);
    response.writeHead(status, { location: "http://127.0.0.1:1/" }).end("x".repeat(100_000));
  });
  server = one;
  await new Promise<void>((done) => one.listen(0, "127.0.0.1", done));
  const at = one.address();
  if (at === null || typeof at === "string") throw new Error("it does not listen on a port");
  return { port: at.port, asked };
}

test("one GET for each address of the name, marked, with the name as Host; a redirect is not followed", async () => {
  const { port, asked } = await site(302);
  const url = `http://shop.example.test:${port}/cart`;
  const seen = await askFromHere(url, () => Promise.resolve(["127.0.0.1", "127.0.0.2"]));
  expect(seen).toEqual({
    url,
    answers: [
      { address: "127.0.0.1", status: 302 },
      { address: "127.0.0.2", status: 0, error: "ECONNREFUSED" },
    ],
  });
  expect(asked.map((r) => [r.method, r.url, r.headers.host, r.headers["user-agent"]])).toEqual([
    ["GET", "/cart", `shop.example.test:${port}`, "fiveohtwo-probe"],
  ]);
});

test("an address is asked as it is; a name that does not resolve has no answers", async () => {
  const { port } = await site(502);
  const none = () => Promise.resolve([]);
  expect((await askFromHere(`http://127.0.0.1:${port}/`, none)).answers).toEqual([
    { address: "127.0.0.1", status: 502 },
  ]);
  expect((await askFromHere("https://gone.example.test/", none)).answers).toEqual([]);
});
