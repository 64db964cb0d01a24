import { describe, expect, test } from "vitest";
import { parseCoredumpctl } from "../../src/parsers/coredumpctl.ts";
import { parseDf } from "../../src/parsers/df.ts";
import { parseDnfHistory } from "../../src/parsers/dnf-history.ts";
import { parseDockerInspect } from "../../src/parsers/docker-inspect.ts";
import { parseDockerPs } from "../../src/parsers/docker-ps.ts";
import { parseDpkgLog } from "../../src/parsers/dpkg-log.ts";
import { parseKernelLimits } from "../../src/parsers/kernel-limits.ts";
import { parseLastReboot } from "../../src/parsers/last-reboot.ts";
import { parseMeminfo } from "../../src/parsers/meminfo.ts";
import { parsePhpFpmPool } from "../../src/parsers/php-fpm-pool.ts";
import { parsePressure } from "../../src/parsers/pressure.ts";
import { redact } from "../../src/parsers/redact.ts";
import { parseSudoList } from "../../src/parsers/sudo-list.ts";
import { parseSupervisorctl } from "../../src/parsers/supervisorctl.ts";
import { parseIsSystemRunning } from "../../src/parsers/systemctl-is-system-running.ts";
import { parseListUnitFiles } from "../../src/parsers/systemctl-list-unit-files.ts";
import { parseListUnits } from "../../src/parsers/systemctl-list-units.ts";
import { result } from "./captured.ts";

const DENIED = {
  stderr:
    "permission denied while trying to connect to the Docker daemon socket at unix:///var/run/docker.sock\n",
  exitCode: 1,
};
const DOWN = {
  stderr:
    "Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running?\n",
  exitCode: 1,
};

describe("docker", () => {
  test("ps: no containers, no rights and no daemon are three things", () => {
    expect(parseDockerPs(result(""))).toEqual({ daemon: "answers", containers: [] });
    expect(parseDockerPs(result("", DENIED))).toBeUndefined();
    expect(parseDockerPs(result("", DOWN))).toEqual({ daemon: "down", containers: [] });
    const row = {
      ID: "abc",
      Names: "shop-web-1",
      Image: "shop:7",
      State: "exited",
      Status: "Exited (137) 2 minutes ago",
      Ports: "",
      Networks: "shop_default",
      Labels: "com.docker.compose.project=shop,com.docker.compose.service=web",
    };
    expect(parseDockerPs(result(`${JSON.stringify(row)}\n`))?.containers).toMatchObject([
      { name: "shop-web-1", state: "exited", composeProject: "shop", composeService: "web" },
    ]);
  });

  test("inspect", () => {
    const one = {
      Id: "abc",
      Name: "/shop",
      RestartCount: 4,
      State: {
        Status: "running",
        Running: true,
        Paused: false,
        Restarting: false,
        OOMKilled: false,
        Pid: 77,
        ExitCode: 0,
        StartedAt: "2026-11-20T10:00:00Z",
        FinishedAt: "0001-01-01T00:00:00Z",
        Health: { Status: "unhealthy", FailingStreak: 3 },
      },
      Config: { Image: "shop:7", Labels: { "com.docker.compose.project": "shop" } },
      HostConfig: { NetworkMode: "bridge", Memory: 0, RestartPolicy: { Name: "no" } },
      NetworkSettings: {
        Ports: { "3000/tcp": [{ HostIp: "127.0.0.1", HostPort: "8080" }], "9229/tcp": null },
        Networks: { bridge: { IPAddress: "172.17.0.2", Aliases: null } },
      },
    };
    const lines = parseDockerInspect(result(JSON.stringify(one)));
    expect(lines).toEqual(parseDockerInspect(result(JSON.stringify([one], null, 4))));
    expect(lines?.containers[0]).toMatchObject({
      name: "shop",
      restartCount: 4,
      restartPolicy: "no",
      health: "unhealthy",
      failingStreak: 3,
      finishedAt: undefined,
      composeProject: "shop",
      memoryLimit: undefined,
      networks: [{ name: "bridge", address: "172.17.0.2", aliases: [] }],
      ports: [
        { containerPort: 3000, protocol: "tcp", hostAddress: "127.0.0.1", hostPort: 8080 },
        { containerPort: 9229, protocol: "tcp", hostAddress: undefined, hostPort: undefined },
      ],
    });
    expect(
      parseDockerInspect(result("[]", { stderr: "Error: No such object: nosuch\n", exitCode: 1 })),
    ).toEqual({ containers: [], absent: ["nosuch"] });
    expect(parseDockerInspect(result("", DENIED))).toBeUndefined();
  });
});

describe("systemctl's lists", () => {
  test("units, with and without a bullet", () => {
    const text =
      "crash.service loaded activating auto-restart Crash test\n● limit.service loaded failed failed limit.service\nx@a\\x2db.service not-found inactive dead x\n";
    expect(
      parseListUnits(result(text))?.units.map(({ id, activeState, subState }) => [id, activeState, subState]),
    ).toEqual([
      ["crash.service", "activating", "auto-restart"],
      ["limit.service", "failed", "failed"],
      ["x@a\\x2db.service", "inactive", "dead"],
    ]);
    expect(parseListUnits(result(""))).toEqual({ units: [], partial: false });
    expect(
      parseListUnits(result("", { stderr: "System has not been booted with systemd\n", exitCode: 1 })),
    ).toBeUndefined();
  });

  test("unit files and the system's state", () => {
    expect(
      parseListUnitFiles(result("ssh.service enabled enabled\nmsk.service masked -\n"))?.unitFiles,
    ).toEqual([
      { id: "ssh.service", state: "enabled", preset: "enabled" },
      { id: "msk.service", state: "masked", preset: undefined },
    ]);
    expect(parseListUnitFiles(result("", { exitCode: 1 }))).toEqual({ unitFiles: [], partial: false });
    expect(parseIsSystemRunning(result("degraded\n", { exitCode: 1 }))).toEqual({ state: "degraded" });
    expect(parseIsSystemRunning(result("", { exitCode: 1 }))).toBeUndefined();
  });
});

describe("resources", () => {
  test("df: space and inodes", () => {
    const space =
      "Filesystem     1024-blocks     Used Available Capacity Mounted on\n/dev/vda1         20511312 20511312         0     100% /\ntmpfs              1024000        0   1024000       0% /run/my dir\n";
    expect(parseDf(result(space))).toMatchObject({
      inodes: false,
      filesystems: [{ mount: "/", usedPercent: 100, available: 0 }, { mount: "/run/my dir" }],
    });
    const inodes =
      "Filesystem                Inodes  IUsed    IFree IUse% Mounted on\ndevtmpfs                 3083631    114  3083517    1% /dev\nvfat 0 0 0 - /boot/efi\n";
    expect(parseDf(result(inodes))).toMatchObject({
      inodes: true,
      filesystems: [
        { mount: "/dev", usedPercent: 1 },
        { mount: "/boot/efi", usedPercent: undefined },
      ],
    });
  });

  test("memory, pressure, limits", () => {
    expect(
      parseMeminfo(
        result("MemTotal:       4014256 kB\nMemAvailable:    100 kB\nSwapFree:              0 kB\n"),
      ),
    ).toMatchObject({ totalKb: 4_014_256, availableKb: 100, swapFreeKb: 0, swapTotalKb: undefined });
    const pressure =
      "/proc/pressure/memory:some avg10=12.50 avg60=1.00 avg300=0.00 total=5\n/proc/pressure/memory:full avg10=10.00 avg60=0.50 avg300=0.00 total=4\n";
    expect(parsePressure(result(pressure))).toEqual({
      memory: { some: { avg10: 12.5, avg60: 1, avg300: 0 }, full: { avg10: 10, avg60: 0.5, avg300: 0 } },
    });
    const limits =
      "/proc/sys/fs/file-nr:1000\t0\t9223372\n/proc/sys/net/ipv4/ip_local_port_range:32768\t60999\n/proc/sys/net/core/somaxconn:4096\n/proc/loadavg:0.50 1.00 2.00 1/100 77\n/proc/sys/net/netfilter/nf_conntrack_count:12\n";
    expect(
      parseKernelLimits(
        result(limits, {
          stderr: "grep: /proc/sys/net/netfilter/nf_conntrack_max: No such file or directory\n",
          exitCode: 2,
        }),
      ),
    ).toMatchObject({
      filesOpen: 1000,
      filesMax: 9_223_372,
      localPortFrom: 32_768,
      localPortTo: 60_999,
      somaxconn: 4096,
      conntrackCount: 12,
      conntrackMax: undefined,
    });
    expect(parseKernelLimits(result("/proc/loadavg:0.50 1.00 2.00 1/100 77\n"))).toMatchObject({
      load1: 0.5,
      load15: 2,
    });
  });
});

test("parsePhpFpmPool: settings of each pool, commented ones not", () => {
  const text = [
    "/etc/php/8.2/fpm/pool.d/www.conf:1:[www]",
    "/etc/php/8.2/fpm/pool.d/www.conf:2:;listen = /run/old.sock",
    "/etc/php/8.2/fpm/pool.d/www.conf:3:listen = /run/php/$pool.sock",
    "/etc/php/8.2/fpm/pool.d/www.conf:4:listen.mode = 0660 ; only us",
    "/etc/php/8.2/fpm/pool.d/www.conf:5:pm.max_children = 5",
    "/etc/php/8.2/fpm/pool.d/www.conf:6:request_terminate_timeout = 2m",
    "/etc/php/8.2/fpm/pool.d/api.conf:1:[api]",
    "/etc/php/8.2/fpm/pool.d/api.conf:2:listen = 127.0.0.1:9001",
    "/etc/php/8.2/fpm/pool.d/api.conf:3:listen.allowed_clients = 127.0.0.1, 10.0.0.7",
  ].join("\n");
  expect(parsePhpFpmPool(result(text))?.pools).toMatchObject([
    {
      name: "www",
      line: 3,
      listen: "/run/php/www.sock",
      listenMode: "0660",
      maxChildren: 5,
      requestTerminateTimeout: 120,
    },
    { name: "api", line: 2, listen: "127.0.0.1:9001", allowedClients: ["127.0.0.1", "10.0.0.7"] },
  ]);
  expect(
    parsePhpFpmPool(result("", { stderr: "grep: /etc/php: Permission denied\n", exitCode: 2 })),
  ).toBeUndefined();
});

test("parseSupervisorctl", () => {
  const text =
    "shop                             FATAL     Exited too quickly (process log may have details)\napi                              RUNNING   pid 77, uptime 0:10:00\n";
  expect(parseSupervisorctl(result(text, { exitCode: 3 }))?.programs).toEqual([
    {
      name: "shop",
      state: "FATAL",
      detail: "Exited too quickly (process log may have details)",
      pid: undefined,
    },
    { name: "api", state: "RUNNING", detail: "pid 77, uptime 0:10:00", pid: 77 },
  ]);
  expect(
    parseSupervisorctl(result("unix:///var/run/supervisor.sock no such file\n", { exitCode: 4 })),
  ).toBeUndefined();
  expect(parseSupervisorctl(result(""))).toEqual({ programs: [] });
});

describe("history", () => {
  test("dpkg and dnf", () => {
    const dpkg =
      "2026-11-20 10:00:00 startup archives unpack\n2026-11-20 10:00:01 upgrade php8.2-fpm:amd64 8.2.34-1 8.2.35-1\n2026-11-20 10:00:02 install nginx:amd64 <none> 1.22.1-9\n2026-11-20 10:00:03 status installed nginx:amd64 1.22.1-9\n";
    expect(parseDpkgLog(result(dpkg))?.changes).toEqual([
      {
        localTime: "2026-11-20T10:00:01",
        action: "upgrade",
        package: "php8.2-fpm",
        oldVersion: "8.2.34-1",
        newVersion: "8.2.35-1",
      },
      {
        localTime: "2026-11-20T10:00:02",
        action: "install",
        package: "nginx",
        oldVersion: undefined,
        newVersion: "1.22.1-9",
      },
    ]);
    expect(parseDpkgLog(result("", { exitCode: 1, stderr: "tail: cannot open" }))).toBeUndefined();
    const dnf =
      "ID     | Command line             | Date and time    | Action(s)      | Altered\n-----\n    12 | upgrade -y nginx         | 2026-11-20 10:00 | Upgrade        |    3   \n";
    expect(parseDnfHistory(result(dnf))?.transactions).toEqual([
      { id: 12, command: "upgrade -y nginx", localTime: "2026-11-20T10:00", actions: "Upgrade", altered: 3 },
    ]);
  });

  test("boots and core dumps", () => {
    const last =
      "reboot   system boot  6.1.0-18-amd64   2026-11-20T10:38:00+00:00   still running\nreboot   system boot  6.1.0-18-amd64   2026-11-19T10:00:00+00:00 - crash\n\nwtmp begins 2026-11-01T00:00:00+00:00\n";
    expect(parseLastReboot(result(last))?.boots).toMatchObject([
      { start: "2026-11-20T10:38:00+00:00", running: true },
      { crashed: true },
    ]);
    expect(parseLastReboot(result("\nwtmp begins 2026-11-01T00:00:00+00:00\n"))).toEqual({ boots: [] });
    expect(
      parseCoredumpctl(
        result(
          `[{"time":1795170766000000,"pid":9,"uid":33,"gid":33,"sig":11,"corefile":"present","exe":"/usr/bin/node","size":1}]`,
        ),
      )?.dumps,
    ).toEqual([{ at: 1_795_170_766_000, pid: 9, uid: 33, signal: 11, exe: "/usr/bin/node" }]);
    expect(parseCoredumpctl(result("", { stderr: "No coredumps found.\n", exitCode: 1 }))).toEqual({
      dumps: [],
    });
  });
});

test("parseSudoList, also behind redaction", () => {
  const text =
    "Matching Defaults entries for ops on web-1:\n    env_reset, secure_path=/usr/sbin\\:/usr/bin\n\nUser ops may run the following commands on web-1:\n    (root) NOPASSWD: /usr/sbin/nginx -T, /usr/bin/systemctl restart shop\n    (deploy) /usr/bin/pm2 jlist\n";
  for (const stdout of [text, redact(text)]) {
    expect(parseSudoList(result(stdout))).toEqual({
      listed: true,
      rules: [
        {
          runAs: "root",
          passwordless: true,
          commands: ["/usr/sbin/nginx -T", "/usr/bin/systemctl restart shop"],
        },
        { runAs: "deploy", passwordless: false, commands: ["/usr/bin/pm2 jlist"] },
      ],
      all: false,
    });
  }
  expect(parseSudoList(result("    (ALL : ALL) NOPASSWD: ALL\n"))?.all).toBe(true);
  expect(parseSudoList(result("", { exitCode: 127 }))).toBeUndefined();
});
