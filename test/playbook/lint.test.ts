import { Ajv2020 } from "ajv/dist/2020.js";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { factRows, factsTable } from "../../src/playbook/facts-table.ts";
import { playbookJsonSchema } from "../../src/playbook/json-schema.ts";
import { errorText, lintPlaybooks } from "../../src/playbook/lint.ts";
import { loadPlaybooks } from "../../src/playbook/load-all.ts";
import { environment, loadEnvironment } from "./small-model.ts";

const CHECK = "checks:\n  - { id: c, tells: x, argv: [ss], parser: ss }\n";
const folder = (name: string, text: string) => ({ name, files: [{ path: `${name}/playbook.yml`, text }] });

describe("all playbooks", () => {
  test("are loaded in the order they need, whatever the order of the folders", () => {
    const loaded = loadPlaybooks(
      [folder("z", "extends: m\n"), folder("m", "extends: a # comment\n"), folder("a", `title: A\n${CHECK}`)],
      loadEnvironment,
    );
    expect(loaded.errors).toEqual([]);
    expect([...loaded.playbooks.keys()].sort()).toEqual(["a", "m", "z"]);
    expect(loaded.playbooks.get("z")).toMatchObject({ title: "A", checks: [{ id: "c" }] });
  });

  test("that extend each other, or themselves, are errors", () => {
    const loaded = loadPlaybooks(
      [folder("a", "extends: b\n"), folder("b", "\nextends: a\n"), folder("c", CHECK)],
      loadEnvironment,
    );
    expect(loaded.errors.map(errorText)).toEqual([
      'a/playbook.yml:1:10: extends: the playbooks "a" and "b" extend each other (leave out one `extends`)',
      'b/playbook.yml:2:10: extends: the playbooks "b" and "a" extend each other (leave out one `extends`)',
    ]);
    expect([...loaded.playbooks.keys()]).toEqual(["c"]);
    const [own] = loadPlaybooks([folder("a", "extends: a\n")], loadEnvironment).errors;
    expect(own?.message).toBe("a playbook cannot extend itself");
  });

  test("with mistakes do not keep the others from loading", () => {
    const loaded = loadPlaybooks(
      [
        folder("bad", "titel: x\n"),
        folder("worse", "a: b: c\n"),
        folder("good", CHECK),
        folder("child", "extends: bad\n"),
      ],
      loadEnvironment,
    );
    expect([...loaded.playbooks.keys()]).toEqual(["good"]);
    expect(loaded.errors.map((e) => e.file)).toEqual([
      "bad/playbook.yml",
      "worse/playbook.yml",
      "child/playbook.yml",
    ]);
  });

  test("of one name are an error", () => {
    const loaded = loadPlaybooks([folder("a", "name: x\n"), folder("b", "\nname: x\n")], loadEnvironment);
    expect(loaded.errors.map(errorText)).toEqual([
      'b/playbook.yml:2:7: name: there are two playbooks named "x" (give one of them another name)',
    ]);
  });
});

test("the report is sorted, names every mistake with its place, and sums up", () => {
  const report = lintPlaybooks(
    [
      folder("b", `${CHECK}fixes:\n  - { id: f, title: x, risk: safe, byHand: true }\n`),
      folder("a", "titel: x\nabout: 5\n"),
    ],
    loadEnvironment,
  );
  expect(report.ok).toBe(false);
  expect(report.text).toBe(`a/playbook.yml:1:1: error: titel: unknown key "titel"
    did you mean "title"? known: name, title, about, extends, without, checks, causes, fixes
a/playbook.yml:2:8: error: about: Too small: expected number to be >=100
    see playbooks/README.md
b/playbook.yml:4:11: warning: fixes[0].id: no cause offers the fix "f"
    name it in a cause's fixes
b: 1 check, 0 causes, 1 fix (${report.text.match(/\((\w{12})\)/)?.[1]})
2 errors, 1 warning`);
  expect(lintPlaybooks([folder("b", CHECK)], loadEnvironment).ok).toBe(true);
});

describe("the JSON Schema", () => {
  const schema = playbookJsonSchema(["ss", "lines"]);
  const valid = new Ajv2020({ strict: false }).compile(schema);

  test("knows shape, defaults and parsers", () => {
    expect(valid(parse(CHECK))).toBe(true);
    expect(valid(parse(CHECK.replace("parser: ss", "parser: sss")))).toBe(false);
    expect(valid(parse(CHECK.replace("tells", "tels")))).toBe(false);
    expect(valid(parse("causes:\n  - { id: c, title: t, headline: h, suspect: true, status: 504 }\n"))).toBe(
      true,
    );
    expect(valid(parse("causes:\n  - { id: C, title: t, headline: h, suspect: x }\n"))).toBe(false);
    expect(valid(parse("extends: 502\nwithout: [a]\n"))).toBe(true);
  });

  test("describes every key of a check", () => {
    expect(JSON.stringify(schema)).toContain("what it tells, for the blind spot's sentence");
    expect(schema).toMatchObject({ title: "fiveohtwo playbook", type: "object" });
  });
});

test("the table of facts", () => {
  const rows = factRows(environment, { host: ["host"], peer: ["host", "peer"] });
  expect(rows).toContainEqual({
    fact: "unit.activeState",
    type: "string",
    about: "systemd's ActiveState",
    scopes: [],
  });
  expect(rows).toContainEqual({
    fact: "host.peers[].unit.restarts",
    type: "int",
    about: "",
    scopes: ["host", "peer"],
  });
  expect(rows).toContainEqual({ fact: "peer.names", type: "list<string>", about: "", scopes: ["peer"] });
  expect(rows).toContainEqual({
    fact: "host.labels",
    type: "map<string, string>",
    about: "",
    scopes: ["host", "peer"],
  });
  const lines = factsTable(rows).split("\n");
  expect(lines[0]).toMatch(/^FACT +TYPE +KNOWN IN +MEANING$/);
  expect(lines).toHaveLength(rows.length + 1);
  for (const row of rows)
    expect(environment.compile(row.fact.replaceAll("[]", "[0]").replaceAll('["…"]', '["x"]')).type).toBe(
      row.type,
    );
});
