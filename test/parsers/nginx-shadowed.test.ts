import { expect, test } from "vitest";
import { parseNginxDump } from "../../src/parsers/nginx-config.ts";
import { nginxRoutes } from "../../src/parsers/nginx-routes.ts";
import { shadowedServers } from "../../src/parsers/nginx-shadowed.ts";

/** Servers as lines of "listen …; server_name …;"; @returns the lines of those never asked, each with the line asked instead. */
function shadowed(...servers: readonly string[]): [number, number][] {
  const text = `events {}\nhttp {\n${servers.map((s) => `server { ${s} }`).join("\n")}\n}`;
  const { servers: all } = nginxRoutes(
    parseNginxDump(`# configuration file /etc/nginx/nginx.conf:\n${text}`),
  );
  return shadowedServers(all).map(({ server, by }) => [server.line - 2, by.line - 2]);
}

test("the server that is read first takes every request of a name at an address", () => {
  expect(shadowed("listen 80; server_name a;", "listen 80; server_name A;")).toEqual([[2, 1]]);
  expect(shadowed("server_name a;", "listen 0.0.0.0:80; server_name a;")).toEqual([[2, 1]]);
  expect(shadowed("listen unix:/run/a; server_name a;", "listen unix:/run/a; server_name a;")).toEqual([
    [2, 1],
  ]);
  expect(
    shadowed("listen 80; server_name a b;", "listen 80; server_name c;", "listen 80; server_name c b;"),
  ).toEqual([[3, 2]]);
});

test.each([
  ["another address", "listen 127.0.0.1:80; server_name a;", "listen 80; server_name a;"],
  ["another port", "listen 80; server_name a;", "listen 80; listen 443 ssl; server_name a;"],
  ["another family", "listen 80; server_name a;", "listen [::]:80; server_name a;"],
  ["a name of its own", "listen 80; server_name a;", "listen 80; server_name a b;"],
  ["what no name fits", "listen 80; server_name a;", "listen 80 default_server; server_name a;"],
  ["another expression", "listen 80; server_name ~^a;", "listen 80; server_name ~^A;"],
])("a server with %s is asked", (_what, first, second) => {
  expect(shadowed(first, second)).toEqual([]);
});
