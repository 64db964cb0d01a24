import { expect, test } from "vitest";
import type { Diagnosis } from "../../src/domain/diagnosis.ts";
import { replayRun } from "../../src/workflows/execute-run.ts";
import { recordedAs, shippedPlaybooks } from "../support/recorded.ts";

/** A host whose connections to port 8866 are refused although somebody listens, with this rule in the place of its own. */
async function behind(rule: string, uid?: number): Promise<Diagnosis> {
  const { bundle } = recordedAs("firewall-reject-reset");
  const playbook = shippedPlaybooks().get(bundle.playbook);
  if (playbook === undefined) throw new Error("the playbook is not shipped");
  const commands = bundle.commands.flatMap((c) => {
    if (c.id === "firewall-nft") return [{ ...c, stdout: "", exitCode: 127, end: "missing" as const }];
    if (c.id !== "firewall") return [c];
    const stdout = c.stdout.replace(/^\[5:300\] .*$/m, rule);
    const worker = { ...c, id: "worker-uid", argv: ["ps", "-o", "uid=", "-p", "119"] };
    return [{ ...c, stdout }, ...(uid === undefined ? [] : [{ ...worker, stdout: `   ${uid}\n` }])];
  });
  return (await replayRun({ ...bundle, commands }, playbook)).diagnosis;
}

const grades = ({ causes }: Diagnosis) =>
  causes.filter(({ id }) => id.startsWith("firewall")).map(({ grade }) => grade);

const REJECT = "-p tcp -m tcp --dport 8866 -j REJECT --reject-with tcp-reset";

test.each([
  ["by the port", `-A INPUT -i lo ${REJECT}`],
  ["by nginx's own user", `-A OUTPUT -m owner --uid-owner 33 ${REJECT}`],
])("a rule that stops nginx surely is proven: %s", async (_how, rule) => {
  expect(grades(await behind(rule, 33))).toEqual(["proven"]);
});

test.each([
  ["a rate", `-A OUTPUT -m limit --limit 5/sec ${REJECT}`],
  ["a set", `-A OUTPUT -m set --match-set banned dst ${REJECT}`],
  ["a user, and nginx's is not known", `-A OUTPUT -m owner --uid-owner 33 ${REJECT}`],
  ["an earlier rule that accepts perhaps", `-A INPUT -m mark --mark 0x1 -j ACCEPT\n-A INPUT ${REJECT}`],
])("a rule that stops it perhaps is named, never proven: by %s", async (_how, rule) => {
  expect(grades(await behind(rule))).toEqual(["consistent"]);
});

test.each([
  ["other sources", `-A INPUT -s 203.0.113.7/32 ${REJECT}`],
  ["another user", `-A OUTPUT -m owner --uid-owner 1000 ${REJECT}`],
  ["another interface", `-A OUTPUT -o eth0 ${REJECT}`],
  ["what an earlier rule accepted", `-A INPUT -i lo -j ACCEPT\n-A INPUT ${REJECT}`],
  ["a chain that nothing leads to", `:fail2ban - [0:0]\n-A fail2ban ${REJECT}`],
])("a rule for %s is not the cause", async (_whom, rule) => {
  expect(grades(await behind(rule, 33))).toEqual([]);
});

/** The host whose nftables keep www-data (33) from 127.0.0.1:6141, with this rule and set in the place of its own. */
async function withNft(rule: string, elements: string, end: "exited" | "cut" = "exited"): Promise<Diagnosis> {
  const { bundle } = recordedAs("eyes6-nft-quarantine-set-beside-a-crash-loop");
  const playbook = shippedPlaybooks().get(bundle.playbook);
  if (playbook === undefined) throw new Error("the playbook is not shipped");
  const commands = bundle.commands.map((c) => {
    if (c.id !== "firewall-nft") return c;
    const set = c.stdout.replace(/elements = \{[^}]*\}/, `elements = { ${elements} }`);
    return { ...c, end, stdout: set.replace(/meta skuid 33 .* @quarantined/, rule) };
  });
  return (await replayRun({ ...bundle, commands }, playbook)).diagnosis;
}

const OWN = "meta skuid 33 ip daddr . tcp dport @quarantined";
const PAIR = "127.0.0.1 . 6141";

test.each([
  ["a pair", OWN, `127.0.0.1 . 9200, ${PAIR}`],
  ["a range of ports", OWN, "127.0.0.0/8 . 6000-6200"],
  ["another order", "meta skuid . tcp dport . ip daddr { 33 . 6141 . 127.0.0.1 }", PAIR],
])("nftables: a set that holds nginx's connection is proven, with its place: %s", async (_, rule, set) => {
  const diagnosis = await withNft(rule, set);
  expect(grades(diagnosis)).toEqual(["proven"]);
  expect(JSON.stringify(diagnosis.causes)).toContain("table inet incident_guard, chain outgoing: meta skuid");
});

test.each([
  ["another port", OWN, "127.0.0.1 . 6142, 10.0.0.1 . 6141"],
  ["nothing", OWN, ""],
  ["another user", "meta skuid 1000 ip daddr . tcp dport @quarantined", PAIR],
])("nftables: a set for %s is not the cause", async (_, rule, set) => {
  expect(grades(await withNft(rule, set))).toEqual([]);
});

test.each([
  ["a mark", "meta mark . tcp dport { 0x00000001 . 6141 }", PAIR, "exited"],
  ["a set that is not shown", "ip daddr . tcp dport @elsewhere", PAIR, "exited"],
  ["a text of which a part is lost", OWN, PAIR, "cut"],
] as const)("nftables: what cannot be judged is never proven: %s", async (_, rule, set, end) => {
  expect(grades(await withNft(rule, set, end))).not.toContain("proven");
});
