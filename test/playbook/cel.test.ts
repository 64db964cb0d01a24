import { describe, expect, test } from "vitest";
import { z } from "zod";
import { celEnvironment, evaluateBool, evaluateValue } from "../../src/playbook/cel.ts";
import { RuleError } from "../../src/playbook/rule-error.ts";
import { environment } from "./small-model.ts";

const context = environment.context({
  host: {
    name: "web-1",
    peers: [{ address: "127.0.0.1", port: 3000, listening: true }, { address: "10.0.0.2" }],
    labels: { role: "web" },
    line: `${"a".repeat(5000)}z`,
  },
  unit: { id: "shop.service", restarts: 3 },
});

function ask(text: string): unknown {
  return evaluateBool(environment.compile(text, ["bool"]), context);
}

function wrong(text: string, expected?: readonly string[]): RuleError {
  try {
    environment.compile(text, expected);
  } catch (error) {
    if (error instanceof RuleError) return error;
    throw error;
  }
  throw new Error(`${text} compiles`);
}

describe("what is known", () => {
  test.each([
    ["unit.id == 'shop.service'", true],
    ["unit.restarts > 2 && host.name.startsWith('web')", true],
    ["unit.restarts == 4", false],
    ["host.peers.exists(p, p.port == 3000)", true],
    ["host.peers[0].port == 3000", true],
    ["'role' in host.labels", true],
    ["host.labels.role == 'web'", true],
    ["size(host.peers) == 2", true],
    ["host.peers.filter(p, has(p.port)).map(p, p.port) == [3000]", true],
    ["host.name.matches('^web-[0-9]+$')", true],
    ["host.peers.all(p, p.address.matches('^[0-9.]+$'))", true],
  ])("%s is %s", (text, value) => {
    expect(ask(text)).toEqual({ value });
  });
});

describe("what is not known", () => {
  test.each([
    ["unit.activeState == 'failed'", "unit.activeState"],
    ["unit.activeState != 'failed'", "unit.activeState"],
    ["!(unit.activeState == 'failed')", "unit.activeState"],
    ["unit.restarts == 3 && unit.enabled", "unit.enabled"],
    ["unit.restarts == 4 || unit.enabled", "unit.enabled"],
    ["peer.port == 1", "peer"],
    ["peer.unit.restarts == 1", "peer"],
    ["host.units.exists(u, u.id == 'x')", "host.units"],
    ["host.peers.exists(p, p.port == 1)", "host.peers[].port"],
    ["host.peers.all(p, p.port == 3000)", "host.peers[].port"],
    ["host.peers.exists(p, p.unit.restarts > 1)", "host.peers[].unit"],
    ["host.labels.owner == 'x'", "host.labels.owner"],
    ["host.peers.filter(p, p.listening).size() == 1", "host.peers[].listening"],
  ])("%s: %s", (text, missing) => {
    expect(ask(text)).toEqual({ value: "unknown", missing });
  });

  test("an unknown fact decides nothing that is decided without it", () => {
    expect(ask("unit.enabled && unit.restarts == 4")).toEqual({ value: false });
    expect(ask("unit.restarts == 4 && unit.enabled")).toEqual({ value: false });
    expect(ask("unit.enabled || unit.restarts == 3")).toEqual({ value: true });
    expect(ask("peer.listening || true")).toEqual({ value: true });
    expect(ask("host.peers.exists(p, p.port == 3000 && p.listening)")).toEqual({ value: true });
    expect(ask("host.peers.all(p, p.listening && p.port == 1)")).toEqual({ value: false });
  });

  test("has(…) tells known from unknown, however much of the path is missing", () => {
    expect(ask("has(unit.restarts)")).toEqual({ value: true });
    expect(ask("has(unit.activeState)")).toEqual({ value: false });
    expect(ask("has(peer.unit.activeState)")).toEqual({ value: false });
    expect(ask("has(peer)")).toEqual({ value: false });
    expect(ask("has(host.peers[0].unit.id)")).toEqual({ value: false });
    expect(ask("has(unit.restarts) && !has(unit.enabled)")).toEqual({ value: true });
    expect(ask("host.peers.exists(p, !has(p.port))")).toEqual({ value: true });
    expect(ask("host.name == 'has(x)' || has(unit.id)")).toEqual({ value: true });
  });

  test("a calculation that cannot be done is unknown with the problem, and never throws", () => {
    expect(ask("host.peers[7].port == 1")).toMatchObject({
      value: "unknown",
      problem: expect.stringContaining("out of bounds"),
    });
    expect(ask("1 / (unit.restarts - 3) == 1")).toMatchObject({
      value: "unknown",
      problem: "division by zero",
    });
    expect(evaluateValue(environment.compile("int(host.name)"), context)).toMatchObject({ known: false });
  });

  test("null, a wrong kind, or a list with such an item is unknown, not something else", () => {
    const odd = environment.context({
      host: { name: null, peers: [{ address: 1 }, null], labels: { a: 1 }, line: 5, owner: undefined },
      unit: { id: "u", restarts: 1.5, activeState: "gone", enabled: "yes" },
    });
    for (const text of [
      "host.name == ''",
      "host.peers.exists(p, true)",
      "'b' in host.labels",
      "unit.restarts > 0",
    ])
      expect(evaluateBool(environment.compile(text), odd).value).toBe("unknown");
    expect(evaluateBool(environment.compile("has(unit.enabled)"), odd)).toEqual({ value: false });
  });
});

describe("patterns", () => {
  test("see the first 4,096 characters only, in linear time", () => {
    expect(ask("host.line.matches('z$')")).toEqual({ value: false });
    expect(ask("host.line.matches('(a+)+$')")).toEqual({ value: true });
    const before = process.cpuUsage().user;
    expect(ask("host.line.matches('^(a|aa)+b$')")).toEqual({ value: false });
    expect(process.cpuUsage().user - before).toBeLessThan(5_000_000);
  });

  test("that RE2 does not know are found at load", () => {
    const error = wrong("unit.id == 'x' || host.line.matches('(?=a)')");
    expect(error.message).toMatch(/^wrong pattern: /);
    expect(error.start).toBe(36);
  });
});

describe("what is wrong is said with its place and a suggestion", () => {
  test.each([
    [
      "unit.activState == 'failed'",
      5,
      'unknown fact "unit.activState"',
      'did you mean "activeState"? known: id, activeState, restarts, enabled (facts of Unit)',
    ],
    ["unti.id == 'x'", 0, 'unknown fact "unti"', 'did you mean "unit"? known: host, peer, unit'],
    ["host.peers.exists(p, p.prot == 1)", 23, 'unknown fact "p.prot"', 'did you mean "port"?'],
    ["has(unit.enabeld)", 9, 'unknown fact "unit.enabeld"', 'did you mean "enabled"?'],
    ["unit.restarts == '3'", 0, "these types do not go together: int == string", "string(x)"],
    ["unit.restarts +", 15, "not a CEL expression", "README"],
    ["unit.id.startWith('x')", 0, 'there is no function "startWith"', 'did you mean "startsWith"?'],
    ["unit.id.matches(1)", 0, "matches cannot be used like this: string.matches(int)", "README"],
  ])("%s", (text, start, message, hint) => {
    const error = wrong(text);
    expect(error.start).toBe(start);
    expect(error.message).toContain(message);
    expect(error.hint).toContain(hint);
  });

  test("a rule of another type than is asked for", () => {
    expect(wrong("unit.id", ["bool"]).message).toBe("must give bool, gives string");
  });
});

test("kinds of schemas and their types", () => {
  const cel = celEnvironment({
    a: z.object({
      s: z.url(),
      e: z.enum(["x"]).nullable(),
      l: z.literal(["x", "y"]),
      n: z.literal(5),
      d: z.number().default(1),
      i: z.number().int().readonly(),
      u: z.union([
        z.object({ k: z.literal("a"), p: z.int() }),
        z.object({ k: z.literal("b"), q: z.string() }),
      ]),
      r: z.record(z.string(), z.array(z.object({ z: z.boolean() }))),
    }),
  });
  const types = ["a.s", "a.e", "a.l", "a.n", "a.d", "a.i", "a.u.k", "a.u.p", "a.u.q", "a.r['x'][0].z"];
  expect(types.map((text) => cel.compile(text).type)).toEqual([
    "string",
    "string",
    "string",
    "int",
    "double",
    "int",
    "string",
    "int",
    "string",
    "bool",
  ]);
  const context = cel.context({ a: { u: { k: "b", q: "x" }, r: { x: [{ z: true }] }, d: 2 } });
  expect(evaluateBool(cel.compile("a.u.q == 'x' && a.r.x[0].z && a.d > 1"), context)).toEqual({
    value: true,
  });
  expect(() => celEnvironment({ a: z.date() })).toThrow(
    'the fact "a" cannot be used in rules: date has no counterpart in CEL',
  );
  expect(() =>
    celEnvironment({ a: z.union([z.object({ k: z.int() }), z.object({ k: z.string() })]) }),
  ).toThrow('the fact "a.k" cannot be used');
});

test("a type may hold itself", () => {
  const Node = z.object({
    v: z.int(),
    get next() {
      return Node.optional();
    },
  });
  const cel = celEnvironment({ n: Node });
  const context = cel.context({ n: { v: 1, next: { v: 2 } } });
  expect(evaluateBool(cel.compile("n.next.v == 2"), context)).toEqual({ value: true });
  expect(evaluateBool(cel.compile("n.next.next.v == 2"), context)).toEqual({
    value: "unknown",
    missing: "n.next.next",
  });
});
