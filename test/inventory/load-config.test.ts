import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseDuration } from "../../src/domain/duration.ts";
import { RESERVED } from "../../src/grammar/verbs.ts";
import { errorText, loadConfig } from "../../src/inventory/load-config.ts";
import { nearestNames } from "../../src/domain/nearest.ts";
import { readSecret } from "../../src/inventory/secret.ts";
import { pretend } from "../support/surroundings.ts";

function problems(text: string): string[] {
  const loaded = loadConfig(text, "502.yml");
  return loaded.ok ? [] : loaded.errors.map(errorText);
}

test("an empty file is a configuration with every default", () => {
  const loaded = loadConfig("# nothing yet\n", "502.yml");
  expect(loaded).toMatchObject({
    ok: true,
    config: {
      hosts: {},
      fixes: {
        approvalMinutes: 10,
        offerMinutes: 60,
        startSeconds: 60,
        restartBudget: { count: 3, within: 3_600_000 },
      },
    },
  });
  expect(loaded.ok && loaded.config.policy).toBeUndefined();
});

test("a full file is read; the contract's own example too", () => {
  expect(
    problems(`
hosts:
  web-1: { hostName: 198.51.100.6, port: 22, user: ops, identityFile: keys/id_ed25519, userKnownHostsFile: keys/known_hosts, proxyJump: bastion, groups: [web] }
  web-2: { identityFile: [a, b], health: { path: /up, expect: [200, 204] }, watch: 90 }
  bastion:
groups: { all-eu: ["@web", web-2] }
sites: { shop.example.com: { hosts: ["@web"], url: https://shop.example.com/, watch: 1m } }
policy: [{ who: [U012, S345, local:ops], in: [C678], may: [diagnose, approve:safe, approve:disruptive, approve:edit], on: ["@web"], approvals: 1 }]
slack: { botToken: "\${SLACK_BOT_TOKEN}", appToken: file:secrets/app, onCallGroup: S0CALL }
playbooks: [playbooks, ../ours]
commands: [{ program: /opt/acme/status, options: ["--json"] }]
fixes:
  approvalMinutes: 5
  freezes: [{ from: "2026-12-24T18:00:00+01:00", to: "2026-12-27T06:00:00+01:00", reason: holidays }]
  windows: [{ days: [mon, fri], from: "09:00", to: "17:30", zone: Europe/Berlin }]
schedules: [{ name: morning, when: weekdays 09:00, zone: Europe/Berlin, channel: C678, on: ["@all"] }]
alerts: { token: "\${ALERT_TOKEN}", names: { web1.prod: web-1 }, channels: [{ on: ["@web"], channel: C678 }] }
watch: { channel: C678 }
outlet: { webhook: file:hook, mail: ops@example.com }
audit: { key: file:audit, syslog: "tcp://[2001:db8::1]:6514", file: audit.jsonl, keepDays: 365 }
retention: { runsDays: 90, bundlesDays: 7 }
databaseUrl: "\${DATABASE_URL}"
sshConfig: false
`),
  ).toEqual([]);
});

describe("a mistake names its line and column, its path and what was meant", () => {
  test.each([
    ["hots: {}", '502.yml:1:1: hots: unknown key "hots" (did you mean "hosts"?'],
    [
      "hosts:\n  web-1:\n    hostname: x",
      '502.yml:3:5: hosts.web-1.hostname: unknown key "hostname" (did you mean "hostName"?',
    ],
    ["hosts:\n  web-1: { port: 99999 }", "502.yml:2:18: hosts.web-1.port: "],
    [
      'hosts:\n  web-1: { port: "22" }',
      '502.yml:2:18: hosts.web-1.port: "22" is not allowed here (write a value of kind number)',
    ],
    [
      "hosts:\n  web-1: { health: { path: /up, expct: 200 } }",
      '502.yml:2:33: hosts.web-1.health.expct: unknown key "expct" (did you mean "expect"?',
    ],
    [
      "hosts:\n  web-1: { health: /up?token=x }",
      "502.yml:2:20: hosts.web-1.health: a path starts with / and has no query string",
    ],
    [
      "hosts:\n  web-1: { proxyCommand: nc }",
      "502.yml:2:12: hosts.web-1.proxyCommand: a ProxyCommand runs a program",
    ],
    [
      "hosts:\n  web-1: { strictHostKeyChecking: false }",
      "502.yml:2:12: hosts.web-1.strictHostKeyChecking: host keys are always checked",
    ],
    ["hosts:\n  web-1: { watch: soon }", "502.yml:2:19: hosts.web-1.watch: not a duration"],
    ["hosts:\n  web-1: { user: -oProxyCommand=x }", "502.yml:2:18: hosts.web-1.user: not a user name"],
    ["hosts: { a: }\nhosts: { b: }", "502.yml:2:1: Map keys must be unique"],
    ["hosts: { a: [1, 2 }", "502.yml:1:"],
    [
      "slack: { mode: sokcet }",
      '502.yml:1:16: slack.mode: "sokcet" is not allowed here (did you mean "socket"?',
    ],
    [
      "audit: { syslog: siem.example.test }",
      "502.yml:1:18: audit.syslog: write true (this machine's syslog), false, udp://ADDRESS:PORT or tcp://",
    ],
    ["audit: { syslog: 'tcp://siem.example.test:99999' }", "502.yml:1:18: audit.syslog: write true"],
    ["slack: { botToken: plain-text }", "502.yml:1:20: slack.botToken: a secret must not stand in this file"],
    [
      "hosts: { web-1: { notes: xoxb-000000000-fake } }",
      "502.yml:1:26: hosts.web-1.notes: a Slack token must not stand in this file",
    ],
    [
      "policy: [{ who: ['@ann'], may: [diagnose] }]",
      "502.yml:1:18: policy[0].who[0]: write an immutable Slack id",
    ],
    [
      "policy: [{ who: [U012], may: [aprove:safe] }]",
      '502.yml:1:31: policy[0].may[0]: "aprove:safe" is not allowed here (did you mean "approve:safe"?',
    ],
    ["policy: [{ may: [diagnose] }]", '502.yml:1:10: policy[0].who: "who" is missing'],
    [
      "hosts: { web-1: }\ngroups: { web: [wbe-1] }",
      '502.yml:2:17: groups.web[0]: there is no host wbe-1 (did you mean "web-1"?',
    ],
    [
      "hosts: { web-1: {} }\nsites: { s: { hosts: [web-1], watch: 1m } }",
      "502.yml:2:38: sites.s.watch: a site is watched by its url: add one",
    ],
    [
      "hosts: { web-1: {} }\nsites: { s: { hosts: [web-1], url: 'https://s.example.com/?token=x' } }",
      "502.yml:2:36: sites.s.url: the bot's own requests carry no query string and no credentials",
    ],
    [
      "hosts: { web-1: { groups: [web] } }\nsites: { s: { hosts: ['@wbe'] } }",
      '502.yml:2:23: sites.s.hosts[0]: there is no group @wbe (did you mean "@web"?',
    ],
    ["hosts: { web: }\ngroups: { web: [web] }", '502.yml:2:11: groups.web: "web" is a host, too'],
    [
      "schedules: [{ name: a, when: daily, zone: Europe/Berlinn, channel: C1234, on: ['@all'] }]",
      "502.yml:1:43: schedules[0].zone: not a time zone",
    ],
    ["just text", "502.yml:1:1: "],
  ])("%s", (text, expected) => {
    const found = problems(text);
    expect(found.length).toBeGreaterThan(0);
    expect(`\n${found.join("\n")}`).toContain(`\n${expected}`);
  });

  test.each(RESERVED)("a host named %s", (verb) => {
    expect(problems(`hosts:\n  ${verb}: { hostName: x }`)[0]).toContain(
      `502.yml:2:3: hosts.${verb}: "${verb}": a host cannot have the name of a command`,
    );
  });

  test("several at once stand in the order of the file", () => {
    const lines = problems("hosts:\n  a: { prot: 1 }\n  b: { usr: x }\nlimts: 1\n").map(
      (line) => line.split(":")[1],
    );
    expect(lines).toEqual(["2", "3", "4"]);
  });
});

test("names of other inventories may be referred to", () => {
  const text = "ansible: inv\ngroups: { mine: [a1, '@theirs'] }";
  expect(loadConfig(text, "f").ok).toBe(false);
  expect(loadConfig(text, "f", (files) => (files[0] === "inv" ? ["a1", "theirs"] : [])).ok).toBe(true);
});

test("no text makes the loader throw", () => {
  const piece = fc.constantFrom(
    "hosts:",
    "\n",
    "  ",
    "web-1: ",
    "{",
    "}",
    "[",
    "]",
    "port: 22",
    "&a ",
    "*a",
    "? ",
    "!!x ",
    "'",
    "|\n",
    "- ",
    "null",
    "\t",
    "# c",
    "policy: ",
    ", ",
  );
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.array(piece).map((pieces) => pieces.join("")),
      ),
      (text) => {
        const loaded = loadConfig(text, "f");
        expect(loaded.ok || loaded.errors.length > 0).toBe(true);
      },
    ),
    { numRuns: 500 },
  );
});

test("durations", () => {
  expect(["90", "90s", "5m", "1h30m", "2d", "250ms"].map(parseDuration)).toEqual([
    90_000, 90_000, 300_000, 5_400_000, 172_800_000, 250,
  ]);
  expect(["", "m", "5x", "-5m", "1h 5m"].map(parseDuration)).toEqual([
    undefined,
    undefined,
    undefined,
    undefined,
    undefined,
  ]);
});

test("secrets are fetched from where they are, or it is said what to do", () => {
  const around = pretend({ "/srv/app": " fake-token \n", "/srv/empty": "\n" }, { TOKEN: "fake" });
  expect(readSecret({ kind: "env", name: "TOKEN" }, "/srv", around)).toBe("fake");
  expect(readSecret({ kind: "file", path: "app" }, "/srv", around)).toBe("fake-token");
  expect(() => readSecret({ kind: "env", name: "NONE" }, "/srv", around)).toThrow("NONE is not set");
  expect(() => readSecret({ kind: "file", path: "empty" }, "/srv", around)).toThrow("/srv/empty is empty");
});

test("misspelt names get the nearest ones", () => {
  const names = ["web-1", "web-2", "web-10", "db-1", "bastion"];
  expect(nearestNames("wbe-1", names)[0]).toBe("web-1");
  expect(nearestNames("bastoin", names)).toEqual(["bastion"]);
  expect(nearestNames("completely-else", names)).toEqual([]);
});
