import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { allSudoRules, type SudoRule } from "../../src/playbook/sudo-rules.ts";
import { instancesOf, knowsExpressions, type SudoHost, sudoersText } from "../../src/wording/sudoers.ts";
import { shippedPlaybooks } from "../support/recorded.ts";

const rules = allSudoRules([...shippedPlaybooks().values()].map(({ playbook }) => playbook));
const programs = [...new Set(rules.map(({ program }) => program))];

const host = (over: Partial<SudoHost> = {}): SudoHost => ({
  name: "web-1",
  user: "ops",
  sudoVersion: "1.9.13",
  paths: new Map(programs.map((p) => [p, p.startsWith("/") ? p : `/usr/bin/${p}`])),
  instances: [
    ["systemctl", "start", "--", "shop.service"],
    ["tail", "-c", "196608", "/var/log/nginx/shop, eu.log"],
    ["tail", "-c", "196608", "/var/log/nginx/shop.error.log"],
  ],
  ...over,
});

const rulesOf = (text: string): string[] =>
  text.split("\n").filter((line) => line !== "" && !line.startsWith("#"));

describe.skipIf(spawnSync("visudo", ["-V"]).status !== 0)("visudo accepts it (needs visudo)", () => {
  let dir: string;
  beforeAll(() => {
    dir = mkdtempSync(join(tmpdir(), "fiveohtwo-sudoers-"));
  });
  afterAll(() => {
    rmSync(dir, { recursive: true, force: true });
  });

  test.each([
    ["1.9.13", false, {}],
    ["1.9.13", true, {}],
    ["1.8.31", false, {}],
    ["1.8.31", true, {}],
    [undefined, true, {}],
    ["1.9.13", true, { fixUser: "fixer" }],
    ["1.8.31", true, { fixUser: "fixer" }],
  ])("sudo %s, root-equal rules on: %s, %j", (sudoVersion, on, accounts) => {
    const file = join(dir, "sudoers");
    writeFileSync(file, sudoersText(rules, host({ sudoVersion, ...accounts }), on), { mode: 0o440 });
    const checked = spawnSync("visudo", ["-cf", file], { encoding: "utf8" });
    expect(checked.stderr + checked.stdout).toContain("parsed OK");
    rmSync(file);
  });
});

describe("the file", () => {
  test("has what equals root in a block of its own, off unless it is switched on", () => {
    const off = sudoersText(rules, host(), false);
    const on = sudoersText(rules, host(), true);
    const [, block = ""] = off.split(/^# Equal to root: off\..*$/m);
    expect(block).not.toBe("");
    expect(rulesOf(block)).toEqual([]);
    expect(rulesOf(on).length).toBeGreaterThan(rulesOf(off).length);
    expect(rulesOf(off).some((line) => line.endsWith("/usr/bin/sh"))).toBe(false);
    expect(rulesOf(on)).toContain("ops ALL=(root) NOPASSWD: /usr/bin/sh");
  });

  test("allows no program with any arguments while the last block is off", () => {
    for (const line of rulesOf(sudoersText(rules, host(), false))) {
      expect(line).toMatch(/^ops ALL=\(root\) NOPASSWD: \/\S+ \S/);
      // A wildcard of sudoers matches spaces, too, and so any further argument.
      expect(line.includes(" ^") || !/(^|[^\\])[*?]/.test(line)).toBe(true);
    }
  });

  test("enumerates what the host has where sudo knows no expressions", () => {
    const lines = rulesOf(sudoersText(rules, host({ sudoVersion: "1.8.31" }), false));
    expect(lines).toContain("ops ALL=(root) NOPASSWD: /usr/bin/systemctl start -- shop.service");
    expect(lines).toContain("ops ALL=(root) NOPASSWD: /usr/bin/tail -c 196608 /var/log/nginx/shop.error.log");
    expect(lines.filter((line) => line.includes("^") || line.includes("shop, eu"))).toEqual([]);
  });

  test("says of a missing program that it is missing, and gives no rule", () => {
    const text = sudoersText(rules, host({ paths: new Map([["nginx", "/usr/sbin/nginx"]]) }), true);
    expect(text).toContain("# check tcp-listeners; ss is not installed");
    expect(rulesOf(text).every((line) => line.includes("/usr/sbin/nginx"))).toBe(true);
  });

  test("escapes what sudoers reads otherwise", () => {
    const rule: SudoRule = {
      block: "read",
      neededBy: ["check x"],
      program: "find",
      exact: "/a -path */b=c,d:e",
    };
    const lines = rulesOf(sudoersText([rule], host(), false));
    expect(lines).toEqual([String.raw`ops ALL=(root) NOPASSWD: /usr/bin/find /a -path \*/b\=c\,d\:e`]);
  });
});

test("expressions came with sudo 1.9.10", () => {
  const known = ["1.9.10", "1.9.13", "1.10.0", "2.0.0"].map(knowsExpressions);
  const unknown = ["1.9.9", "1.8.31", "1.9", "", undefined].map(knowsExpressions);
  expect([...known, ...unknown]).toEqual([true, true, true, true, false, false, false, false, false]);
});

test("an instance is a command of the host that the rule allows", () => {
  const start = rules.find((rule) => rule.program === "systemctl" && rule.pattern?.startsWith("start"));
  if (!start) throw new Error("no rule starts units");
  expect(instancesOf(start, host())).toEqual(["start -- shop.service"]);
});
