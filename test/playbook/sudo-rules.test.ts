import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Check, FixRule, Playbook } from "../../src/domain/playbook.ts";
import { allSudoRules, certificateArgv, type SudoRule, sudoRules } from "../../src/playbook/sudo-rules.ts";
import { listenCommand } from "../../src/workflows/host-probes.ts";
import { tailCommand } from "../../src/workflows/log-mark.ts";
import { shippedPlaybooks } from "../support/recorded.ts";

/** Words that no place of a pinned command may hold. */
const EVIL = [
  "--force",
  "-o/tmp/x",
  "../../etc/shadow",
  "/var/log/../../etc/shadow",
  "/var/log/.hidden",
  "/run/x/../../etc/shadow",
  "a;b",
  "$(id)",
  "`id`",
  "x.service\nroot",
  "*",
  "/etc/*",
  "http://10.0.0.1/",
  "",
];

const shipped = [...shippedPlaybooks().values()].map(({ playbook }) => playbook);
const rules = allSudoRules(shipped);

interface Pieces {
  readonly checks?: readonly Partial<Check>[];
  readonly fixes?: readonly Partial<FixRule>[];
}

function playbookWith(over: Pieces): Playbook {
  const origin = { file: "x.yml", line: 1 };
  const check = (c: Partial<Check>): Check => ({
    id: "c",
    wave: 1,
    argv: ["true"],
    parser: "text",
    sudo: "try",
    max: 1,
    timeoutMs: 1,
    maxBytes: 1,
    background: false,
    late: false,
    onPeer: false,
    tells: "x",
    source: "x",
    origin,
    ...c,
  });
  const verify = { text: "x", successes: 1, everyMs: 1, withinMs: 1, stableMs: 0 };
  const fix = (f: Partial<FixRule>): FixRule => ({
    id: "f",
    title: "x",
    risk: "safe",
    when: "true",
    riskWhen: [],
    commands: [],
    preconditions: [],
    rollback: [],
    rollbackText: "x",
    verify,
    on: "service",
    byHand: false,
    origin,
    ...f,
  });
  return {
    name: "p",
    title: "p",
    revision: "0",
    causes: [],
    checks: (over.checks ?? []).map(check),
    fixes: (over.fixes ?? []).map(fix),
  };
}

const only = (over: Pieces): SudoRule => {
  const [rule, ...more] = sudoRules([playbookWith(over)]);
  if (rule === undefined || more.length > 0)
    throw new Error(`not one rule but ${more.length + (rule ? 1 : 0)}`);
  return rule;
};

describe("a rule", () => {
  test("of a constant command is exact", () => {
    expect(only({ checks: [{ id: "cfg", argv: ["nginx", "-T"] }] })).toEqual({
      block: "read",
      neededBy: ["check cfg"],
      program: "nginx",
      exact: "-T",
    });
  });

  test("of a command with values is pinned word by word", () => {
    const rule = only({ checks: [{ argv: ["journalctl", "--unit=${each.name}", "-n", "5"] }] });
    expect(rule.block).toBe("read");
    const fits = new RegExp(`^${rule.pattern}$`);
    expect(fits.test("--unit=shop.service -n 5")).toBe(true);
    expect(fits.test("--unit=shop.service -n 5 --vacuum-size=1")).toBe(false);
    expect(fits.test("--unit=shop -n 5")).toBe(false);
  });

  test("whose values nobody knows equals root", () => {
    expect(only({ checks: [{ argv: ["cat", "${each.something}"] }] })).toMatchObject({
      block: "root-equal",
      because: "its arguments cannot be pinned",
    });
  });

  test.each<[string, Pieces, string]>([
    ["pm2 as another user", { checks: [{ argv: ["pm2", "jlist"], runAs: "${each.user}" }] }, "another user"],
    [
      "starting containers",
      {
        fixes: [
          { commands: [{ argv: ["docker", "start", "${container.name}"], sudo: "always", timeoutMs: 1 }] },
        ],
      },
      "any file of the host",
    ],
    ["writing nginx's configuration", { fixes: [{ edit: "{}" }] }, "writes nginx's configuration"],
    [
      "printing a file that its owner may make a link",
      { checks: [{ argv: ["cat", "${each.path}"] }] },
      "a link to any file",
    ],
  ])("%s equals root", (_name, over, because) => {
    const rule = only(over);
    expect(rule).toMatchObject({ block: "root-equal", because: expect.stringContaining(because) });
  });

  test("is made once for all that need it, and not for what is done by hand or without sudo", () => {
    const start = { argv: ["systemctl", "start", "--", "${unit.id}"], sudo: "always", timeoutMs: 1 } as const;
    const made = sudoRules([
      playbookWith({
        checks: [{ sudo: "never" }],
        fixes: [
          { id: "a", commands: [start] },
          { id: "b", commands: [start] },
          { id: "c", commands: [{ ...start, argv: ["kill", "1"] }], byHand: true },
        ],
      }),
    ]);
    expect(made.map(({ program, neededBy }) => ({ program, neededBy }))).toEqual([
      { program: "systemctl", neededBy: ["fix a", "fix b"] },
    ]);
  });
});

describe("the shipped playbooks", () => {
  test("every command that runs through sudo has its rule", () => {
    const named = new Set(rules.flatMap((rule) => rule.neededBy));
    for (const { checks, fixes } of shipped) {
      for (const check of checks)
        expect({ [check.id]: named.has(`check ${check.id}`) }).toEqual({
          [check.id]: check.sudo !== "never",
        });
      for (const fix of fixes.filter(
        (f) => !f.byHand && (f.edit !== undefined || f.commands.some((c) => c.sudo !== "never")),
      ))
        expect({ [fix.id]: named.has(`fix ${fix.id}`) }).toEqual({ [fix.id]: true });
    }
    expect(rules.length).toBeGreaterThan(20);
  });

  test("what verifies a fix and what a report looks at through sudo is allowed, whichever files the site has", () => {
    const asked = [
      ...["/var/log/nginx/error.log", "/var/log/nginx/shop.error.log", "/var/log/shop/nginx.err"].map(
        tailCommand,
      ),
      listenCommand("127.0.0.1:3000", "listen"),
      listenCommand("unix:/run/shop.sock", "listen"),
      { argv: certificateArgv("/etc/letsencrypt/live/shop.example.com/fullchain.pem") },
    ];
    for (const { argv } of asked) {
      const [program, ...words] = argv;
      const line = words.join(" ");
      const fits = rules.filter(
        (r) => r.program === program && (r.exact === line || new RegExp(`^${r.pattern ?? "$."}$`).test(line)),
      );
      expect({ argv, allowed: fits.some((r) => r.block === "read") }).toEqual({ argv, allowed: true });
    }
  });

  test("reading comes first, what equals root last and with its reason", () => {
    const blocks = rules.map(({ block }) => block);
    expect(blocks).toEqual(
      blocks.toSorted(
        (a, b) => ["read", "act", "root-equal"].indexOf(a) - ["read", "act", "root-equal"].indexOf(b),
      ),
    );
    for (const rule of rules) expect(rule.because !== undefined).toBe(rule.block === "root-equal");
  });

  test("no expression lets another option, a hidden path or a way up through", () => {
    const pinned = rules.filter((rule) => rule.block !== "root-equal" && rule.pattern !== undefined);
    expect(pinned.length).toBeGreaterThan(10);
    const evil = fc.constantFrom(...EVIL);
    for (const rule of pinned) {
      const fits = new RegExp(`^${rule.pattern}$`);
      const allowed = fc.stringMatching(fits, { size: "-1" });
      fc.assert(
        fc.property(allowed, evil, fc.nat(), (line, word, at) => {
          expect(fits.test(line)).toBe(true);
          const words = line.split(" ");
          const instead = words.with(at % words.length, word).join(" ");
          expect({ instead, allowed: fits.test(instead) }).toEqual({ instead, allowed: false });
          const more = [...words, word].join(" ");
          expect({ more, allowed: fits.test(more) }).toEqual({ more, allowed: false });
        }),
        { numRuns: 40, seed: 502 },
      );
    }
  });
});
