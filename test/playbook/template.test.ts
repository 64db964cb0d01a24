import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { RuleError } from "../../src/playbook/rule-error.ts";
import { compileTemplate, split } from "../../src/playbook/template.ts";
import { environment } from "./small-model.ts";

const facts = {
  host: { name: "web-1", line: "", peers: [{ address: "a", port: 80, load: 0.5, names: ["x", "y"] }] },
  unit: { id: "shop.service", restarts: 3, enabled: false },
};
const context = environment.context(facts);
const fill = (template: string): string => compileTemplate(environment, template)(context);

describe("a template", () => {
  test.each([
    ["Unit ${unit.id} restarted ${unit.restarts} times", "Unit shop.service restarted 3 times"],
    ["${unit.enabled} ${host.peers[0].load} ${host.peers[0].names} ${host.line}|", "false 0.5 x, y |"],
    ["${host.peers.map(p, p.port)}", "80"],
    ["${host.peers.filter(p, false).map(p, p.port)}", "none"],
    ["it is ${unit.activeState}, ${peer.address}", "it is unknown, unknown"],
    ["${unit.restarts > 2 ? 'often' : 'rarely'}", "often"],
    ["${{'a': 'x}'}['a']}", "x}"],
    ["$${HOME} $host $$ $ { }", "${HOME} $host $$ $ { }"],
    ["", ""],
  ])("%s", (template, text) => {
    expect(fill(template)).toBe(text);
  });

  test.each([
    ["${unit}", 2, "must give string or int or double or bool"],
    ["x ${", 2, "not closed"],
    ["x ${unit.id", 2, "not closed"],
    ["${ }", 0, "empty placeholder"],
    ["ab ${unit.ide}", 10, 'unknown fact "unit.ide"'],
    ["${host.peers[0].names...}", 0, "spreads words of a command"],
  ])("%s is wrong", (template, start, message) => {
    let error: unknown;
    try {
      fill(template);
    } catch (thrown) {
      error = thrown;
    }
    expect(error).toBeInstanceOf(RuleError);
    expect(error).toMatchObject({ start, message: expect.stringContaining(message) });
  });

  test("text without placeholders is itself", () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        const literal = text.replaceAll("${", "");
        expect(split(literal)).toEqual(literal === "" ? [] : [{ text: literal }]);
      }),
    );
  });
});
