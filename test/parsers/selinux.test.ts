import { describe, expect, test } from "vitest";
import { parseAaStatus } from "../../src/parsers/aa-status.ts";
import { parseAuditAvc } from "../../src/parsers/audit-avc.ts";
import { parseGetenforce } from "../../src/parsers/getenforce.ts";
import { parseGetsebool } from "../../src/parsers/getsebool.ts";
import { parseKernelLog } from "../../src/parsers/kernel-log.ts";
import { parsePsSelinux } from "../../src/parsers/ps-selinux.ts";
import { labelsOfPort, parseSemanagePort } from "../../src/parsers/semanage-port.ts";
import { parseSestatus } from "../../src/parsers/sestatus.ts";
import { captured, result, transcript } from "./captured.ts";

describe("SELinux", () => {
  test("getenforce; a missing tool is not: disabled", () => {
    expect(parseGetenforce(transcript("enf-then-setenforce0__getenforce__root"))).toEqual({
      mode: "permissive",
    });
    expect(parseGetenforce(transcript("clean-enf-port3000__getenforce__plain"))).toBeUndefined();
    expect(parseGetenforce(result("1"))).toEqual({ mode: "enforcing" });
    expect(parseGetenforce(result("Disabled\n"))).toEqual({ mode: "disabled" });
  });

  test("getsebool", () => {
    expect(
      parseGetsebool(transcript("clean-enf-port3000__getsebool-sbinpath__plain"))?.booleans,
    ).toMatchObject({ httpd_can_network_connect: false });
    expect(parseGetsebool(transcript("clean-enf-port3000__getsebool__plain"))).toBeUndefined();
    expect(parseGetsebool(result("", { stderr: "getsebool:  SELinux is disabled\n", exitCode: 1 }))).toEqual({
      enabled: false,
      booleans: {},
    });
  });

  test("sestatus", () => {
    expect(parseSestatus(transcript("clean-enf-port3000__sestatus__root"))).toMatchObject({
      enabled: true,
      mode: "enforcing",
    });
  });

  test("semanage port: 3001 lies in a range", () => {
    const facts = parseSemanagePort(transcript("clean-enf-port3000__semanage-port-3000__root"));
    expect(facts?.ports).toHaveLength(2);
    expect(labelsOfPort(facts ?? { ports: [] }, 3001)).toEqual(["ntop_port_t"]);
    expect(labelsOfPort(facts ?? { ports: [] }, 3002)).toEqual([]);
    expect(parseSemanagePort(transcript("clean-enf-port3000__semanage-port__root"))?.ports.length).toBe(8);
    expect(parseSemanagePort(transcript("clean-enf-port3000__semanage-port-3000__plain"))).toBeUndefined();
  });

  test("nginx's domain", () => {
    expect(parsePsSelinux(transcript("clean-enf-port3000__ps-eZ-nginx__plain"))?.processes[0]).toMatchObject({
      pid: 349,
      domain: "httpd_t",
      command: "nginx",
    });
    expect(parsePsSelinux(result("-    1 ?   00:00:01 init\n"))).toBeUndefined();
  });

  test("denials, raw and interpreted", () => {
    expect(parseAuditAvc(transcript("enf-unix-srv-var_t__ausearch__root"))?.denials[0]).toEqual({
      at: 1_795_170_762_424,
      permissions: ["write"],
      pid: 1149,
      command: "nginx",
      port: undefined,
      path: undefined,
      name: "app.sock",
      source: "httpd_t",
      target: "var_t",
      class: "sock_file",
      permissive: false,
    });
    expect(parseAuditAvc(transcript("clean-enf-port3000__ausearch-i-nginx__root"))?.denials[0]).toMatchObject(
      {
        at: undefined,
        permissions: ["name_connect"],
        port: 3000,
        command: "nginx",
        target: "ntop_port_t",
        class: "tcp_socket",
      },
    );
    expect(parseAuditAvc(transcript("enf-permissive-domain__ausearch__root"))?.denials[0]?.permissive).toBe(
      true,
    );
  });

  test("no matches is an empty list, no rights is none", () => {
    expect(parseAuditAvc(transcript("enf-auditd-stopped__ausearch__root"))).toEqual({
      denials: [],
      partial: false,
    });
    expect(
      parseAuditAvc(result("", { stderr: "Error opening config file (Permission denied)\n", exitCode: 1 })),
    ).toBeUndefined();
  });

  test("the same denials in the kernel log and the audit transport", () => {
    expect(
      parseKernelLog(transcript("enf-auditd-stopped__journalctl-k-g-avc__root"))?.avcDenials[0],
    ).toMatchObject({ port: 3000, at: 1_795_170_963_776 });
    expect(parseKernelLog(transcript("enf-auditd-stopped__journalctl-audit__root"))?.avcDenials).toHaveLength(
      2,
    );
  });
});

describe("parseKernelLog", () => {
  test("a captured kill by a control group's limit", () => {
    const facts = parseKernelLog(result(captured("host/kernel-oom.txt")));
    expect(facts?.oomKills).toHaveLength(1);
    expect(facts?.oomKills[0]).toMatchObject({
      constraint: "memcg",
      oomMemcg: "/laboom",
      task: "python3",
      pid: 11_996,
      uid: 0,
      anonRssKb: 30_464,
    });
  });

  test("its other lines", () => {
    const facts = parseKernelLog(
      result(
        [
          "1795170766.123456 web kernel: node[123]: segfault at 0 ip 00007f sp 00007f error 4 in libc.so.6[7f+1]",
          "1795170767.123456 web kernel: nf_conntrack: nf_conntrack: table full, dropping packet",
          "1795170768.123456 web kernel: TCP: request_sock_TCP: Possible SYN flooding on port 127.0.0.1:3000. Sending cookies.",
          `1795170769.123456 web kernel: audit: type=1400 audit(1795170769.100:5): apparmor="DENIED" operation="connect" profile="/usr/sbin/nginx" name="/run/app.sock" pid=77 comm="nginx" requested_mask="wr" denied_mask="wr"`,
          "[ 1775.397413] Out of memory: Killed process 9 (java) total-vm:1kB, anon-rss:2kB",
        ].join("\n"),
      ),
    );
    expect(facts?.segfaults[0]).toMatchObject({
      task: "node",
      pid: 123,
      object: "libc.so.6",
      at: 1_795_170_766_123,
    });
    expect(facts?.conntrackFull).toHaveLength(1);
    expect(facts?.synFlooding[0]).toMatchObject({ port: 3000, cookies: true });
    expect(facts?.apparmorDenials[0]).toMatchObject({
      operation: "connect",
      profile: "/usr/sbin/nginx",
      name: "/run/app.sock",
      pid: 77,
    });
    expect(facts?.oomKills[0]).toMatchObject({
      constraint: "none",
      task: "java",
      pid: 9,
      anonRssKb: 2,
      at: undefined,
    });
  });

  test("nothing found, and not allowed to look", () => {
    const journal = JSON.stringify({
      __REALTIME_TIMESTAMP: "1795170766000123",
      MESSAGE: "usb 1-1: new device",
    });
    expect(parseKernelLog(result(journal))).toMatchObject({ oomKills: [], lines: 1 });
    expect(
      parseKernelLog(
        result("", { stderr: "dmesg: read kernel buffer failed: Operation not permitted\n", exitCode: 1 }),
      ),
    ).toBeUndefined();
    expect(
      parseKernelLog(
        result("-- No entries --\n", {
          stderr: "Hint: You are currently not seeing messages from other users\n",
          exitCode: 1,
        }),
      ),
    ).toBeUndefined();
  });
});

test("parseAaStatus", () => {
  const json = `{"version":"2","profiles":{"/usr/sbin/nginx":"enforce"},"processes":{"/usr/sbin/nginx":[{"profile":"/usr/sbin/nginx","pid":"77","status":"enforce"}]}}`;
  expect(parseAaStatus(result(json))?.processes).toEqual([
    { program: "/usr/sbin/nginx", pid: 77, profile: "/usr/sbin/nginx", mode: "enforce" },
  ]);
  expect(parseAaStatus(result("apparmor module is not loaded.\n", { exitCode: 1 }))).toBeUndefined();
});
