import { describe, expect, test } from "vitest";
import { parsePm2Dump } from "../../src/parsers/pm2-dump.ts";
import { parsePm2Jlist } from "../../src/parsers/pm2-jlist.ts";
import {
  containerShims,
  dockerProxies,
  gunicornMasters,
  nginxProcesses,
  phpFpmMasters,
  pm2Daemons,
} from "../../src/parsers/ps-roles.ts";
import { parsePs } from "../../src/parsers/ps.ts";
import { captured, result } from "./captured.ts";

const ID = "0123456789abcdef".repeat(4);
const TABLE = `    1     0 root                                 667 Ss   /sbin/init
  349     1 root                                 600 Ss   nginx: master process /usr/sbin/nginx -c /etc/nginx/nginx.conf -p /srv/x -g daemon on; master_process on;
  350   349 www-data                              60 S    nginx: worker process
  351   349 www-data                             600 S    nginx: worker process is shutting down
  360     1 root                                 600 Ss   angie: master process v1.5.0 #1 [/usr/sbin/angie -c /etc/angie/angie.conf]
  361   360 angie                                600 S    angie: worker process #1
  400     1 deploy                               500 Ssl  PM2 v6.0.13: God Daemon (/home/deploy/.pm2)
  410     1 root                                 500 Sl   /usr/bin/docker-proxy -proto tcp -host-ip 0.0.0.0 -host-port 8080 -container-ip 172.17.0.2 -container-port 80
  411     1 root                                 500 Sl   /usr/bin/containerd-shim-runc-v2 -namespace moby -id ${ID} -address /run/containerd/containerd.sock
  412     1 root                                 500 Ss   /usr/bin/conmon --api-version 1 -c ${ID} -u ${ID}
  420     1 app                                  500 Ss   /usr/bin/python3 /usr/bin/gunicorn --bind 127.0.0.1:8000 app:app
  421   420 app                                  500 S    /usr/bin/python3 /usr/bin/gunicorn --bind 127.0.0.1:8000 app:app
  430     1 root                                 500 Ss   php-fpm: master process (/etc/php/8.2/fpm/php-fpm.conf)
  431   430 www-data                             500 S    php-fpm: pool www
  432   430 www-data                             500 S    php-fpm: pool www
  440     1 root                                 500 S    grep nginx: master
`;

describe("parsePs", () => {
  const processes = parsePs(result(TABLE))?.processes ?? [];

  test("every process, and whether others may be hidden", () => {
    expect(processes).toHaveLength(16);
    expect(processes[0]).toEqual({
      pid: 1,
      ppid: 0,
      user: "root",
      ageSeconds: 667,
      stat: "Ss",
      args: "/sbin/init",
    });
    expect(parsePs(result(TABLE))?.partial).toBe(false);
    expect(parsePs(result(TABLE.split("\n").slice(1).join("\n")))?.partial).toBe(true);
    expect(parsePs(result(""))).toBeUndefined();
  });

  test("nginx and its kin by their titles, never a grep for them", () => {
    const found = nginxProcesses(processes);
    expect(found.map(({ pid, role, flavour, shuttingDown }) => [pid, role, flavour, shuttingDown])).toEqual([
      [349, "master", "nginx", false],
      [350, "worker", "nginx", false],
      [351, "worker", "nginx", true],
      [360, "master", "angie", false],
      [361, "worker", "angie", false],
    ]);
    expect(found[0]).toMatchObject({ configFile: "/etc/nginx/nginx.conf", prefix: "/srv/x" });
    expect(found[3]).toMatchObject({
      command: "/usr/sbin/angie -c /etc/angie/angie.conf",
      configFile: "/etc/angie/angie.conf",
    });
  });

  test("the other roles", () => {
    expect(pm2Daemons(processes)).toEqual([
      { pid: 400, user: "deploy", version: "6.0.13", home: "/home/deploy/.pm2", ageSeconds: 500 },
    ]);
    expect(dockerProxies(processes)).toEqual([
      {
        pid: 410,
        protocol: "tcp",
        hostAddress: "0.0.0.0",
        hostPort: 8080,
        containerAddress: "172.17.0.2",
        containerPort: 80,
      },
    ]);
    expect(containerShims(processes)).toEqual([
      { pid: 411, containerId: ID, runtime: "containerd" },
      { pid: 412, containerId: ID, runtime: "conmon" },
    ]);
    expect(gunicornMasters(processes)).toMatchObject([{ pid: 420, workers: 1 }]);
    expect(phpFpmMasters(processes)).toMatchObject([
      {
        pid: 430,
        configFile: "/etc/php/8.2/fpm/php-fpm.conf",
        pools: [{ pool: "www", workers: 2, user: "www-data" }],
      },
    ]);
  });
});

describe("pm2", () => {
  const json = captured("host/pm2-jlist.json");

  test("every app of a captured list", () => {
    const apps = parsePm2Jlist(result(json))?.apps ?? [];
    expect(apps.map(({ name, status, restarts, pid }) => [name, status, restarts, pid])).toEqual([
      ["good", "online", 0, 10_888],
      ["bad", "errored", 15, 0],
      ["loop", "online", 4, 11_544],
      ["dup", "errored", 15, 0],
      ["hog", "online", 0, 11_094],
      ["backoff", "waiting restart", 7, 11_533],
    ]);
    expect(apps[5]).toMatchObject({
      restartDelay: 1702,
      unstableRestarts: 8,
      errLog: "/srv/lab/pm2/logs/backoff-error.log",
    });
  });

  test("a banner before the JSON, and a daemon that pm2 has just spawned", () => {
    const flat = JSON.stringify(JSON.parse(json));
    const stale = `>>>> In-memory PM2 is out-of-date, do:\n>>>> $ pm2 update\n${flat}`;
    expect(parsePm2Jlist(result(stale))?.apps).toHaveLength(6);
    const spawned =
      "[PM2] Spawning PM2 daemon with pm2_home=/root/.pm2\n[PM2] PM2 Successfully daemonized\n[]";
    expect(parsePm2Jlist(result(spawned))).toEqual({ apps: [], spawnedDaemon: true });
    expect(parsePm2Jlist(result("[]"))).toEqual({ apps: [], spawnedDaemon: false });
    expect(parsePm2Jlist(result("[PM2][ERROR] no"))).toBeUndefined();
    expect(parsePm2Jlist(result(json.slice(0, -3)))).toBeUndefined();
  });

  test("of the environment only the port is kept", () => {
    const app = {
      name: "shop",
      pid: 1,
      pm2_env: { status: "online", env: { PORT: "3000", GREETING: "hello" }, GREETING: "hello" },
    };
    const facts = parsePm2Jlist(result(JSON.stringify([app])));
    expect(facts?.apps[0]?.port).toBe(3000);
    expect(JSON.stringify(facts)).not.toContain("hello");
  });

  test("the dump names what resurrect would start", () => {
    const dump = [
      {
        name: "shop",
        pm_exec_path: "/srv/shop/server.js",
        pm_cwd: "/srv/shop",
        exec_mode: "fork_mode",
        PORT: 3000,
        SECRET_SAUCE: "x",
      },
    ];
    expect(parsePm2Dump(result(JSON.stringify(dump)))?.apps).toEqual([
      {
        name: "shop",
        namespace: undefined,
        execPath: "/srv/shop/server.js",
        cwd: "/srv/shop",
        execMode: "fork_mode",
        instances: undefined,
        port: 3000,
      },
    ]);
    expect(parsePm2Dump(result("[]"))).toEqual({ apps: [] });
    expect(
      parsePm2Dump(result("", { stderr: "cat: dump.pm2: No such file or directory", exitCode: 1 })),
    ).toBeUndefined();
  });
});
