import { describe, expect, test } from "vitest";
import type { HostModel } from "../../src/model/host-model.ts";
import {
  beside,
  config,
  errorLine,
  listens,
  look,
  only,
  NOW,
  type Said,
  site,
  unit,
  verdict,
} from "./small-host.ts";

const PEER = "10.0.0.9";
const CURL = { exitCode: 7, stdout: "000 0 0 0 0 0\n", stderr: "curl: (7) Failed to connect" };

/** nginx on web-1 gets nothing from app-1 at 10.0.0.9:3000. */
const NGINX: Said = {
  "nginx-config": config(site(`proxy_pass http://${PEER}:3000;`)),
  "error-log": `${errorLine(3, "connect() failed (111: Connection refused) while connecting to upstream", `http://${PEER}:3000/`)}\n`,
  front: "502 0.001 0.01 0.01 120 15\n",
  direct: CURL,
  route: `${PEER} dev eth0 src 10.0.0.1 uid 0\n    cache\n`,
  firewall: "",
  "firewall-nft": { end: "missing", exitCode: 127 },
};

const addresses = (...own: string[]): string =>
  JSON.stringify([
    { ifname: "lo", addr_info: [{ local: "127.0.0.1" }] },
    { ifname: "ens3", addr_info: own.map((local) => ({ local })) },
  ]);

/** app-1 as it is when all is well: the service orders listens on port 3000. */
const APP: Said = {
  clock: `${NOW} +0000\n`,
  addresses: addresses(PEER),
  processes:
    "      1       0 root  5000 Ss   /sbin/init\n   4711       1 app  3000 Ssl  /usr/bin/node /srv/orders.js --port 3000\n",
  "process-units": "  4711 0::/system.slice/orders.service\n",
  "tcp-listeners": `${listens("0.0.0.0:3000", { name: "node", pid: 4711 }, "orders.service")}\n`,
  "unix-listeners": "",
  "unit-files": "/etc/systemd/system/orders.service\n",
  "local-units": "/etc/systemd/system/orders.service:1:ExecStart=/usr/bin/node /srv/orders.js --port 3000\n",
  units: `${unit("orders.service")}\n`,
  containers: { end: "missing", exitCode: 127 },
  firewall: "",
  "firewall-nft": { end: "missing", exitCode: 127 },
};

async function scope(said: Said, nginx: Said = NGINX): Promise<ReturnType<typeof only>["scope"]> {
  const seen = await beside(await look(nginx), PEER, { ...APP, ...said });
  return only(seen.model).scope;
}

describe("the peer's machine gives the listener, the process and the service", () => {
  test("who listens at the very address", async () => {
    const { listener, service, peer } = await scope({});
    expect(listener).toMatchObject({ present: true, unit: "orders.service" });
    expect(service).toMatchObject({ known: true, name: "orders.service", certain: true });
    expect(peer).toMatchObject({ local: false, looked: true, machine: "app-1" });
  });

  test("behind an address translation any of the machine's own addresses will do, its loopback never", async () => {
    const translated = { addresses: addresses("192.168.7.2") };
    const at = (address: string): Said => ({
      ...translated,
      "tcp-listeners": `${listens(address, { name: "node", pid: 4711 }, "orders.service")}\n`,
    });
    expect((await scope(at("192.168.7.2:3000"))).listener?.present).toBe(true);
    expect((await scope(at("127.0.0.1:3000"))).listener).toMatchObject({
      present: false,
      otherText: "127.0.0.1:3000",
    });
  });

  test("memory and boot are the machine's, SELinux is nginx's", async () => {
    const mine = {
      ...NGINX,
      "selinux-mode": "Enforcing\n",
      memory: "MemTotal: 100 kB\n",
      uptime: "90000.0 1\n",
    };
    const { host } = await scope(
      { "selinux-mode": "Permissive\n", memory: "MemTotal: 200 kB\n", uptime: "60.0 1\n" },
      mine,
    );
    expect(host).toMatchObject({ selinux: "Enforcing", memTotalKb: 200, uptimeS: 60 });
  });
});

describe("another port there", () => {
  const at = (address: string): Said => ({
    "tcp-listeners": `${listens(address, { name: "node", pid: 4711 }, "orders.service")}\n`,
  });
  const instead = async (address: string): Promise<string | undefined> =>
    (await scope(at(address))).service?.instead;

  test("nginx can be pointed at it by the machine's address, not at what only its loopback reaches", async () => {
    expect(await instead("0.0.0.0:3001")).toBe(`${PEER}:3001`);
    expect(await instead(`${PEER}:3001`)).toBe(`${PEER}:3001`);
    expect(await instead("127.0.0.1:3001")).toBeUndefined();
  });
});

describe("the machine's own firewall", () => {
  const rules = (...lines: string[]): Said => ({
    firewall: ["*filter", ":INPUT ACCEPT [0:0]", ":OUTPUT ACCEPT [0:0]", ...lines, "COMMIT", ""].join("\n"),
  });
  const net = async (said: Said, nginx = NGINX): Promise<unknown> => {
    const { blockedBy, blockedOn, dropped } = (await scope(said, nginx)).net ?? {};
    return [blockedBy, blockedOn, dropped];
  };

  test("a rule that stops nginx, without its counters", async () => {
    const rule = "-A INPUT -i ens3 -p tcp -m tcp --dport 3000 -j DROP";
    expect(await net(rules(`[9:540] ${rule}`))).toEqual([rule, "app-1", true]);
  });

  test.each([
    ["another source", "-A INPUT -s 10.9.0.0/16 -p tcp -m tcp --dport 3000 -j DROP"],
    ["another interface", "-A INPUT -i ens4 -p tcp -m tcp --dport 3000 -j DROP"],
    ["what leaves it", "-A OUTPUT -p tcp -m tcp --dport 3000 -j DROP"],
  ])("a rule for %s stops nobody", async (_, rule) => {
    expect(await net(rules(rule))).toEqual(["", undefined, undefined]);
  });

  test("rules that cannot be read, or judged, leave it open", async () => {
    expect(await net({ firewall: { exitCode: 1, end: "denied" } })).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
    const set = "-A INPUT -p tcp -m set --match-set banned src -m tcp --dport 3000 -j DROP";
    expect(await net(rules(set))).toEqual([undefined, undefined, undefined]);
  });

  test("a rule of nginx's own host comes first", async () => {
    const mine = "-A OUTPUT -p tcp -m tcp --dport 3000 -j REJECT";
    const nginx = { ...NGINX, ...rules(mine) };
    expect(await net(rules("-A INPUT -p tcp -m tcp --dport 3000 -j DROP"), nginx)).toEqual([
      mine,
      undefined,
      false,
    ]);
  });
});

test("what happened there stands in the timeline, by the clock of nginx's host", async () => {
  const entry = {
    MESSAGE: "Stopping orders.service...",
    _PID: "1",
    UNIT: "orders.service",
    __REALTIME_TIMESTAMP: `${(NOW + 40 - 30) * 1e6}`,
  };
  const said = { clock: `${NOW + 40} +0000\n`, journal: `${JSON.stringify(entry)}\n` };
  const seen = await beside(await look(NGINX), PEER, { ...APP, ...said });
  const stopped = (m: HostModel) => m.timeline.filter((t) => t.what.includes("orders.service"));
  expect(stopped(seen.model)).toEqual([
    { at: (NOW - 30) * 1000, what: "on app-1: orders.service was told to stop", source: expect.any(String) },
  ]);
});

test("the application listens and no firewall stops it: what lies between the machines is named, no fix offered", async () => {
  const { diagnosis } = verdict(await beside(await look(NGINX), PEER, APP));
  expect(diagnosis.causes.map((c) => [c.id, c.grade, c.fixes])).toEqual([
    ["remote-peer-refuses", "consistent", []],
  ]);
  expect(diagnosis.causes[0]?.evidence.filter((e) => e.ground !== true).map((e) => e.host)).toEqual([
    "web-1",
    "web-1",
    "app-1",
  ]);
});
