import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { Host } from "../../src/domain/host.ts";
import { realSurroundings } from "../../src/inventory/files.ts";
import { parseJump } from "../../src/inventory/hop.ts";
import { inventoryOf } from "../../src/inventory/inventory-of.ts";
import { loadConfig } from "../../src/inventory/load-config.ts";
import { groupNames, hostNames, membersOf, resolveHost } from "../../src/inventory/resolve.ts";
import { sshSettings } from "../../src/inventory/ssh-config.ts";
import { pretend } from "../support/surroundings.ts";

const SSH = "/home/ann/.ssh/config";

function world(yaml: string, ssh: Record<string, string> = {}, env: Record<string, string> = {}) {
  const around = pretend(ssh, env);
  const loaded = loadConfig(yaml, "502.yml");
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.errors));
  const inventory = inventoryOf(loaded.config, {}, "/srv/bot", around);
  const resolve = (name: string): Host => {
    const host = resolveHost(name, inventory, around);
    if (host === undefined) throw new Error(`unknown: ${name}`);
    return host;
  };
  return { inventory, around, resolve };
}

test("what is kept of ssh_config and of groups is never another's: a changed file counts at once", () => {
  const files: Record<string, string> = { [SSH]: "Host web-1\n  User ann\n" };
  const { resolve } = world("hosts: { web-1: { groups: [web] }, db-1: { groups: [db, web] } }", files);
  expect(resolve("web-1")).toMatchObject({ user: "ann", groups: ["web"] });
  files[SSH] = "Host web-1\n  User ben\n";
  expect(resolve("web-1").user).toBe("ben");
  expect(resolve("db-1").groups).toEqual(["db", "web"]);
  resolve("db-1").groups.push("all-of-them");
  expect(resolve("db-1").groups).toEqual(["db", "web"]);
  const other = world("hosts: { web-1: {}, db-1: { groups: [mail] } }", files);
  expect(other.resolve("db-1").groups).toEqual(["mail"]);
  expect(other.resolve("web-1").groups).toEqual([]);
});

describe("a host", () => {
  test("written in full needs no ssh_config; paths start at the configuration", () => {
    const { resolve } = world(`hosts:
  web-1: { hostName: 198.51.100.6, port: 2222, user: ops, identityFile: keys/id, userKnownHostsFile: keys/known, globalKnownHostsFile: /etc/known,
    groups: [web], addresses: [10.0.0.6], health: /up, watch: 1m, fixUser: fixer, fixIdentityFile: ~/fix, connectTimeout: 3s, contact: "#web" }`);
    expect(resolve("web-1")).toEqual({
      name: "web-1",
      hostName: "198.51.100.6",
      port: 2222,
      user: "ops",
      identityFiles: ["/srv/bot/keys/id"],
      identitiesNamed: true,
      identitiesOnly: false,
      identityAgent: null,
      knownHostsFiles: ["/srv/bot/keys/known", "/etc/known"],
      connectTimeoutMs: 3000,
      serverAliveIntervalMs: 5000,
      serverAliveCountMax: 3,
      jumps: [],
      groups: ["web"],
      addresses: ["10.0.0.6"],
      source: "file",
      health: { path: "/up", expect: [200] },
      watchMs: 60_000,
      fixUser: "fixer",
      fixIdentityFiles: ["/home/ann/fix"],
      contact: "#web",
    });
  });

  test("with an empty entry takes everything from ssh_config; its own words come first", () => {
    const ssh = {
      [SSH]: `Host web-*
  HostName %h.example.test
  User deploy
  Port 2200
  IdentityFile ~/.ssh/%r@%n
  IdentityFile "/keys/two words"
  IdentitiesOnly yes
  UserKnownHostsFile ~/.ssh/a /b
  HostKeyAlias shop
  ConnectTimeout 7
  ServerAliveInterval 2
Host *
  User nobody
  IdentityFile ~/.ssh/last`,
    };
    const { resolve } = world("hosts: { web-1: , web-2: { user: ops, identityFile: own } }", ssh, {
      SSH_AUTH_SOCK: "/run/agent",
    });
    expect(resolve("web-1")).toMatchObject({
      hostName: "web-1.example.test",
      user: "deploy",
      port: 2200,
      hostKeyAlias: "shop",
      identitiesOnly: true,
      identityFiles: ["/home/ann/.ssh/deploy@web-1", "/keys/two words", "/home/ann/.ssh/last"],
      knownHostsFiles: ["/home/ann/.ssh/a", "/b", "/etc/ssh/ssh_known_hosts", "/etc/ssh/ssh_known_hosts2"],
      connectTimeoutMs: 7000,
      serverAliveIntervalMs: 2000,
      identityAgent: "/run/agent",
      source: "file",
    });
    expect(resolve("web-2")).toMatchObject({ user: "ops", identityFiles: ["/srv/bot/own"], port: 2200 });
  });

  test("known to ssh_config only can be resolved; a name that nobody spells out cannot", () => {
    const { inventory, around, resolve } = world("", {
      [SSH]: "Host db\n  HostName 10.0.0.9\nHost *.test\n  User x\n",
    });
    expect(resolve("db")).toMatchObject({
      hostName: "10.0.0.9",
      user: "ann",
      source: "ssh",
      identitiesNamed: false,
    });
    for (const name of ["a.test", "nope", "constructor", "__proto__", "toString"]) {
      expect(resolveHost(name, inventory, around)).toBeUndefined();
    }
    expect(hostNames(inventory, around)).toEqual(["db"]);
  });

  test("goes through any number of jumps, the first with its own", () => {
    const { resolve } = world(
      `hosts:
  web-1: { hostName: 10.0.0.6, proxyJump: "ops@inner:2022,edge" }
  inner: { hostName: 10.0.0.1, user: nobody, proxyJump: bastion }
  bastion: { hostName: 198.51.100.1 }
  edge: { hostName: 10.0.0.2, proxyJump: elsewhere }
  direct: { proxyJump: none }`,
      { [SSH]: "Host *\n  ProxyJump bastion\n" },
    );
    const { jumps } = resolve("web-1");
    // ssh_config gives even the bastion itself as its jump: a loop, which is said and not followed.
    expect(jumps.map((hop) => [hop.name, hop.user, hop.hostName, hop.port])).toEqual([
      ["bastion", "ann", "198.51.100.1", 22],
      ["bastion", "ann", "198.51.100.1", 22],
      ["inner", "ops", "10.0.0.1", 2022],
      ["edge", "ann", "10.0.0.2", 22],
    ]);
    expect(jumps[0]?.refused).toContain("leads back");
    expect(resolve("direct").jumps).toEqual([]);
  });

  test("behind ProxyCommand or Match exec carries the reason; its own proxyJump takes the command's place", () => {
    const ssh = {
      [SSH]: `Host web-*
  ProxyCommand nc %h %p
Match host db-1 exec "test -f /tmp/x"
  User x
Match host other exec "true"
  User y`,
    };
    const { resolve } = world("hosts: { web-1: , web-2: { proxyJump: hop }, db-1: , app-1: , hop: }", ssh);
    expect(resolve("web-1").refused).toContain("ProxyCommand");
    expect(resolve("web-2").refused).toBeUndefined();
    expect(resolve("db-1").refused).toContain("Match host db-1 exec");
    expect(resolve("app-1").refused).toBeUndefined();
  });
});

test("jump specifications", () => {
  expect(parseJump("a")).toEqual({ name: "a" });
  expect(parseJump("u@a:22")).toEqual({ name: "a", user: "u", port: 22 });
  expect(parseJump("ssh://u@[2001:db8::1]:2022/")).toEqual({ name: "2001:db8::1", user: "u", port: 2022 });
  expect(parseJump("2001:db8::1")).toEqual({ name: "2001:db8::1" });
});

describe("ssh_config", () => {
  test("includes files by pattern, inside a Host block too, and stops at its depth", () => {
    const around = pretend({
      [SSH]: "Include conf.d/*.conf\nHost web-1\n  Include only-web\nInclude loop\n",
      "/home/ann/.ssh/conf.d/10-a.conf": "Host web-1\n  Port 1001\n",
      "/home/ann/.ssh/conf.d/20-b.conf": "Host web-1\n  Port 1002\n  User b\n",
      "/home/ann/.ssh/conf.d/.hidden.conf": "Port 9\n",
      "/home/ann/.ssh/only-web": "ServerAliveInterval 9\n",
      "/home/ann/.ssh/loop": "Include loop\n",
    });
    const web = sshSettings("web-1", [SSH], around);
    expect(Object.fromEntries(web.values)).toEqual({
      port: ["1001"],
      user: ["b"],
      serveraliveinterval: ["9"],
    });
    expect(web.refused).toContain("levels deep");
    expect(sshSettings("db", [SSH], around).values.size).toBe(0);
  });

  test.skipIf(spawnSync("ssh", ["-V"]).status !== 0)("agrees with ssh -G", () => {
    const home = mkdtempSync(join(tmpdir(), "fiveohtwo-home-"));
    try {
      mkdirSync(join(home, "conf.d"));
      writeFileSync(join(home, "conf.d", "x"), "Host inc\n  Port 77\n  User inc\n");
      const config = join(home, "config");
      writeFileSync(
        config,
        `Include ${home}/conf.d/*
Host web-? !web-9 db
  HostName=%h.example.test
  Port = 2022
  User   "first"
Match originalhost web-1,web-9 user first
  ServerAliveInterval 11
Match host *.example.test
  ServerAliveCountMax 5
Match !originalhost db
  ConnectTimeout 4
Host *
  User last
  Port 99
`,
      );
      const around = realSurroundings(home, userInfo().username);
      for (const name of ["web-1", "web-9", "db", "inc", "other"]) {
        const real = new Map(
          execFileSync("ssh", ["-G", "-F", config, name], {
            encoding: "utf8",
            stdio: ["ignore", "pipe", "ignore"],
          })
            .split("\n")
            .map((line) => {
              const at = line.indexOf(" ");
              return [line.slice(0, at), line.slice(at + 1)] as const;
            }),
        );
        const loaded = loadConfig(`hosts: { ${name}: }\nsshConfig: ${config}`, "502.yml");
        const host = loaded.ok
          ? resolveHost(name, inventoryOf(loaded.config, {}, home, around), around)
          : undefined;
        const defaults = { connecttimeout: "none", serveraliveinterval: "0" };
        expect([
          name,
          host?.hostName,
          String(host?.port),
          host?.user,
          String(host?.serverAliveCountMax),
        ]).toEqual([
          name,
          real.get("hostname"),
          real.get("port"),
          real.get("user"),
          real.get("serveralivecountmax"),
        ]);
        const seconds = (key: keyof typeof defaults, otherwise: number): number =>
          real.get(key) === defaults[key] ? otherwise : Number(real.get(key)) * 1000;
        expect([name, host?.connectTimeoutMs, host?.serverAliveIntervalMs]).toEqual([
          name,
          seconds("connecttimeout", 10_000),
          seconds("serveraliveinterval", 5000),
        ]);
      }
    } finally {
      rmSync(home, { recursive: true, force: true });
    }
  });
});

test("groups: from both sides, groups in groups, loops and all", () => {
  const { inventory, resolve } = world(`
hosts: { a: { groups: [web] }, b: , c: { groups: [db] } }
groups: { web: [b], eu: ["@web", "@db"], loop: ["@eu", "@loop"] }`);
  expect(membersOf(inventory, "web")).toEqual(["a", "b"]);
  expect(membersOf(inventory, "eu")).toEqual(["a", "b", "c"]);
  expect(membersOf(inventory, "loop")).toEqual(["a", "b", "c"]);
  expect(membersOf(inventory, "all")).toEqual(["a", "b", "c"]);
  expect(membersOf(inventory, "none")).toEqual([]);
  expect(groupNames(inventory)).toEqual(["db", "eu", "loop", "web"]);
  expect(resolve("b").groups).toEqual(["eu", "loop", "web"]);
});
