import { describe, expect, test } from "vitest";
import { parseMemoryEvents } from "../../src/parsers/memory-events.ts";
import { parseMeta, parseZoneOffset } from "../../src/parsers/meta.ts";
import { parseCgroup } from "../../src/parsers/proc-cgroup.ts";
import { parseProc } from "../../src/parsers/proc.ts";
import { result } from "./captured.ts";

const ID = "0123456789abcdef".repeat(4);

describe("parseCgroup", () => {
  test.each([
    ["0::/system.slice/orphan.service", { unit: "orphan.service", slice: "system.slice", userUnit: false }],
    [
      "9:name=systemd:/system.slice/orphan.service\n0::/system.slice/orphan.service",
      { unit: "orphan.service" },
    ],
    ["9:name=systemd:/\n4:memory:/system.slice/x.service\n0::/", { unit: "x.service" }],
    [
      "0::/system.slice/system-gunicorn.slice/gunicorn@shop.service",
      { unit: "gunicorn@shop.service", slice: "system-gunicorn.slice" },
    ],
    [
      "0::/user.slice/user-1000.slice/user@1000.service/app.slice/shop.service",
      { unit: "shop.service", userUnit: true },
    ],
    ["0::/user.slice/user-0.slice/session-3.scope", { unit: "session-3.scope", userUnit: false }],
    [`0::/system.slice/docker-${ID}.scope`, { containerId: ID, unit: `docker-${ID}.scope` }],
    [`12:memory:/docker/${ID}\n1:name=systemd:/docker/${ID}`, { containerId: ID, unit: undefined }],
    [`0::/kubepods.slice/kubepods-pod1.slice/cri-containerd-${ID}.scope`, { containerId: ID, pod: true }],
    ["0::/", { unit: undefined, containerId: undefined }],
  ])("%s", (text, expected) => {
    expect(parseCgroup(text)).toMatchObject(expected);
  });
});

describe("parseProc", () => {
  const stdout = [
    "/proc/43/cgroup:0::/system.slice/orphan.service",
    "/proc/43/status:Name:\tnode (a) b",
    "/proc/43/status:PPid:\t1",
    "/proc/43/status:Uid:\t1000\t1001\t1001\t1001",
    "/proc/43/status:Groups:\t33 1001 ",
    "/proc/43/stat:43 (node (a) b) S 1 43 43 0 -1 4194560 1 0 0 0 5 2 0 0 20 0 11 0 214748 1 2 3",
    "/proc/43/limits:Max open files            1024                 524288               files     ",
    "/proc/43/cmdline:/usr/bin/node\0server.js\0--name\0a b\0",
    "'/proc/43/exe' -> '/usr/bin/node'",
    "'/proc/43/ns/net' -> 'net:[4026531840]'",
    "/proc/43/fd/2 /var/log/nginx/error.log (deleted)",
    "/proc/44/fd:",
    "total 0",
    "lrwx------ 1 root root 64 Nov 20 10:00 3 -> socket:[1207]",
    "l-wx------ 1 root root 64 Nov 20 10:00 4 -> /var/log/nginx/access.log",
  ].join("\n");
  const stderr =
    "stat: cannot readlink '/proc/50/exe': Permission denied\ngrep: /proc/51/status: No such file or directory\n";

  test("one process from many files", () => {
    const facts = parseProc(result(stdout, { stderr, exitCode: 1 }));
    expect(facts?.processes[0]).toMatchObject({
      pid: 43,
      ppid: 1,
      uid: 1001,
      groups: [33, 1001],
      startTicks: 214_748,
      nofileSoft: 1024,
      nofileHard: 524_288,
      cmdline: ["/usr/bin/node", "server.js", "--name", "a b"],
      exe: "/usr/bin/node",
      netNamespace: "net:[4026531840]",
      fds: [{ fd: 2, target: "/var/log/nginx/error.log", deleted: true }],
    });
    expect(facts?.processes[0]?.cgroup?.unit).toBe("orphan.service");
    expect(facts?.processes[1]).toMatchObject({
      pid: 44,
      fds: [
        { fd: 3, target: "socket:[1207]" },
        { fd: 4, target: "/var/log/nginx/access.log" },
      ],
    });
    expect(facts).toMatchObject({ denied: [50], gone: [51] });
  });

  test("nothing readable is no answer", () => {
    expect(parseProc(result("", { exitCode: 1 }))).toBeUndefined();
  });
});

test("parseMemoryEvents reads both versions of control groups", () => {
  expect(parseMemoryEvents(result("low 0\nhigh 0\nmax 12\noom 3\noom_kill 2\n"))).toEqual({
    oomKill: 2,
    max: 12,
  });
  expect(parseMemoryEvents(result("oom_kill_disable 0\nunder_oom 0\noom_kill 1\n"))).toEqual({
    oomKill: 1,
    max: undefined,
  });
  expect(parseMemoryEvents(result("max 12\n"))).toBeUndefined();
});

test("parseMeta", () => {
  const text = `uid=1000\nuser=ops\nepoch=1795170766\ntz=-0530\nuptime=667.12 900.00\nboot_id=abc\ninit=systemd\nkernel=6.18\nhostname=web-1\nID=almalinux\nID_LIKE="rhel centos fedora"\nVERSION_ID="9.4"\n`;
  expect(parseMeta(result(text))).toMatchObject({
    uid: 1000,
    epoch: 1_795_170_766,
    zoneOffsetMinutes: -330,
    uptimeSeconds: 667.12,
    init: "systemd",
    osId: "almalinux",
    osLike: ["rhel", "centos", "fedora"],
    osVersion: "9.4",
  });
  expect(parseMeta(result("nothing"))).toBeUndefined();
  expect(["+0000", "+01:00", "-0030", "UTC"].map((zone) => parseZoneOffset(zone))).toEqual([
    0,
    60,
    -30,
    undefined,
  ]);
});
