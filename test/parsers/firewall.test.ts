import { describe, expect, test } from "vitest";
import { parseFirewallCmd } from "../../src/parsers/firewall-cmd.ts";
import { blockingRules, type Connection, type Firewall } from "../../src/parsers/firewall-rule.ts";
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
const to3000: Connection = { dst: "127.0.0.1", port: 3000, uid: 33, hook: "output", interface: "lo" };
const stops = (firewall: Firewall, connection: Connection = to3000) =>
  blockingRules(firewall, connection).map(({ rule, verdict, certain }) => [
    rule?.rejectWith ?? verdict,
    certain,
  ]);

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
    expect(stops(save("[0:0] -A OUTPUT ! -d 10.0.0.0/8 -p tcp -j DROP"))).toEqual([["drop", false]]);
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
  const chain = {
    chain: {
      family: "inet",
      table: "filter",
      name: "output",
      type: "filter",
      hook: "output",
      prio: 0,
      policy: "accept",
    },
  };
  const nft = (...expr: unknown[]): Firewall =>
    parseNft(
      result(
        JSON.stringify({
          nftables: [
            { metainfo: {} },
            chain,
            { rule: { family: "inet", table: "filter", chain: "output", expr } },
          ],
        }),
      ),
    ) ?? { chains: [] };
  const match = (left: unknown, right: unknown, op = "==") => ({ match: { op, left, right } });
  const dport = { payload: { protocol: "tcp", field: "dport" } };

  test("ports: one, a set, a range", () => {
    for (const right of [
      3000,
      { set: [80, 3000] },
      { range: [2999, 3001] },
      { set: [{ range: [1, 4000] }] },
    ]) {
      expect(
        stops(
          nft(
            match(dport, right),
            { counter: { packets: 4, bytes: 240 } },
            { reject: { type: "tcp reset" } },
          ),
        ),
      ).toEqual([["tcp-reset", true]]);
    }
    expect(stops(nft(match(dport, 3001), { drop: null }))).toEqual([]);
  });

  test("addresses, users, interfaces, states", () => {
    const daddr = { payload: { protocol: "ip", field: "daddr" } };
    expect(stops(nft(match(daddr, { prefix: { addr: "127.0.0.0", len: 8 } }), { drop: null }))).toEqual([
      ["drop", true],
    ]);
    expect(stops(nft(match(daddr, "10.0.0.5"), { drop: null }))).toEqual([]);
    expect(
      stops(
        nft(match({ meta: { key: "skuid" } }, 33), { reject: { type: "icmpx", expr: "admin-prohibited" } }),
      ),
    ).toEqual([["icmp-admin-prohibited", true]]);
    expect(stops(nft(match({ meta: { key: "oifname" } }, "eth0"), { drop: null }))).toEqual([]);
    expect(
      stops(nft(match({ ct: { key: "state" } }, ["established", "related"], "in"), { drop: null })),
    ).toEqual([]);
    expect(stops(nft(match(daddr, "@bad"), { drop: null }))).toEqual([["drop", false]]);
    expect(stops(nft(match(dport, 3000, "!="), { drop: null }))).toEqual([["drop", false]]);
  });

  test("no rules, and no rights", () => {
    expect(parseNft(result(`{"nftables": [{"metainfo": {"version": "1.0.6"}}]}`))).toEqual({ chains: [] });
    expect(
      parseNft(result("", { stderr: "Operation not permitted (you must be root)\n", exitCode: 1 })),
    ).toBeUndefined();
  });
});

describe("captured from one host: iptables 1.8.9 and nftables 1.0.6", () => {
  const tables = parseIptablesSave(result(captured("host/iptables-save.txt"))) ?? { chains: [] };
  const json = parseNft(result(captured("host/nft-ruleset.json"))) ?? { chains: [] };
  const text = parseNft(result(captured("host/nft-ruleset.txt"))) ?? { chains: [] };
  const count = (firewall: Firewall): number =>
    firewall.chains.reduce((sum, chain) => sum + chain.rules.length, 0);

  test("every rule is read", () => {
    expect([count(tables), count(json), count(text)]).toEqual([6, 11, 11]);
    const rules = text.chains.flatMap((chain) => chain.rules);
    expect(rules.filter((rule) => rule.unjudged).map((rule) => rule.text)).toEqual([
      expect.stringContaining("iifname !="),
      expect.stringContaining("dport != 22"),
    ]);
  });

  test("port 3000 is refused by iptables' rule and by nft's own", () => {
    expect(stops(tables)).toEqual([["icmp-port-unreachable", true]]);
    expect(stops(json)).toEqual([
      ["reject", true],
      ["icmp-port-unreachable", true],
    ]);
    expect(stops(text)).toEqual([
      ["reject", true],
      ["icmp-port-unreachable", true],
    ]);
  });

  test("port 3001 only for user 33, which nft's JSON does not tell", () => {
    const other = { ...to3000, port: 3001, uid: 0 };
    expect([stops(tables, other), stops(text, other)]).toEqual([[], []]);
    expect([stops(tables, { ...other, uid: 33 }), stops(text, { ...other, uid: 33 })]).toEqual([
      [["tcp-reset", true]],
      [["tcp-reset", true]],
    ]);
    expect(stops(json, other)).toEqual([["reject", false]]);
  });

  test("through eth0 and to ::1", () => {
    expect(stops(text, { dst: "10.0.0.5", port: 5432, hook: "output", interface: "eth0" })).toEqual([
      ["drop", true],
    ]);
    expect(stops(text, { dst: "10.0.0.5", port: 5432, hook: "output", interface: "lo" })).toEqual([]);
    expect(stops(text, { dst: "::1", port: 80, hook: "output", interface: "lo" })).toEqual([["drop", false]]);
  });

  test("a verdict map decides perhaps, one over old connections never", () => {
    const chain = (rule: string): Firewall =>
      parseNft(
        result(
          `table inet f {\n\tchain out {\n\t\ttype filter hook output priority filter; policy drop;\n\t\t${rule}\n\t}\n}\n`,
        ),
      ) ?? { chains: [] };
    expect(stops(chain("ct state vmap { established : accept, related : accept }"))).toEqual([
      ["drop", true],
    ]);
    expect(stops(chain("tcp dport vmap { 22 : accept, 3000 : accept }"))).toEqual([["drop", false]]);
    expect(stops(chain('tcp dport 3000 log prefix "x " level warn accept'))).toEqual([]);
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
