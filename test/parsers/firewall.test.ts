import { describe, expect, test } from "vitest";
import { parseFirewallCmd } from "../../src/parsers/firewall-cmd.ts";
import type { Firewall } from "../../src/parsers/firewall-rule.ts";
import type { Packet } from "../../src/parsers/firewall-match.ts";
import { blockingRules, redirections, withGap } from "../../src/parsers/firewall-walk.ts";
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

  test("a concatenation, in any order: one element must be met by all its values", () => {
    for (const rule of [
      "ip daddr . tcp dport { 127.0.0.1 . 80, 127.0.0.1 . 3000 } drop",
      "tcp dport . ip daddr { 3000 . 127.0.0.0/8 } drop",
      "meta skuid . ip daddr . tcp dport { 33 . 127.0.0.1-127.0.0.9 . 2999-3001 } drop",
      'oifname . meta l4proto . th dport { "lo" . tcp . 3000 } drop',
      "meta skuid 33 ip daddr . tcp dport != { 127.0.0.1 . 80, 10.0.0.1 . 3000 } drop",
      "ct state . tcp dport { new . 3000 } drop",
    ])
      expect([rule, stops(nft(rule))]).toEqual([rule, [["drop", true]]]);
    for (const rule of [
      "ip daddr . tcp dport { 127.0.0.1 . 80, 10.0.0.1 . 3000 } drop",
      "ip daddr . tcp dport != { 127.0.0.1 . 1-65535 } drop",
      "meta skuid . ip daddr . tcp dport { 0 . 127.0.0.1 . 3000 } drop",
      "ip daddr . udp dport { 127.0.0.1 . 3000 } drop",
      "ip6 daddr . tcp dport { ::1 . 3000 } drop",
      "ip6 daddr . tcp dport != { ::1 . 3000 } drop",
      "meta nfproto ipv6 tcp dport 3000 drop",
    ])
      expect([rule, stops(nft(rule))]).toEqual([rule, []]);
    expect(stops(nft("ip daddr . tcp dport != { 10.0.0.1 . 80 } drop"), { ...to3000, dst: "::1" })).toEqual(
      [],
    );
  });

  test("a concatenation with a part that is not judged is perhaps met, or surely not by another part", () => {
    for (const part of ["ct mark", "meta mark", "ct original ip daddr", "tcp flags", "ether saddr"]) {
      const rule = (port: number): string => `${part} . tcp dport { 0x00000001 . ${port} } drop`;
      expect([part, stops(nft(rule(3000)))]).toEqual([part, [["drop", false]]]);
      expect([part, stops(nft(rule(3001)))]).toEqual([part, []]);
      expect(stops(nft(`tcp dport . ${part} { 3000 . 0x00000001 } drop`))).toEqual([["drop", false]]);
    }
    expect(stops(nft("ip daddr . tcp dport @elsewhere drop"))).toEqual([["drop", false]]);
    expect(stops(nft("ip daddr . tcp dport { 127.0.0.1 . ssh } drop"))).toEqual([["drop", false]]);
    expect(stops(nft("fib daddr . iif type local tcp dport 3000 drop"))).toEqual([["drop", false]]);
    const unknownUser = { dst: "127.0.0.1", port: 3000, hook: "output" } as const;
    const byUser = "meta skuid . tcp dport { 33 . 3000 } drop";
    expect(stops(nft(byUser), unknownUser)).toEqual([["drop", false]]);
    expect(stops(nft(byUser), { ...unknownUser, port: 3001 })).toEqual([]);
  });

  test("a named set of concatenations, with what is said of its elements", () => {
    const set = (...elements: string[]): string =>
      `\tset pairs {\n\t\ttype ipv4_addr . inet_service\n\t\tflags interval,timeout\n\t\tcounter\n\t\telements = { ${elements.join(",\n\t\t\t     ")} }\n\t}\n`;
    const noisy =
      '127.0.0.1 . 3000 counter packets 1 bytes 60 timeout 1h expires 59m59s928ms comment "old, } bad : x"';
    const rule = "ip daddr . tcp dport @pairs drop";
    expect(stops(nft(rule, set("10.0.0.0/24 . 80-90", noisy)))).toEqual([["drop", true]]);
    expect(stops(nft(rule, set(noisy, "10.0.0.1-10.0.0.9 . 3000")))).toEqual([["drop", true]]);
    expect(stops(nft(rule, set(noisy)), { ...to3000, port: 3001 })).toEqual([]);
    const limited = "127.0.0.1 . 3000 limit rate over 10/second";
    expect(stops(nft(rule, set(limited)))).toEqual([["drop", false]]);
  });

  test("a verdict map of concatenations, and what it says of all others", () => {
    const map = "tcp dport . ip daddr vmap { 3000 . 127.0.0.1 : drop, 80 . 127.0.0.1 : accept }";
    expect(stops(nft(map))).toEqual([["drop", true]]);
    expect(stops(nft(map), { ...to3000, port: 80 })).toEqual([]);
    const others = "tcp dport vmap { 22 : accept, * : drop }";
    expect(stops(nft(others))).toEqual([["drop", true]]);
    expect(stops(nft(others), { ...to3000, port: 22 })).toEqual([]);
    expect(stops(nft("numgen inc mod 2 vmap { 0 : accept, 1 : drop }"))).toEqual([["drop", false]]);
  });

  test("the port that a client chose: by all elements that are met else", () => {
    const answer: Packet = {
      src: "127.0.0.1",
      dst: "127.0.0.1",
      sourcePort: 3000,
      answer: true,
      hook: "output",
    };
    const to = (ports: string): Firewall => nft(`ip daddr . tcp dport { 127.0.0.1 . ${ports} } drop`);
    expect(stops(to("1024-65535"), answer)).toEqual([["drop", true]]);
    expect(stops(to("40000-50000"), answer)).toEqual([["drop", false]]);
    expect(stops(to("3000"), answer)).toEqual([]);
  });

  test("a user is one on the way out only", () => {
    const entering = nft("meta skuid 33 tcp dport 3000 drop").chains.map((c) => ({ ...c, hook: "input" }));
    expect(stops({ chains: entering }, { ...to3000, hook: "input" })).toEqual([["drop", false]]);
  });

  test("where a part of the text is lost nothing is certain", () => {
    expect(stops(withGap(nft("tcp dport 3000 drop")))).toEqual([["drop", false]]);
    expect(stops(withGap(nft("tcp dport 80 drop", "", "filter", "drop")))).toEqual([["drop", false]]);
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

test("captured from nftables 1.0.6: concatenations in sets, maps and rules", () => {
  const firewall = parseNft(result(captured("host/nft-concatenations.txt"))) ?? { chains: [] };
  const [chain] = firewall.chains.filter((one) => one.hook === "output");
  const unread = chain?.rules.filter((rule) => rule.unjudged).map((rule) => rule.text);
  expect([...new Set(unread)]).toEqual([
    "tcp dport >= 1024 drop",
    "add @d { ip saddr . tcp dport } drop",
    "update @d { ip saddr . tcp dport limit rate over 10/second } drop",
    "numgen inc mod 2 vmap { 0 : accept, 1 : drop }",
  ]);
  const first = (packet: Partial<Packet>): unknown =>
    blockingRules(firewall, { ...to3000, ...packet }).map(({ rule }) => rule?.text)[0];
  expect(first({ port: 6141 })).toBe("ip daddr . tcp dport @pairs drop");
  expect(first({ dst: "10.0.0.200", port: 85 })).toBe("ip daddr . tcp dport @pairs drop");
  expect(first({ port: 80 })).toBe("meta skuid . ip daddr . tcp dport @u reject with tcp reset");
  expect(first({ dst: "10.0.0.2", port: 90, interface: "eth0" })).toBe("ip daddr . tcp dport @pairs drop");
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
