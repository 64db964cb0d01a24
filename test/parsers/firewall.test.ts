import { describe, expect, test } from "vitest";
import { parseFirewallCmd } from "../../src/parsers/firewall-cmd.ts";
import type { Firewall } from "../../src/parsers/firewall-rule.ts";
import { blockingRules, type Packet, redirections } from "../../src/parsers/firewall-walk.ts";
import { parseIptablesSave } from "../../src/parsers/iptables-save.ts";
import { parseNft } from "../../src/parsers/nft.ts";
import { parseUfwStatus } from "../../src/parsers/ufw-status.ts";
import { captured, result } from "./captured.ts";

const save = (...rules: string[]): Firewall => {
  const head = [
    "*filter",
    ":INPUT ACCEPT [0:0]",
    ":FORWARD ACCEPT [0:0]",
    ":OUTPUT ACCEPT [0:0]",
    ":guard - [0:0]",
  ];
  const facts = parseIptablesSave(result([...head, ...rules, "COMMIT"].join("\n")));
  if (facts === undefined) throw new Error("not parsed");
  return facts;
};
const to3000: Packet = { dst: "127.0.0.1", port: 3000, uid: 33, hook: "output", interface: "lo" };
const stops = (firewall: Firewall, packet: Packet = to3000) =>
  blockingRules(firewall, packet).map(({ rule, verdict, certain }) => [rule?.rejectWith ?? verdict, certain]);

describe("iptables", () => {
  test("a rule by source: judged where the source is known, else perhaps", () => {
    const firewall = save("-A INPUT -s 10.77.0.0/24 -p tcp -m tcp --dport 3000 -j DROP");
    const entering = { dst: "10.77.0.2", port: 3000, hook: "input" } as const;
    expect(stops(firewall, entering)).toEqual([["drop", false]]);
    expect(stops(firewall, { ...entering, src: "10.77.0.1" })).toEqual([["drop", true]]);
    expect(stops(firewall, { ...entering, src: "10.78.0.1" })).toEqual([]);
  });

  test("a reject with its counter", () => {
    const firewall = save(
      "[12:720] -A OUTPUT -d 127.0.0.1/32 -p tcp -m tcp --dport 3000 -j REJECT --reject-with icmp-port-unreachable",
    );
    expect(stops(firewall)).toEqual([["icmp-port-unreachable", true]]);
    expect(blockingRules(firewall, to3000)[0]?.rule?.packets).toBe(12);
    expect(stops(firewall, { ...to3000, port: 3001 })).toEqual([]);
    expect(stops(firewall, { ...to3000, dst: "10.0.0.5" })).toEqual([]);
    expect(stops(firewall, { ...to3000, dst: "::1" })).toEqual([]);
    expect(stops(firewall, { ...to3000, hook: "input" })).toEqual([]);
  });

  test("the first match wins, states of old connections do not match", () => {
    const accept = "[0:0] -A OUTPUT -p tcp --dport 3000 -j ACCEPT";
    const drop = "[0:0] -A OUTPUT -p tcp -m multiport --dports 80,3000:3010 -j DROP";
    expect(stops(save(accept, drop))).toEqual([]);
    expect(stops(save(drop, accept))).toEqual([["drop", true]]);
    expect(stops(save("[9:9] -A OUTPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT", drop))).toEqual(
      [["drop", true]],
    );
  });

  test("by user: nginx's is stopped, root's is not, an unknown one perhaps", () => {
    const firewall = save(
      "[0:0] -A OUTPUT -p tcp -m owner --uid-owner 33 -m tcp --dport 3000 -j REJECT --reject-with tcp-reset",
    );
    expect(stops(firewall)).toEqual([["tcp-reset", true]]);
    expect(stops(firewall, { ...to3000, uid: 0 })).toEqual([]);
    expect(stops(firewall, { dst: "127.0.0.1", port: 3000, hook: "output" })).toEqual([["tcp-reset", false]]);
  });

  test("through a chain of its own, and back from it", () => {
    const jump = "[0:0] -A OUTPUT -o lo -j guard";
    expect(stops(save(jump, "[0:0] -A guard -p tcp --dport 3000 -j DROP"))).toEqual([["drop", true]]);
    expect(stops(save(jump, "[0:0] -A guard -j RETURN", "[0:0] -A guard -j DROP"))).toEqual([]);
    expect(stops(save("[0:0] -A OUTPUT -o eth0 -j guard", "[0:0] -A guard -j DROP"))).toEqual([]);
  });

  test("what cannot be judged is never certain", () => {
    expect(stops(save("[0:0] -A OUTPUT -p tcp -m set --match-set bad dst -j DROP"))).toEqual([
      ["drop", false],
    ]);
    expect(stops(save("[0:0] -A OUTPUT ! -d 10.0.0.0/8 -p tcp -j DROP"))).toEqual([["drop", true]]);
    expect(stops(save("[0:0] -A OUTPUT ! -d 127.0.0.0/8 -p tcp -j DROP"))).toEqual([]);
  });

  test("a policy", () => {
    const facts = parseIptablesSave(
      result("*filter\n:OUTPUT DROP [5:300]\n[0:0] -A OUTPUT -p udp -j ACCEPT\nCOMMIT\n"),
    );
    expect(stops(facts ?? { chains: [] })).toEqual([["drop", true]]);
  });

  test("no rules, and no right to read them", () => {
    expect(parseIptablesSave(result(""))).toEqual({ chains: [] });
    expect(
      parseIptablesSave(
        result("", {
          stderr:
            "iptables-save v1.8.9 (nf_tables): Could not fetch rule set generation id: Permission denied (you must be root)\n",
          exitCode: 4,
        }),
      ),
    ).toBeUndefined();
  });
});

describe("nft", () => {
  const nft = (rule: string, more = "", type = "filter", policy = "accept"): Firewall =>
    parseNft(
      result(
        `table inet f {\n${more}\tchain out {\n\t\ttype ${type} hook output priority filter; policy ${policy};\n\t\t${rule}\n\t}\n}\n`,
      ),
    ) ?? { chains: [] };

  test("ports: one, a set, a range, a named set", () => {
    const blocked =
      "\tset blocked {\n\t\ttype inet_service\n\t\tflags interval\n\t\telements = { 80 timeout 1h expires 59m,\n\t\t\t     2999-3001 }\n\t}\n";
    for (const ports of ["3000", "{ 80, 3000 }", "2999-3001", "{ 1-4000 }", "@blocked"])
      expect(
        stops(nft(`tcp dport ${ports} counter packets 4 bytes 240 reject with tcp reset`, blocked)),
      ).toEqual([["tcp-reset", true]]);
    expect(stops(nft("tcp dport 3001 drop"))).toEqual([]);
    expect(stops(nft("tcp dport @elsewhere drop"))).toEqual([["drop", false]]);
  });

  test("addresses, users, interfaces, states, and none of them", () => {
    expect(stops(nft("ip daddr 127.0.0.0/8 drop"))).toEqual([["drop", true]]);
    expect(stops(nft("ip daddr 10.0.0.5 drop"))).toEqual([]);
    expect(stops(nft("meta skuid 33 reject with icmpx admin-prohibited"))).toEqual([
      ["icmp-admin-prohibited", true],
    ]);
    expect(stops(nft('oifname "eth0" drop'))).toEqual([]);
    expect(stops(nft('oifname != "eth0" tcp dport != 22 drop'))).toEqual([["drop", true]]);
    expect(stops(nft("tcp dport != 3000 drop"))).toEqual([]);
    expect(stops(nft("ct state established,related drop"))).toEqual([]);
    for (const other of [
      "udp dport 3000",
      "icmp type { echo-request, echo-reply }",
      "icmpv6 type != 136",
      "esp spi 7",
    ])
      expect(stops(nft(`${other} accept\n\t\ttcp dport 3000 drop`))).toEqual([["drop", true]]);
    expect(stops(nft("ip saddr . tcp dport @pairs drop"))).toEqual([["drop", false]]);
    expect(stops(nft("tcp dport 3000 limit rate 5/second drop"))).toEqual([["drop", false]]);
  });

  test("a verdict map: its own words or a named one, and chains that it leads to", () => {
    const fortress =
      "\tmap services {\n\t\ttype inet_service : verdict\n\t\telements = { 22 : accept, 3000 : jump quarantine }\n\t}\n\tchain quarantine {\n\t\tcounter packets 0 bytes 0 reject with icmpx admin-prohibited\n\t}\n";
    expect(stops(nft("tcp dport vmap @services", fortress))).toEqual([["icmp-admin-prohibited", true]]);
    expect(stops(nft("tcp dport vmap @services", fortress), { ...to3000, port: 22 })).toEqual([]);
    expect(stops(nft("tcp dport vmap { 22 : accept, 3000 : accept }", "", "filter", "drop"))).toEqual([]);
    expect(stops(nft("tcp dport vmap { 22 : accept }", "", "filter", "drop"))).toEqual([["drop", true]]);
    expect(stops(nft("tcp dport vmap @elsewhere", "", "filter", "drop"))).toEqual([["drop", false]]);
    const states = "ct state vmap { established : accept, related : accept }";
    expect(stops(nft(states, "", "filter", "drop"))).toEqual([["drop", true]]);
    expect(stops(nft('tcp dport 3000 log prefix "x " level warn accept', "", "filter", "drop"))).toEqual([]);
  });

  test("no rules, and no rights", () => {
    expect(parseNft(result(""))).toEqual({ chains: [] });
    expect(
      parseNft(result("", { stderr: "Operation not permitted (you must be root)\n", exitCode: 1 })),
    ).toBeUndefined();
  });

  test("where a new connection is sent instead", () => {
    const sent = (firewall: Firewall): unknown =>
      redirections(firewall, to3000).map(({ rule, certain }) => [rule?.sendsTo, certain]);
    expect(sent(nft("tcp dport 3000 redirect to :16196", "", "nat"))).toEqual([[":16196", true]]);
    expect(sent(nft("tcp dport 3000 dnat ip to 10.0.0.5:3001", "", "nat"))).toEqual([
      ["10.0.0.5:3001", true],
    ]);
    expect(sent(nft("tcp dport 3001 redirect to :16196", "", "nat"))).toEqual([]);
    const saved = (rule: string): Firewall =>
      parseIptablesSave(result(`*nat\n:OUTPUT ACCEPT [0:0]\n${rule}\nCOMMIT\n`)) ?? { chains: [] };
    const from = "[3:180] -A OUTPUT -o lo -p tcp -m tcp --dport 3000 -m comment --comment bench";
    expect(sent(saved(`${from} -j REDIRECT --to-ports 16196`))).toEqual([[":16196", true]]);
    expect(sent(saved(`${from} -j DNAT --to-destination 127.0.0.1:1-9`))).toEqual([["127.0.0.1:1-9", false]]);
    expect(stops(saved(`${from} -j REDIRECT --to-ports 16196`))).toEqual([]);
  });
});

describe("what answers a connection", () => {
  const raw = (rule: string): Firewall =>
    parseIptablesSave(result(`*raw\n:PREROUTING ACCEPT [0:0]\n${rule}\nCOMMIT\n`)) ?? { chains: [] };
  const answering = {
    src: "127.0.0.1",
    dst: "127.0.0.1",
    sourcePort: 3000,
    hook: "prerouting",
    interface: "lo",
    answer: true,
  } as const;

  test("by its source port, which a new connection has only by chance", () => {
    const firewall = raw("[2:120] -A PREROUTING -i lo -p tcp -m tcp --sport 3000 -j DROP");
    expect(stops(firewall, answering)).toEqual([["drop", true]]);
    expect(stops(firewall, { ...answering, sourcePort: 3001 })).toEqual([]);
    expect(stops(firewall, { ...to3000, hook: "prerouting" })).toEqual([]);
  });

  test("by the port that the client chose: all of them surely, some of them perhaps", () => {
    const to = (ports: string): Firewall => raw(`[0:0] -A PREROUTING -p tcp --dport ${ports} -j DROP`);
    expect(stops(to("1024:65535"), answering)).toEqual([["drop", true]]);
    expect(stops(to("40000:41000"), answering)).toEqual([["drop", false]]);
    expect(stops(to("22"), answering)).toEqual([]);
    expect(stops(to("3000,40000"), answering)).toEqual([]);
  });

  test("a policy that lets nothing in stops it, unless open connections are let through", () => {
    const input = (...rules: string[]): Firewall =>
      parseIptablesSave(result(["*filter", ":INPUT DROP [0:0]", ...rules, "COMMIT"].join("\n"))) ?? {
        chains: [],
      };
    const entering = { ...answering, src: "10.0.0.5", hook: "input", interface: "eth0" } as const;
    const open = "[0:0] -A INPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT";
    expect(stops(input(), entering)).toEqual([["drop", true]]);
    expect(stops(input(open), entering)).toEqual([]);
  });
});

describe("captured from one host: iptables 1.8.9 and nftables 1.0.6", () => {
  const tables = parseIptablesSave(result(captured("host/iptables-save.txt"))) ?? { chains: [] };
  const text = parseNft(result(captured("host/nft-ruleset.txt"))) ?? { chains: [] };
  const count = (firewall: Firewall): number =>
    firewall.chains.reduce((sum, chain) => sum + chain.rules.length, 0);

  test("every rule is read", () => {
    expect([count(tables), count(text)]).toEqual([6, 11]);
    const rules = text.chains.flatMap((chain) => chain.rules);
    expect(rules.filter((rule) => rule.unjudged)).toEqual([]);
  });

  test("port 3000 is refused by iptables' rule and by nft's own", () => {
    expect(stops(tables)).toEqual([["icmp-port-unreachable", true]]);
    expect(stops(text)).toEqual([
      ["reject", true],
      ["icmp-port-unreachable", true],
    ]);
  });

  test("port 3001 only for user 33", () => {
    const other = { ...to3000, port: 3001, uid: 0 };
    expect([stops(tables, other), stops(text, other)]).toEqual([[], []]);
    expect([stops(tables, { ...other, uid: 33 }), stops(text, { ...other, uid: 33 })]).toEqual([
      [["tcp-reset", true]],
      [["tcp-reset", true]],
    ]);
  });

  test("through eth0 and to ::1", () => {
    expect(stops(text, { dst: "10.0.0.5", port: 5432, hook: "output", interface: "eth0" })).toEqual([
      ["drop", true],
    ]);
    expect(stops(text, { dst: "10.0.0.5", port: 5432, hook: "output", interface: "lo" })).toEqual([]);
    expect(stops(text, { dst: "::1", port: 80, hook: "output", interface: "lo" })).toEqual([["drop", true]]);
  });
});

test("parseFirewallCmd", () => {
  const text =
    'public (active)\n  target: default\n  icmp-block-inversion: no\n  interfaces: eth0\n  services: http ssh\n  ports: 8080/tcp\n  rich rules: \n\trule family="ipv4" port port="3000" protocol="tcp" reject\n';
  expect(parseFirewallCmd(result(text))).toMatchObject({
    running: true,
    zone: "public",
    services: ["http", "ssh"],
    ports: ["8080/tcp"],
    richRules: [expect.stringContaining("3000")],
  });
  expect(parseFirewallCmd(result("", { stderr: "FirewallD is not running\n", exitCode: 252 }))).toMatchObject(
    { running: false },
  );
  expect(parseFirewallCmd(result("", { stderr: "Authorization failed.\n", exitCode: 253 }))).toBeUndefined();
});

test("parseUfwStatus", () => {
  const text =
    "Status: active\nDefault: deny (incoming), allow (outgoing), disabled (routed)\n\nTo                         Action      From\n--                         ------      ----\n80/tcp                     ALLOW IN    Anywhere\n3000                       REJECT OUT  Anywhere\n";
  expect(parseUfwStatus(result(text))).toMatchObject({
    active: true,
    rules: [
      { to: "80/tcp", action: "ALLOW IN" },
      { to: "3000", action: "REJECT OUT", from: "Anywhere" },
    ],
  });
  expect(parseUfwStatus(result("Status: inactive\n"))).toMatchObject({ active: false, rules: [] });
  expect(
    parseUfwStatus(result("", { stderr: "ERROR: You need to be root to run this script\n", exitCode: 1 })),
  ).toBeUndefined();
});
