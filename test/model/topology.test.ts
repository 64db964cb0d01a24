import { expect, test } from "vitest";
import { targetName } from "../../src/model/topology.ts";
import { config, look, site } from "./small-host.ts";

const targets = async (text: string) =>
  (await look({ "nginx-config": config(text) })).model.targets.map((t) => `${t.vhost} ${t.target}`);

test("targets are named as ss and nginx print them", () => {
  expect(targetName({ kind: "tcp", host: "127.0.0.1", port: 3000 })).toBe("127.0.0.1:3000");
  expect(targetName({ kind: "tcp", host: "::1", port: 3000 })).toBe("[::1]:3000");
  expect(targetName({ kind: "unix", path: "/run/a.sock" })).toBe("unix:/run/a.sock");
});

test("a group gives one target for each server, marked by what its line says", async () => {
  const group =
    "upstream shop { server 127.0.0.1:3000; server 127.0.0.1:3001 down; server 127.0.0.1:3002 backup; }";
  const { model } = await look({ "nginx-config": config(site("proxy_pass http://shop;", group)) });
  expect(model.targets.map((t) => [t.target, t.scope.peer?.down])).toEqual([
    ["127.0.0.1:3000", false],
    ["127.0.0.1:3001", true],
    ["127.0.0.1:3002", false],
  ]);
  expect(model.targets[0]?.scope.upstream).toMatchObject({ group: true, peers: 3, down: 1, backup: 1 });
});

test("two locations of one vhost with one peer are one target", async () => {
  expect(
    await targets(
      site("proxy_pass http://127.0.0.1:3000; } location /api { proxy_pass http://127.0.0.1:3000;"),
    ),
  ).toEqual(["shop.example.test 127.0.0.1:3000"]);
});

test("a port that is not written is 80, or 443 by TLS", async () => {
  expect(await targets(site("proxy_pass http://127.0.0.1;"))).toEqual(["shop.example.test 127.0.0.1:80"]);
  expect(await targets(site("proxy_pass https://127.0.0.1;"))).toEqual(["shop.example.test 127.0.0.1:443"]);
});

test("where a variable decides, no peer is claimed", async () => {
  expect(await targets(site("proxy_pass http://$backend;"))).toEqual(["shop.example.test null"]);
});

test("localhost is both families, and a name of another machine is not local", async () => {
  const local = (await look({ "nginx-config": config(site("proxy_pass http://localhost:3000;")) })).model
    .targets[0]?.scope.peer;
  expect(local).toMatchObject({ viaLocalhost: true, local: true, loopback: true });
  const far = await look({
    "nginx-config": config(site("proxy_pass http://api.internal.test:3000;")),
    resolve: "203.0.113.7     STREAM api.internal.test\n",
  });
  expect(far.model.targets[0]?.scope.peer).toMatchObject({
    hostname: "api.internal.test",
    local: false,
    resolves: true,
  });
  expect(far.model.targets[0]?.scope.listener).toBeUndefined();
});

test("one vhost asked for, one vhost judged", async () => {
  const two = `${site("proxy_pass http://127.0.0.1:3000;").slice(0, -1)} server { listen 80; server_name blog.example.test; location / { proxy_pass http://127.0.0.1:4000; } } }`;
  const all = await look({ "nginx-config": config(two) });
  expect(all.model.targets.map((t) => t.vhost)).toEqual(["shop.example.test", "blog.example.test"]);
  const one = await look({ "nginx-config": config(two) }, { vhost: "blog.example.test" });
  expect(one.model.targets.map((t) => t.vhost)).toEqual(["blog.example.test"]);
});
