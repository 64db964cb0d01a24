import { describe, expect, test } from "vitest";
import { parseSocketAddress } from "../../src/parsers/socket-address.ts";
import { parseSsTan } from "../../src/parsers/ss-tan.ts";
import { parseSsTcp } from "../../src/parsers/ss-tcp.ts";
import { parseSsUnix } from "../../src/parsers/ss-unix.ts";
import { captured, result } from "./captured.ts";

describe("parseSsTcp", () => {
  const listeners = parseSsTcp(result(captured("host/ss-tcp.txt")))?.listeners ?? [];

  test("addresses, queues and who owns the socket", () => {
    expect(listeners.map(({ address, port, v6only }) => [address, port, v6only])).toEqual([
      ["127.0.0.1", 47_004, undefined],
      ["0.0.0.0", 2024, undefined],
      ["::1", 47_003, true],
      ["*", 47_001, false],
      ["::", 47_002, true],
    ]);
    expect(listeners[0]).toMatchObject({ recvQ: 0, sendQ: 7, inode: 103_804, uid: 0 });
    expect(listeners[0]?.owners).toEqual([
      { name: "python3", pid: 7362, fd: 8 },
      { name: "python3", pid: 7320, fd: 8 },
    ]);
  });

  test("no owner shown is not: no owner", () => {
    expect(listeners[1]?.owners).toBeUndefined();
  });

  test("no listener at all, and no answer", () => {
    expect(parseSsTcp(result(""))).toEqual({ listeners: [], partial: false });
    expect(
      parseSsTcp(result("", { stderr: "Cannot open netlink socket: Permission denied\n", exitCode: 255 })),
    ).toBeUndefined();
    expect(parseSsTcp(result("what is this\n"))).toBeUndefined();
  });

  test.each([
    ["*:80", { address: "*", port: 80 }],
    ["[::]:80", { address: "::", port: 80 }],
    [":::80", { address: "::", port: 80 }],
    ["::1:3000", { address: "::1", port: 3000 }],
    ["10.0.0.5%eth0:53", { address: "10.0.0.5", port: 53, interface: "eth0" }],
    ["[fe80::1]%eth0:80", { address: "fe80::1", port: 80, interface: "eth0" }],
    ["[fe80::1%eth0]:80", { address: "fe80::1", port: 80, interface: "eth0" }],
    ["[::ffff:127.0.0.1]:80", { address: "::ffff:127.0.0.1", port: 80 }],
    ["0.0.0.0:*", { address: "0.0.0.0" }],
  ])("the address %s", (text, expected) => {
    expect(parseSocketAddress(text)).toEqual({ port: undefined, interface: undefined, ...expected });
  });
});

test("parseSsUnix: a path with a blank, both inodes, an abstract socket", () => {
  const sockets = parseSsUnix(result(captured("host/ss-unix.txt")))?.sockets;
  expect(sockets).toHaveLength(2);
  expect(sockets?.[0]).toMatchObject({
    type: "stream",
    path: "/tmp/pars test.sock",
    sendQ: 5,
    socketInode: 103_799,
    fileInode: 2_146_318,
  });
  expect(sockets?.[0]?.owners?.map((one) => one.pid)).toEqual([7362, 7320]);
  expect(sockets?.[1]).toMatchObject({ path: "@absfoo", fileInode: undefined });
});

test("parseSsTan counts by state and by peer", () => {
  const text =
    "ESTAB 0 0 10.0.0.1:50001 10.0.0.5:3000\nTIME-WAIT 0 0 10.0.0.1:50002 10.0.0.5:3000\nLISTEN 0 5 0.0.0.0:80 0.0.0.0:*\n";
  expect(parseSsTan(result(text))).toEqual({
    total: 3,
    states: { ESTAB: 1, "TIME-WAIT": 1, LISTEN: 1 },
    peers: [{ address: "10.0.0.5", port: 3000, total: 2, states: { ESTAB: 1, "TIME-WAIT": 1 } }],
    partial: false,
  });
});
