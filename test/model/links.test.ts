import { describe, expect, test } from "vitest";
import { alike, namesPort, ownerOf, type Service } from "../../src/model/service.ts";
import { config, listens, look, only, site, unit } from "./small-host.ts";

describe("a port is named by a number of its own", () => {
  test.each([
    ["node server.js --port 3000", true],
    ["PORT=3000", true],
    ["-b 127.0.0.1:3000", true],
    ["--port=13000", false],
    ["--port=30001", false],
    ["v3000.1", false],
    ["10.3000.2", false],
    ["built 3000-11-20", false],
    ["cache-3000", false],
  ])("%s: %s", (text, named) => {
    expect(namesPort(text, 3000)).toBe(named);
  });
});

test("names are alike by a word that says something", () => {
  expect(alike("shop-api.service", "shop.example.test")).toBe(true);
  expect(alike("billing.service", "shop.example.test")).toBe(false);
  expect(alike("web-app.service", "app.example.test")).toBe(false);
});

describe("the best linked service is certain", () => {
  const service = (key: string): Service => ({
    key,
    kind: "systemd",
    name: key,
    text: "",
    files: [],
    logs: [],
    declared: [],
    local: true,
  });

  test("when something names the port and nobody else does as much", () => {
    expect(
      ownerOf([
        { service: service("a"), by: ["its definition declares it"] },
        { service: service("b"), by: ["its name"] },
      ]),
    ).toMatchObject({
      best: { service: { key: "a" } },
      certain: true,
      rivals: 0,
    });
  });

  test("not by its name alone, and not in a tie", () => {
    expect(ownerOf([{ service: service("a"), by: ["its name"] }])?.certain).toBe(false);
    const tie = ownerOf([
      { service: service("b"), by: ["its files name it"] },
      { service: service("a"), by: ["its files name it"] },
    ]);
    expect(tie).toMatchObject({ best: { service: { key: "a" } }, certain: false, rivals: 1 });
  });

  test("nothing links: nobody", () => {
    expect(ownerOf([{ service: service("a"), by: [] }])).toBeUndefined();
  });
});

describe("who is meant to listen", () => {
  const stopped = { ActiveState: "inactive", SubState: "dead", MainPID: "0" };
  const nginx = unit("nginx.service", { MainPID: "900", FragmentPath: "/lib/systemd/system/nginx.service" });
  const linked = async (units: readonly string[], more: Readonly<Record<string, string>> = {}) =>
    only(
      (
        await look({
          units: `${[nginx, ...units].join("\n\n")}\n`,
          "nginx-config": config(
            site("proxy_pass http://127.0.0.1:3000;").replace("shop.example.test", "www.example.test"),
          ),
          ...more,
        })
      ).model,
    ).scope.service;

  test("the unit whose environment has the port", async () => {
    const service = await linked([
      unit("cart.service", { ...stopped, Environment: "PORT=3000" }),
      unit("other.service", { ...stopped, Environment: "PORT=13000" }),
    ]);
    expect(service).toMatchObject({ known: true, name: "cart.service", certain: true });
  });

  test("not a client that has the port in a URL", async () => {
    const local =
      "/etc/systemd/system/worker.service:3:ExecStart=/usr/bin/worker --api http://127.0.0.1:3000/v1\n";
    expect(await linked([unit("worker.service", stopped)], { "local-units": local })).toMatchObject({
      known: false,
    });
  });

  test("the one whose unit file names it", async () => {
    const local =
      "/etc/systemd/system/cart.service:3:ExecStart=/usr/bin/gunicorn -b 127.0.0.1:3000 cart.wsgi\n";
    expect(await linked([unit("cart.service", stopped)], { "local-units": local })).toMatchObject({
      name: "cart.service",
      certain: true,
    });
  });

  test("the one whose EnvironmentFile names it", async () => {
    const local = "/etc/systemd/system/cart.service:4:EnvironmentFile=/etc/default/cart\n";
    const units = [
      unit("cart.service", { ...stopped, EnvironmentFiles: "/etc/default/cart (ignore_errors=no)" }),
      unit("other.service", stopped),
    ];
    const service = await linked(units, { "local-units": local, mentions: "/etc/default/cart:1:3000\n" });
    expect(service).toMatchObject({ name: "cart.service", certain: true });
    expect(service?.linkedBy).toContain("its files name it");
  });

  test("a comment in the unit file names nothing", async () => {
    const local = "/etc/systemd/system/cart.service:3:# was: --port 3000\n";
    expect(await linked([unit("cart.service", stopped)], { "local-units": local })).toMatchObject({
      known: false,
    });
  });

  test("with one manager that could not be asked, that nobody is meant is not known", async () => {
    expect((await linked([], { "unit-files": "" }))?.kind).toBe("none");
    // A unit that is installed and was not shown may be the one.
    expect((await linked([], {}))?.kind).toBeUndefined();
    const blind = await look({
      units: `${nginx}\n`,
      containers: { end: "denied", exitCode: 1 },
      "nginx-config": config(site("proxy_pass http://127.0.0.1:3000;")),
    });
    expect(only(blind.model).scope.service?.kind).toBeUndefined();
  });

  test("the listener that runs under another unit is not the one expected", async () => {
    const ss = `${listens("127.0.0.1:3000", { name: "node", pid: 4711 }, "other.service")}\n`;
    const groups = "  4711 0::/system.slice/other.service\n";
    const units = `${nginx}\n\n${unit("cart.service", { ...stopped, Environment: "PORT=3000" })}\n\n${unit("other.service")}\n`;
    const seen = await look({ units, "tcp-listeners": ss, "process-units": groups });
    expect(only(seen.model).scope).toMatchObject({
      service: { name: "cart.service" },
      listener: { present: true, expected: false },
    });
  });
});
