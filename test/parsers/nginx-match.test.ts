import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { parseNginxDump } from "../../src/parsers/nginx-config.ts";
import { matchLocation, normalizeNginxPath } from "../../src/parsers/nginx-location-match.ts";
import { matchesNginxRegex } from "../../src/parsers/nginx-regex.ts";
import { nginxRoutes } from "../../src/parsers/nginx-routes.ts";
import type { NginxServer } from "../../src/parsers/nginx-routes.ts";
import { selectServer } from "../../src/parsers/nginx-server-select.ts";

interface Answers {
  readonly locations: Readonly<Record<string, string>>;
  readonly hosts: readonly (readonly [number, string | null, string])[];
}

const fixture = (name: string) => readFileSync(new URL(`fixtures/nginx/${name}`, import.meta.url), "utf8");
const routesOf = (text: string) =>
  nginxRoutes(parseNginxDump(`# configuration file /e/nginx.conf:\n${text}`));
const ANSWERS: Answers = JSON.parse(fixture("locations.json"));
const { servers } = routesOf(fixture("locations.conf"));

function answerOf(server: NginxServer, path: string): string {
  const { location, redirect } = matchLocation(server, path);
  if (redirect) return "301";
  const text = (location?.actions ?? server.actions).return?.text;
  return text ?? (location?.pass === undefined ? "nothing" : "upstream");
}

describe("as nginx 1.22.1 answered", () => {
  // nginx refuses a zero byte with 400 before it looks for a location.
  const paths = Object.entries(ANSWERS.locations).filter(([, answer]) => answer !== "400");

  it.each(paths)("%s → %s", (path, answer) => {
    const found = selectServer(servers, { address: "127.0.0.1", port: 18551 }, "first");
    expect(found?.server.names).toEqual(["first"]);
    expect(found && answerOf(found.server, path)).toBe(answer);
  });

  it.each(ANSWERS.hosts)("port %s, Host %s → %s", (port, host, answer) => {
    const found = selectServer(servers, { address: "127.0.0.1", port }, host ?? undefined);
    expect(found && answerOf(found.server, port === 18553 ? "/" : "/glued")).toBe(answer);
  });
});

describe("servers", () => {
  it("an address falls back on the wildcard of its family", () => {
    const { servers: some } = routesOf(
      "http { server { listen 80; server_name v4; } server { listen [::]:80; server_name v6; } server { listen 10.0.0.1:80; server_name one; } server { listen [::]:81 ipv6only=off; server_name dual; } server { listen unix:/run/n.sock; server_name u; } }",
    );
    const name = (address: string, port: number) =>
      selectServer(some, { address, port }, "x")?.server.names[0];
    expect(name("127.0.0.1", 80)).toBe("v4");
    expect(name("::1", 80)).toBe("v6");
    expect(name("10.0.0.1", 80)).toBe("one");
    expect(name("127.0.0.1", 81)).toBe("dual");
    expect(name("127.0.0.1", 82)).toBeUndefined();
    expect(selectServer(some, { unix: "/run/n.sock" }, undefined)?.server.names).toEqual(["u"]);
    expect(selectServer(some, { port: 80 }, "one")).toMatchObject({ by: "exact" });
  });

  it("names regular expressions that could not be tried", () => {
    const { servers: some } = routesOf(
      "http { server { listen 80; server_name ~^(?!www); } server { listen 80 default_server; server_name d; } }",
    );
    expect(selectServer(some, { port: 80 }, "x")).toMatchObject({ by: "default", untried: ["~^(?!www)"] });
  });
});

describe("locations", () => {
  it("names regular expressions that could not be tried", () => {
    const { servers: some } = routesOf("http { server { location / { } location ~ ^/(?!api) { } } }");
    const found = matchLocation(some[0] ?? { locations: [] }, "/x");
    expect(found.location?.path).toBe("/");
    expect(found.untried.map(({ path }) => path)).toEqual(["^/(?!api)"]);
  });

  it("no location: the server answers", () => {
    expect(matchLocation({ locations: [] }, "/")).toEqual({ redirect: false, untried: [] });
  });

  it.each([
    ["", "/"],
    ["/", "/"],
    ["/a/", "/a/"],
    ["//", "/"],
    ["/..", "/"],
    ["/a/..", "/"],
    ["/a/../", "/"],
    ["/a%2Fb", "/a/b"],
    ["/a%zz", "/a%zz"],
    ["/a?/..", "/a"],
  ])("path %j is %j", (path, expected) => {
    expect(normalizeNginxPath(path)).toBe(expected);
  });

  it("a catastrophic expression is no catastrophe", () => {
    expect(matchesNginxRegex("^(a+)+$", `${"a".repeat(4000)}b`, false)).toBe(false);
    expect(matchesNginxRegex("a", "a".repeat(5000), false)).toBeUndefined();
  });
});
