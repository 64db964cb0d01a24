import { expect, test } from "vitest";
import { answer, config, errorLine, listens, look, NOW, type Said, verdict } from "./small-host.ts";

const WORKERS_S = 4000;
const site = (listen: string): string =>
  `events {}\nhttp {\n server { listen 80; server_name shop.example.test; location / { proxy_pass http://127.0.0.1:3001; } }\n server { ${listen} server_name _; return 200; }\n}`;

/** What nginx's master writes, `ago` seconds before now. */
const emerg = (ago: number, message: string, pid = 900): string =>
  `${new Date((NOW - ago) * 1000).toISOString().slice(0, 19).replaceAll("-", "/").replace("T", " ")} [emerg] ${pid}#${pid}: ${message}`;
const refused = (ago: number, at = "0.0.0.0:9443", pid = 900): string =>
  [
    ...Array.from({ length: 5 }, () =>
      emerg(ago, `bind() to ${at} failed (98: Address already in use)`, pid),
    ),
    emerg(ago, "still could not bind()", pid),
  ].join("\n");

const OLD = errorLine(60, "connect() failed (111: Connection refused) while connecting to upstream");
const APP = listens("127.0.0.1:3001", { name: "node", pid: 4711 }, "shop.service");
const NGINX = listens("0.0.0.0:80", { name: "nginx", pid: 900 }, "nginx.service");
const RELAY = listens("127.0.0.1:9443", { name: "socat", pid: 77 }, "relay.service");

/** The application moved to port 3001, and nginx was not told so. */
const host = (log: string, listeners: readonly string[], listen = "listen 9443;"): Said => ({
  "nginx-config": config(site(listen)),
  "config-ages": `/etc/nginx/nginx.conf|regular file|644|root:root|0:0|7|900|${NOW - 600}\n`,
  "tcp-listeners": `${[APP, NGINX, ...listeners].join("\n")}\n`,
  "error-log": `${log}\n${OLD}\n`,
  front: answer(502),
  direct: answer(200),
});

const seen = async (said: Said) => {
  const looked = await look(said);
  const { diagnosis } = verdict(looked);
  const [cause] = diagnosis.causes;
  expect(cause?.id).toBe("config-changed-not-reloaded");
  return {
    nginx: looked.model.nginx,
    headline: diagnosis.headline,
    cause,
    fixes: diagnosis.fixes.map(({ id }) => id),
  };
};

test("a reload that would be refused again is not offered, and who holds the address is said", async () => {
  const { nginx, headline, cause, fixes } = await seen(host(refused(300), [RELAY]));
  expect(fixes).toEqual([]);
  expect(nginx).toMatchObject({
    reloadFailed: true,
    reloadError: "bind() to 0.0.0.0:9443 failed (98: Address already in use)",
    reloadHolder: "relay.service",
    reloadHolderAt: "127.0.0.1:9443",
    reloadListen: "/etc/nginx/nginx.conf:4",
  });
  expect(headline).toContain("relay.service listens on 127.0.0.1:9443");
  expect(cause?.advice.join("\n")).toMatch(/No reload is offered: .*\nDo not restart nginx before that/);
});

test("it is offered where the address is free by now", async () => {
  const { nginx, fixes } = await seen(host(refused(300), []));
  expect(nginx).toMatchObject({ reloadFailed: true });
  expect(nginx.reloadHolder).toBeUndefined();
  expect(fixes).toEqual(["nginx-reload"]);
});

test.each([
  ["no reload was tried", host("", [RELAY])],
  ["the files want it no more", host(refused(300), [RELAY], "listen 9444;")],
  ["it was another program that could not bind", host(refused(300, "0.0.0.0:9443", 5), [RELAY])],
  ["a later reload has replaced the workers", host(refused(WORKERS_S + 60), [RELAY])],
  [
    "somebody has the port of an address that is none of nginx's",
    {
      ...host(refused(300, "10.0.0.5:9443"), [RELAY], "listen 10.0.0.5:9443;"),
    },
  ],
  ["nginx has bound it since", host(refused(300), [listens("0.0.0.0:9443", { name: "nginx", pid: 900 })])],
] as const)("it is offered where %s", async (_, said) => {
  const { nginx, fixes } = await seen(said);
  expect(nginx.reloadHolder).toBeUndefined();
  expect(fixes).toEqual(["nginx-reload"]);
});

test("nginx's own former listener is in the way of a wildcard: only a restart helps", async () => {
  const own = listens("127.0.0.1:9443", { name: "nginx", pid: 900 }, "nginx.service");
  const { nginx, cause, fixes } = await seen(host(refused(300), [own]));
  expect(nginx.reloadHolder).toBe("nginx itself");
  expect(fixes).toEqual([]);
  expect(cause?.advice.join("\n")).toContain("A restart of nginx would free the address");
});

test("whose it is need not be known", async () => {
  const { nginx, fixes } = await seen(host(refused(300), [listens("*:9443")]));
  expect(nginx.reloadHolder).toBe("another program");
  expect(fixes).toEqual([]);
});

test("where the listeners could not be seen nothing is claimed", async () => {
  const { nginx } = await seen({
    ...host(refused(300), []),
    "tcp-listeners": { end: "denied", exitCode: 1 },
  });
  expect(nginx).toMatchObject({ reloadFailed: true });
  expect(nginx.reloadHolder).toBeUndefined();
});
