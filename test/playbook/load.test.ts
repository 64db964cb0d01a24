import { describe, expect, test } from "vitest";
import type { Playbook } from "../../src/domain/playbook.ts";
import { load, loadEnvironment, loadFiles, playbookOf, said } from "./small-model.ts";

const GOOD = `name: p
title: A playbook
about: 502
checks:
  - id: unit-state
    tells: how the unit is
    argv: [systemctl, show, "\${each.id}"]
    parser: systemctl-show
    wave: 2
    forEach: host.units.filter(u, u.activeState == 'failed')
    timeout: 500ms
    maxBytes: 16KiB
  - id: sockets
    tells: who listens
    argv: [ss, -ltnp]
    parser: ss
    background: true
causes:
  - id: upstream-stopped
    title: "\${peer.unit.id} is stopped"
    suspect: peer.listening == false
    evidence:
      - { check: sockets, show: "nothing listens on \${peer.port}" }
      - { check: unit-state, when: "unit.activeState == 'failed'", show: "it is \${unit.activeState}" }
    fixes: [start-unit]
    headline: "\${unit.id} is stopped"
fixes:
  - id: start-unit
    title: start it
    risk: safe
    commands:
      - argv: [systemctl, start, --, "\${unit.id}"]
`;

/** The text at the line and column an error names. */
function pointedAt(text: string, error = ""): string {
  const [, line, column] = /^[^:]+:(\d+):(\d+) /.exec(error) ?? [];
  return (text.split("\n")[Number(line) - 1] ?? "").slice(Number(column) - 1);
}

test("a playbook with its defaults", () => {
  const playbook = playbookOf(load(GOOD));
  expect(playbook).toMatchObject({ name: "p", title: "A playbook", about: 502 });
  expect(playbook.checks[0]).toEqual({
    id: "unit-state",
    wave: 2,
    argv: ["systemctl", "show", "${each.id}"],
    parser: "systemctl-show",
    sudo: "never",
    forEach: "host.units.filter(u, u.activeState == 'failed')",
    max: 16,
    timeoutMs: 500,
    maxBytes: 16384,
    background: false,
    late: false,
    onPeer: false,
    tells: "how the unit is",
    source: "unit-state",
    origin: { file: "p/playbook.yml", line: 5 },
  });
  expect(playbook.checks[1]).toMatchObject({ maxBytes: 2000, background: true, wave: 1, timeoutMs: 5000 });
  expect(playbook.causes[0]).toMatchObject({
    scope: "peer",
    severity: "critical",
    when: "true",
    otherwise: "",
    maxGrade: "proven",
    rank: 500,
    evidence: [{ when: "true" }, { when: "unit.activeState == 'failed'" }],
    origin: { line: 19 },
  });
  expect(playbook.fixes[0]).toMatchObject({
    when: "true",
    on: "service",
    byHand: false,
    commands: [{ sudo: "always", timeoutMs: 30_000 }],
    verify: { successes: 3, everyMs: 500, withinMs: 15_000, stableMs: 5000 },
  });
  expect(playbook.revision).toMatch(/^[0-9a-f]{12}$/);
});

test("the revision changes with any letter, not with the folder", () => {
  const first = playbookOf(load(GOOD));
  expect(playbookOf(load(GOOD.replace("A playbook", "A Playbook"))).revision).not.toBe(first.revision);
  const moved = playbookOf(loadFiles([{ path: "elsewhere/playbook.yml", text: GOOD }]));
  expect(moved.revision).toBe(first.revision);
});

test("several files are one playbook", () => {
  const [head = "", causes = ""] = GOOD.split("causes:\n");
  const both = playbookOf(
    loadFiles([
      { path: "p/stopped.yml", text: `causes:\n${causes}` },
      { path: "p/playbook.yml", text: head },
    ]),
  );
  expect(both.causes.map((c) => `${c.origin.file}:${c.origin.line}`)).toEqual(["p/stopped.yml:2"]);
  expect(both.checks).toHaveLength(2);
});

describe("errors name file, line, column, the piece, and what to do", () => {
  const cases: readonly (readonly [string, string, string, string, string])[] = [
    [
      "an unknown key",
      "backgroud",
      "    background: true\n",
      "    backgroud: true\n",
      'checks[1].backgroud: unknown key "backgroud" (did you mean "background"?',
    ],
    [
      "a missing key",
      "id: sockets",
      "    tells: who listens\n",
      "",
      'checks[1].tells: "tells" is missing (add tells: (string))',
    ],
    [
      "an unknown value",
      "save",
      "risk: safe",
      "risk: save",
      'fixes[0].risk: "save" is not allowed here (did you mean "safe"? known: safe, disruptive, dangerous)',
    ],
    [
      "a wrong duration",
      "500 ms",
      "500ms",
      "500 ms",
      'checks[0].timeout: a duration is written "500ms", "10s" or "2m"',
    ],
    ["a wrong size", "16kb", "16KiB", "16kb", 'checks[0].maxBytes: a size is written "16KiB"'],
    ["a wrong id", "Sockets", "id: sockets", "id: Sockets", "checks[1].id: an id has lower-case letters"],
    [
      "a wrong fact",
      "listning",
      "peer.listening == false",
      "peer.listning == false",
      'causes[0].suspect: unknown fact "peer.listning" (did you mean "listening"?',
    ],
    [
      "a wrong fact in a template",
      "prt",
      "nothing listens on ${peer.port}",
      "nothing listens on ${peer.prt}",
      'causes[0].evidence[0].show: unknown fact "peer.prt" (did you mean "port"?',
    ],
    [
      "a wrong fact in a command",
      "name}",
      '"${each.id}"',
      '"${each.name}"',
      'checks[0].argv[2]: unknown fact "each.name"',
    ],
    [
      "a rule that is not a truth",
      'unit.activeState"',
      "unit.activeState == 'failed'\"",
      'unit.activeState"',
      "causes[0].evidence[1].when: must give bool, gives string",
    ],
    [
      "an unknown parser",
      "sss",
      "parser: ss\n",
      "parser: sss\n",
      'checks[1].parser: there is no parser "sss" (did you mean "ss"?',
    ],
    [
      "an unknown check",
      "socket,",
      "check: sockets",
      "check: socket",
      'causes[0].evidence[0].check: there is no check "socket" (did you mean "sockets"? known: unit-state, sockets, probe:http)',
    ],
    [
      "an unknown fix",
      "start-unti",
      "[start-unit]",
      "[start-unti]",
      'causes[0].fixes[0]: there is no fix "start-unti" (did you mean "start-unit"?',
    ],
    [
      "an unknown cause",
      "upstream-stoped",
      "    fixes: [",
      "    explains: [upstream-stoped]\n    fixes: [",
      'causes[0].explains[0]: there is no cause "upstream-stoped"',
    ],
    [
      "a command off the table",
      "[rm",
      "[ss, -ltnp]",
      "[rm, -rf, /]",
      "checks[1].argv: rm is not allowed (one of the table)",
    ],
    [
      "pm2 as somebody else",
      "[systemctl, env, PM2_HOME=/x, pm2, jlist]",
      "[ss, -ltnp]",
      "[systemctl, env, PM2_HOME=/x, pm2, jlist]",
      "checks[1].argv: pm2 must run as the user whose daemon it asks (add runAs: …)",
    ],
    [
      "a program from the host",
      '"${host',
      "[ss, -ltnp]",
      '["${host.name}"]',
      "checks[1].argv[0]: the program must be written out",
    ],
    [
      "a value inside an option",
      "--x",
      "-ltnp]",
      '"--x${host.name}"]',
      'checks[1].argv[1]: the value could become part of the option "--x" (write --option=',
    ],
    [
      "a list that is not spread",
      "peer.names",
      "-ltnp]",
      '"${peer.names}"]',
      "checks[1].argv[1]: must give string or int, gives list<string>",
    ],
    [
      "a for-each over no list",
      "host.name",
      "host.units.filter(u, u.activeState == 'failed')",
      "host.name",
      "checks[0].forEach: forEach must give a list, gives string",
    ],
    [
      "a duplicate",
      "unit-state",
      "  - id: sockets\n",
      "  - id: unit-state\n",
      'checks[1].id: the id "unit-state" is used twice in checks (it is used in p/playbook.yml:5 already)',
    ],
    [
      "an open placeholder",
      '${unit.activeState"',
      "is ${unit.activeState}",
      "is ${unit.activeState",
      "a placeholder that is not closed (close it with }",
    ],
    [
      "a fix that does nothing",
      "id: start-unit",
      '    commands:\n      - argv: [systemctl, start, --, "${unit.id}"]\n',
      "",
      'fixes[0]: the fix "start-unit" does nothing',
    ],
    [
      "a risk that is not raised",
      "safe }",
      "    risk: safe\n",
      "    risk: disruptive\n    riskWhen: [{ when: unit.enabled, risk: safe }]\n",
      "fixes[0].riskWhen[0].risk: does not raise the risk disruptive",
    ],
    [
      "wrong YAML",
      "A: playbook",
      "title: A playbook",
      "title: A: playbook",
      ": Nested mappings are not allowed",
    ],
    ["a key twice", "about: 504", "about: 502\n", "about: 502\nabout: 504\n", ": Map keys must be unique"],
    ["a status that is none", "5020", "about: 502", "about: 5020", "about: "],
    ["without nothing", "[x]", "about: 502", "without: [x]", "without: nothing is taken over"],
    ["an unknown base", "503", "about: 502", "extends: 503", 'extends: there is no playbook "503" to extend'],
  ];
  test.each(cases)("%s", (_, token, before, after, expected) => {
    expect(GOOD).toContain(before);
    const text = GOOD.replace(before, () => after);
    const errors = said(load(text));
    expect(errors.join("\n")).toContain(expected);
    expect(errors).toHaveLength(1);
    expect(pointedAt(text, errors[0])).toMatch(new RegExp(`^${RegExp.escape(token)}`));
  });

  test("all at once", () => {
    const text = GOOD.replaceAll("unit.activeState", "unit.state").replace("parser: ss\n", "parser: x\n");
    const errors = said(load(text));
    expect(errors.map((error) => pointedAt(text, error).slice(0, 9))).toEqual([
      "x",
      "state == ",
      'state}" }',
    ]);
  });
});

describe("places in texts of every style", () => {
  const cause = (suspect: string): string =>
    `causes:\n  - id: c\n    title: t\n    headline: h\n    scope: host\n    suspect: ${suspect}\n`;
  test.each([
    ["plain", "host.nme == 'x'"],
    ["double quoted", '"host.name == \\"x\\" && host.nme == \'\'"'],
    ["single quoted", "'host.name == ''x'' && host.nme == ''y'''"],
    ["literal block", "|\n      host.name == 'x' &&\n        host.nme == 'y'"],
    ["folded block", ">-\n      host.name == 'x' &&\n      host.nme == 'y'"],
    ["plain over two lines", "host.name == 'x' &&\n      host.nme == 'y'"],
  ])("%s", (_, suspect) => {
    const [error] = said(load(cause(suspect)));
    expect(error).toContain('causes[0].suspect: unknown fact "host.nme"');
    expect(pointedAt(cause(suspect), error)).toMatch(/^nme ==/);
  });
});

describe("extends", () => {
  const bases = new Map<string, Playbook>([["p", playbookOf(load(GOOD))]]);

  test("takes over, replaces by id, leaves out", () => {
    const playbook = playbookOf(
      load(
        `name: q\nextends: p\nwithout: [start-unit]\nchecks:\n  - { id: sockets, tells: x, argv: [ss, -lnx], parser: ss }\n  - { id: more, tells: y, argv: [ss], parser: lines }\n`,
        bases,
      ),
    );
    expect(playbook).toMatchObject({ name: "q", title: "A playbook", extends: "p" });
    // What the base is about is not what a playbook of other causes is about.
    expect(playbook.about).toBeUndefined();
    expect(playbook.own).toEqual([]);
    expect(playbook.checks.map((c) => [c.id, c.argv.at(-1)])).toEqual([
      ["unit-state", "${each.id}"],
      ["sockets", "-lnx"],
      ["more", "ss"],
    ]);
    expect(playbook.causes[0]?.fixes).toEqual([]);
    expect(playbook.fixes).toEqual([]);
    expect(playbook.revision).not.toBe(bases.get("p")?.revision);
  });

  test("a check left out that a cause needs is blamed on the line that leaves it out", () => {
    expect(said(load("extends: p\nwithout: [sockets]\n", bases))).toEqual([
      'p/playbook.yml:2:10 without: there is no check "sockets", which "upstream-stopped" needs (leave out "upstream-stopped" too, or replace it; known: unit-state, probe:http)',
    ]);
  });

  test("an id that is not there", () => {
    expect(said(load("extends: p\nwithout: [socket]\n", bases))[0]).toContain(
      '2:11 without[0]: "socket" is not in p (did you mean "sockets"?',
    );
  });
});

test("a header key in two files", () => {
  const errors = said(
    loadFiles([
      { path: "p/a.yml", text: "title: a\n" },
      { path: "p/b.yml", text: "\ntitle: b\n" },
    ]),
  );
  expect(errors).toEqual(['p/b.yml:2:1 title: "title" is given twice (it stands in p/a.yml:1 already)']);
});

test("a scope knows its own facts only, and a fix those of all causes that offer it", () => {
  const env = {
    ...loadEnvironment,
    scopes: { check: ["host"], host: ["host"], vhost: ["host"], peer: ["host", "peer", "unit"] },
  };
  expect(said(load(GOOD, undefined, env))).toEqual([]);
  const errors = said(load(GOOD.replace("    suspect:", "    scope: host\n    suspect:"), undefined, env));
  expect(errors[0]).toContain(': "peer" is not known in something of scope host (known there: host)');
  expect(errors.some((e) => e.includes('fixes[0].commands[0].argv[3]: "unit" is not known'))).toBe(true);
});

test("what is odd but works is a warning", () => {
  const loaded = load(
    GOOD.replace("    background: true\n", "    sideEffect: spawns a daemon\n")
      .replace("fixes: [start-unit]", "advice: [look]")
      .replace("check: unit-state", "check: sockets"),
  );
  if (!loaded.ok) throw new Error(said(loaded).join("\n"));
  expect(loaded.warnings.map((w) => `${w.line} ${w.message}`)).toEqual([
    '17 "sockets" has a side effect and is run everywhere',
    '23 "upstream-stopped" can never be proven: its evidence has one source only',
    '28 no cause offers the fix "start-unit"',
  ]);
});

test("a wrong template is said once, also where scopes are checked", () => {
  const env = {
    ...loadEnvironment,
    scopes: { check: ["host"], host: ["host"], vhost: ["host"], peer: ["host", "peer", "unit"] },
  };
  expect(
    said(load(GOOD.replace("is ${unit.activeState}", "is ${unit.activState}"), undefined, env)),
  ).toHaveLength(1);
});

test("aliases and merge keys are resolved, and errors lead to what they stand for", () => {
  const text = `causes:
  - &first
    id: a
    title: t
    headline: h
    scope: host
    suspect: &rule 'host.name == "x"'
  - { <<: *first, id: b, when: *rule }
  - { <<: *first, id: c, when: &bad "host.nme == 'x'" }
  - { <<: *first, id: d, when: *bad }
`;
  const errors = said(load(text));
  expect(errors).toHaveLength(2);
  for (const error of errors) expect(pointedAt(text, error)).toMatch(/^nme == /);
  const good = playbookOf(load(text.replace("host.nme", "host.name")));
  expect(good.causes.map((c) => [c.id, c.suspect, c.when])).toEqual([
    ["a", 'host.name == "x"', "true"],
    ["b", 'host.name == "x"', 'host.name == "x"'],
    ["c", 'host.name == "x"', "host.name == 'x'"],
    ["d", 'host.name == "x"', "host.name == 'x'"],
  ]);
});

test("aliases that multiply without end are an error, not a hang", () => {
  const levels = Array.from({ length: 9 }, (_, i) => `x${i + 1}: &x${i + 1} [${`*x${i}, `.repeat(9)}]`);
  const [error] = said(load(["x0: &x0 [a]", ...levels].join("\n")));
  expect(error).toContain("aliases");
});

test("a name bound in a rule is not taken for a fact of another scope", () => {
  const env = {
    ...loadEnvironment,
    scopes: { check: ["host"], host: ["host"], vhost: ["host"], peer: ["host", "peer", "unit"] },
  };
  const text = GOOD.replace(
    "host.units.filter(u, u.activeState == 'failed')",
    "host.units.filter(unit, unit.activeState == 'failed')",
  );
  expect(said(load(text, undefined, env))).toEqual([]);
});

test("an edit is a map whose values may differ in type", () => {
  const fix = (edit: string): string => `fixes:\n  - { id: f, title: x, risk: safe, edit: '${edit}' }\n`;
  expect(said(load(fix('{"file": host.name, "line": peer.port}')))).toEqual([]);
  expect(said(load(fix("host.name")))[0]).toContain("an edit is a map, not string");
  expect(said(load(fix('{"file": host.nme}')))[0]).toContain('unknown fact "host.nme"');
});
