import { describe, expect, test } from "vitest";
import { accepts } from "../../src/model/listeners.ts";
import { parseSsTcp } from "../../src/parsers/ss-tcp.ts";
import { config, listens, look, only, site, unit } from "./small-host.ts";

/** The listener of one line of `ss -Hltnpe`. */
function listener(line: string): Parameters<typeof accepts>[0] {
  const [first] =
    parseSsTcp({ stdout: `${line}\n`, stderr: "", exitCode: 0, end: "exited" })?.listeners ?? [];
  if (!first) throw new Error(`no listener in ${line}`);
  return first;
}

describe("which address reaches a listener", () => {
  test.each([
    ["127.0.0.1:3000", "127.0.0.1", true],
    ["127.0.0.1:3000", "127.0.0.2", false],
    ["127.0.0.1:3000", "198.51.100.6", false],
    ["127.0.0.1:3000", "::1", false],
    ["0.0.0.0:3000", "127.0.0.1", true],
    ["0.0.0.0:3000", "198.51.100.6", true],
    ["0.0.0.0:3000", "::1", false],
    ["*:3000", "127.0.0.1", true],
    ["*:3000", "::1", true],
    ["[::1]:3000", "::1", true],
    ["[::1]:3000", "127.0.0.1", false],
  ])("%s is reached by %s: %s", (at, address, reached) => {
    expect(accepts(listener(listens(at)), address, 3000)).toBe(reached);
  });

  test("[::] takes IPv4 unless it is v6only", () => {
    const dual = listener(listens("[::]:3000", undefined, undefined, "v6only:0 "));
    const six = listener(listens("[::]:3000", undefined, undefined, "v6only:1 "));
    expect([accepts(dual, "127.0.0.1", 3000), accepts(dual, "::1", 3000)]).toEqual([true, true]);
    expect([accepts(six, "127.0.0.1", 3000), accepts(six, "::1", 3000)]).toEqual([false, true]);
  });

  test("another port is another listener", () => {
    expect(accepts(listener(listens("127.0.0.1:13000")), "127.0.0.1", 3000)).toBe(false);
  });
});

describe("who listens for a peer", () => {
  const nginx = listens("0.0.0.0:80", { name: "nginx", pid: 900 }, "nginx.service");

  test("nobody: present is false; ss not permitted: it is unknown", async () => {
    expect(only((await look({})).model).scope.listener?.present).toBe(false);
    const blind = await look({ "tcp-listeners": { end: "missing", exitCode: 127 } });
    expect(only(blind.model).scope.listener?.present).toBeUndefined();
  });

  test("its unit, though ss names no process", async () => {
    const ss = `${nginx}\n${listens("127.0.0.1:3000", undefined, "shop.service")}\n`;
    expect(only((await look({ "tcp-listeners": ss })).model).scope.listener).toMatchObject({
      present: true,
      unit: "shop.service",
    });
  });

  test("the same port on another address is said, and is not present", async () => {
    const ss = `${nginx}\n${listens("198.51.100.6:3000", { name: "node", pid: 4711 })}\n`;
    const listener = only((await look({ "tcp-listeners": ss })).model).scope.listener;
    expect(listener).toMatchObject({
      present: false,
      otherAddresses: ["198.51.100.6:3000"],
      instead: "198.51.100.6:3000",
    });
  });

  test("more connections wait than the backlog holds: it overflows", async () => {
    const busy = listens("127.0.0.1:3000", { name: "node", pid: 4711 }).replace(
      "LISTEN 0      511",
      "LISTEN 129    128",
    );
    const listener = only((await look({ "tcp-listeners": `${nginx}\n${busy}\n` })).model).scope.listener;
    expect(listener).toMatchObject({ waiting: 129, backlog: 128, overflowing: true });
  });

  test("a socket by its path, /var/run being /run", async () => {
    const said = {
      "nginx-config": config(site("proxy_pass http://unix:/var/run/shop.sock;")),
      "unix-listeners": 'u_str LISTEN 0 128 /run/shop.sock 77 * 0 users:(("gunicorn",pid=4711,fd=5))\n',
    };
    expect(only((await look(said)).model)).toMatchObject({
      target: "unix:/var/run/shop.sock",
      scope: { listener: { present: true, pid: 4711 } },
    });
  });
});

describe("an orphan", () => {
  const ss = `${listens("127.0.0.1:3000", { name: "node", pid: 800 })}\n`;
  const ps = (ppid: number): string =>
    `      1       0 root  5000 Ss   /sbin/init\n    800       ${ppid} app  9000 Sl   /usr/bin/node /srv/shop/server.js\n    900       1 root  4000 Ss   nginx: master process /usr/sbin/nginx\n    901     900 www-data  4000 S    nginx: worker process\n   4711       1 app  3000 Ssl  /usr/bin/node /srv/shop/server.js\n`;
  const units = `${unit("shop.service", { Environment: "PORT=3000" })}\n`;
  const groups =
    "   900 0::/system.slice/nginx.service\n  4711 0::/system.slice/shop.service\n   800 0::/system.slice/shop.service\n";

  test("is older than its unit's main process and no child of it", async () => {
    const seen = await look({ "tcp-listeners": ss, processes: ps(1), units, "process-units": groups });
    expect(only(seen.model).scope.listener).toMatchObject({ present: true, pid: 800, orphan: true });
  });

  test("a child of the main process is none", async () => {
    const seen = await look({ "tcp-listeners": ss, processes: ps(4711), units, "process-units": groups });
    expect(only(seen.model).scope.listener?.orphan).toBe(false);
  });
});
