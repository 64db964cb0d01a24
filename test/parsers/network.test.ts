import { describe, expect, test } from "vitest";
import { inRange } from "../../src/parsers/address-range.ts";
import { parseDig } from "../../src/parsers/dig.ts";
import { parseGetent } from "../../src/parsers/getent.ts";
import { parseIpAddr } from "../../src/parsers/ip-addr.ts";
import { parseIpNeigh } from "../../src/parsers/ip-neigh.ts";
import { parseIpRoute } from "../../src/parsers/ip-route.ts";
import { parseNstat } from "../../src/parsers/nstat.ts";
import { parseOpensslSclient } from "../../src/parsers/openssl-sclient.ts";
import { parseResolv } from "../../src/parsers/resolv.ts";
import { parseX509 } from "../../src/parsers/x509.ts";
import { result, transcript } from "./captured.ts";

describe("parseIpRoute", () => {
  test.each([
    ["enf-boolean-on-route-prohibit__ip-route-get__root", { outcome: "prohibited", errno: 13 }],
    ["enf-boolean-on-route-unreachable__ip-route-get__root", { outcome: "unreachable", errno: 113 }],
    ["enf-boolean-on-route-blackhole__ip-route-get__root", { outcome: "blackhole", errno: 22 }],
  ])("%s", (name, expected) => {
    expect(parseIpRoute(transcript(name))).toMatchObject(expected);
  });

  test("captured answers, as JSON and as text", () => {
    const local = `[{"type":"local","dst":"127.0.0.1","dev":"lo","prefsrc":"127.0.0.1","flags":[],"uid":0,"cache":["local"]}]`;
    expect(parseIpRoute(result(local))).toMatchObject({ outcome: "reachable", local: true, device: "lo" });
    const far = `[{"dst":"240.0.0.1","gateway":"192.0.2.1","dev":"eth0","prefsrc":"192.0.2.2","flags":[],"uid":0,"cache":[]}]`;
    expect(parseIpRoute(result(far))).toMatchObject({
      outcome: "reachable",
      local: false,
      gateway: "192.0.2.1",
      source: "192.0.2.2",
    });
    expect(
      parseIpRoute(result("240.0.0.1 via 192.0.2.1 dev eth0 src 192.0.2.2 uid 0 \n    cache \n")),
    ).toMatchObject({ gateway: "192.0.2.1", device: "eth0" });
    expect(parseIpRoute(result("local 127.0.0.1 dev lo src 127.0.0.1 uid 0 \n"))).toMatchObject({
      local: true,
    });
    expect(
      parseIpRoute(result("", { stderr: "RTNETLINK answers: Network is unreachable\n", exitCode: 2 })),
    ).toMatchObject({ outcome: "no-route", errno: 101 });
    expect(parseIpRoute(result("hello there\n"))).toBeUndefined();
  });
});

test("parseIpNeigh and parseIpAddr on captured JSON", () => {
  const neighbours = `[{"dst":"192.0.2.1","dev":"eth0","lladdr":"02:fc:00:00:00:05","state":["STALE"]},{"dst":"fd00::1","dev":"eth0","state":["FAILED"]}]`;
  expect(parseIpNeigh(result(neighbours))?.neighbours[1]).toEqual({
    address: "fd00::1",
    device: "eth0",
    mac: undefined,
    states: ["FAILED"],
  });
  expect(parseIpNeigh(result(""))).toEqual({ neighbours: [] });
  const text =
    "192.0.2.1 dev eth0 lladdr 02:fc:00:00:00:05 STALE \nfd00::1 dev eth0 router FAILED\n10.9.9.9 dev eth0 INCOMPLETE\n";
  expect(parseIpNeigh(result(text))?.neighbours.map((one) => [one.address, one.states])).toEqual([
    ["192.0.2.1", ["STALE"]],
    ["fd00::1", ["FAILED"]],
    ["10.9.9.9", ["INCOMPLETE"]],
  ]);
  const links = `[{"ifindex":1,"ifname":"lo","flags":["LOOPBACK","UP","LOWER_UP"],"addr_info":[{"family":"inet","local":"127.0.0.1","prefixlen":8},{"family":"inet6","local":"::1","prefixlen":128}]}]`;
  expect(parseIpAddr(result(links))?.addresses).toEqual([
    { address: "127.0.0.1", prefix: 8, interface: "lo", family: "inet", up: true },
    { address: "::1", prefix: 128, interface: "lo", family: "inet6", up: true },
  ]);
});

test("parseGetent: a name that does not resolve is an answer", () => {
  expect(
    parseGetent(
      result("127.0.0.1       STREAM localhost\n127.0.0.1       DGRAM  \n::1             STREAM \n"),
    ),
  ).toEqual({ found: true, addresses: ["127.0.0.1", "::1"] });
  expect(parseGetent(result("", { exitCode: 2 }))).toEqual({ found: false, addresses: [] });
  expect(parseGetent(result("", { exitCode: 1 }))).toBeUndefined();
});

test("parseDig: an answer, no such name, nobody there", () => {
  const answer =
    ";; ->>HEADER<<- opcode: QUERY, status: NOERROR, id: 1\n;; ANSWER SECTION:\nshop.example.test.\t60\tIN\tA\t10.0.0.5\nshop.example.test.\t60\tIN\tA\t10.0.0.6\n\n;; Query time: 3 msec\n;; SERVER: 127.0.0.53#53(127.0.0.53)\n";
  expect(parseDig(result(answer))).toMatchObject({ status: "NOERROR", server: "127.0.0.53", queryMs: 3 });
  expect(parseDig(result(answer))?.records.map((one) => one.value)).toEqual(["10.0.0.5", "10.0.0.6"]);
  expect(parseDig(result(";; ->>HEADER<<- opcode: QUERY, status: NXDOMAIN, id: 1\n"))).toMatchObject({
    status: "NXDOMAIN",
    records: [],
  });
  expect(
    parseDig(
      result(
        ";; communications error to 127.0.0.1#53: connection refused\n;; no servers could be reached\n",
        { exitCode: 9 },
      ),
    )?.status,
  ).toBe("refused");
  expect(
    parseDig(
      result(";; communications error to 10.9.9.9#53: timed out\n;; no servers could be reached\n", {
        exitCode: 9,
      }),
    )?.status,
  ).toBe("timeout");
  expect(parseDig(result("garbage"))).toBeUndefined();
});

test("parseResolv", () => {
  const text = "# made by hand\nnameserver 127.0.0.53\nsearch a.test b.test\noptions timeout:1 attempts:1\n";
  expect(parseResolv(result(text))).toEqual({
    nameservers: ["127.0.0.53"],
    search: ["a.test", "b.test"],
    options: ["timeout:1", "attempts:1"],
  });
});

test("parseNstat", () => {
  const text =
    "#kernel\nTcpExtListenOverflows           4                  0.0\nTcpExtListenDrops               0                  0.0\n";
  expect(parseNstat(result(text))?.counters).toEqual({ TcpExtListenOverflows: 4, TcpExtListenDrops: 0 });
  expect(parseNstat(result(""))).toBeUndefined();
});

describe("parseOpensslSclient", () => {
  test.each([
    [
      "CONNECTED(00000003)\n40E7:error:0A000458:SSL routines:ssl3_read_bytes:tlsv1 unrecognized name:../ssl:1586:SSL alert number 112\n",
      { outcome: "alert", alert: 112 },
    ],
    [
      "CONNECTED(00000003)\n40E7:error:0A00010B:SSL routines:ssl3_get_record:wrong version number:../ssl:354:\n",
      { outcome: "wrong-version" },
    ],
    [
      "4007:error:8000006F:system library:BIO_connect:Connection refused:../crypto:119:calling connect()\nconnect:errno=111\n",
      { outcome: "refused" },
    ],
    [
      "CONNECTED(00000003)\nsubject=CN = shop.example.test\nissuer=CN = fake CA\nNew, TLSv1.3, Cipher is TLS_AES_256_GCM_SHA384\nVerify return code: 10 (certificate has expired)\n",
      { outcome: "handshake", protocol: "TLSv1.3", verifyCode: 10, subject: "CN = shop.example.test" },
    ],
    [
      "CONNECTION ESTABLISHED\nProtocol version: TLSv1.3\nCiphersuite: TLS_AES_256_GCM_SHA384\nPeer certificate: CN = x\nVerification: OK\n",
      { outcome: "handshake", protocol: "TLSv1.3", verifyCode: 0 },
    ],
    [
      "CONNECTED(00000003)\n40:error:0A000126:SSL routines:ssl3_read_n:unexpected eof while reading:../ssl:303:\n",
      { outcome: "closed" },
    ],
  ])("%#", (stderr, expected) => {
    expect(parseOpensslSclient(result("", { stderr, exitCode: 1 }))).toMatchObject(expected);
  });
});

test("parseX509", () => {
  const text =
    "subject=CN = shop.example.test\nissuer=CN = fake CA\nnotBefore=Nov  1 00:00:00 2026 GMT\nnotAfter=Nov 20 10:00:00 2026 GMT\nX509v3 Subject Alternative Name: \n    DNS:shop.example.test, DNS:*.example.test, IP Address:10.0.0.5\n";
  expect(parseX509(result(text))).toEqual({
    subject: "CN = shop.example.test",
    issuer: "CN = fake CA",
    notBefore: Date.UTC(2026, 10, 1) / 1000,
    notAfter: Date.UTC(2026, 10, 20, 10) / 1000,
    dnsNames: ["shop.example.test", "*.example.test"],
    ipAddresses: ["10.0.0.5"],
  });
  expect(parseX509(result("", { stderr: "Could not read certificate\n", exitCode: 1 }))).toBeUndefined();
});

test.each([
  ["10.0.0.5", "10.0.0.0/8", true],
  ["10.0.0.5", "10.0.0.0/255.0.0.0", true],
  ["11.0.0.5", "10.0.0.0/8", false],
  ["10.0.0.5", "10.0.0.1-10.0.0.9", true],
  ["::1", "::/0", true],
  ["::1", "10.0.0.0/8", false],
  ["10.0.0.5", "@bad", undefined],
  ["not an address", "10.0.0.0/8", undefined],
  ["10.0.0.5", "10.0.0.0/99", undefined],
])("inRange(%s, %s)", (address, range, expected) => {
  expect(inRange(address, range)).toBe(expected);
});
