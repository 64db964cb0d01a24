import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { CauseRule } from "../../src/domain/playbook.ts";
import { judge } from "../../src/diagnosis/judge.ts";
import { cause, flags, playbook } from "./rules.ts";

const says = (rule: CauseRule, scope: Readonly<Record<string, boolean>> = {}) => {
  const { held, ruledOut } = judge(playbook([rule]), rule.scope, scope, flags);
  return { grade: held[0]?.grade, missing: held[0]?.missing, because: ruledOut[0]?.because };
};
const ONE = [{ check: "one", when: "true", show: "it" }];

describe("three-valued: unknown never proves, and never rules out", () => {
  test("a suspicion that is unknown makes no candidate, and rules nothing out", () => {
    expect(judge(playbook([cause("c", { suspect: "a" })]), "peer", {}, flags)).toMatchObject({
      held: [],
      open: [{ rule: { id: "c" }, missing: "a" }],
      ruledOut: [],
    });
  });

  test("when: true is proven, false is ruled out with its reason, unknown stays unproven and names what is missing", () => {
    const rule = cause("c", { when: "a", otherwise: "a is not so" });
    expect(says(rule, { a: true })).toMatchObject({ grade: "proven", missing: [] });
    expect(says(rule, { a: false })).toMatchObject({ grade: undefined, because: "a is not so" });
    expect(says(rule)).toMatchObject({ grade: "unproven", missing: ["a"] });
  });

  test("evidence whose condition is unknown or false does not count", () => {
    const rule = cause("c", {
      evidence: [...ONE, { check: "two", when: "a", show: "perhaps" }],
    });
    expect(says(rule, { a: true }).grade).toBe("proven");
    expect(says(rule, { a: false }).grade).toBe("consistent");
    expect(says(rule).grade).toBe("consistent");
  });

  test("a refutation that holds rules out, one that is open caps at consistent, one that fails is nothing", () => {
    const rule = cause("c", { refutedBy: [{ when: "r", because: "r speaks against it" }] });
    expect(says(rule, { r: true })).toMatchObject({ grade: undefined, because: "r speaks against it" });
    expect(says(rule, { r: false }).grade).toBe("proven");
    expect(says(rule)).toMatchObject({ grade: "consistent", missing: ["r"] });
  });

  test("provenWhen is needed for proven, and only for that", () => {
    const rule = cause("c", { provenWhen: "p" });
    expect(says(rule, { p: true }).grade).toBe("proven");
    expect(says(rule, { p: false }).grade).toBe("consistent");
    expect(says(rule)).toMatchObject({ grade: "consistent", missing: ["p"] });
  });
});

describe("sources", () => {
  test("two sources prove, one is consistent, none is unproven", () => {
    expect(says(cause("c")).grade).toBe("proven");
    expect(says(cause("c", { evidence: ONE })).grade).toBe("consistent");
    expect(says(cause("c", { evidence: [] })).grade).toBe("unproven");
  });

  test("two checks of one source are one piece of evidence", () => {
    const evidence = [...ONE, { check: "one-again", when: "true", show: "it again" }];
    expect(says(cause("c", { evidence })).grade).toBe("consistent");
  });

  test("maxGrade caps, and lifts nothing", () => {
    expect(says(cause("c", { maxGrade: "consistent" })).grade).toBe("consistent");
    expect(says(cause("c", { maxGrade: "consistent", evidence: [] })).grade).toBe("unproven");
  });

  test("only rules of the scope's kind are judged", () => {
    expect(judge(playbook([cause("c", { scope: "host" })]), "peer", {}, flags).held).toEqual([]);
  });
});

test("better grade first, then rank, then id", () => {
  const rules = [
    cause("weak", { rank: 99, evidence: ONE }),
    cause("b", { rank: 10 }),
    cause("a", { rank: 10 }),
    cause("high", { rank: 20 }),
  ];
  const order = judge(playbook(rules), "peer", {}, flags).held.map((c) => c.rule.id);
  expect(order).toEqual(["high", "a", "b", "weak"]);
});

test("the less is known the less is claimed: hiding a flag never makes a grade better", () => {
  // What was ruled out may come back as a hypothesis, or as consistent; never as proven.
  const claims = (grade: string | undefined): number =>
    ["unproven", "consistent", "proven"].indexOf(grade ?? "consistent");
  const rule = cause("c", {
    when: "w",
    provenWhen: "p",
    refutedBy: [{ when: "r", because: "r" }],
    evidence: [
      { check: "one", when: "e", show: "e" },
      { check: "two", when: "f", show: "f" },
    ],
  });
  const flag = fc.boolean();
  const scope = fc.record({ w: flag, p: flag, r: flag, e: flag, f: flag });
  const property = fc.property(scope, fc.subarray(["w", "p", "r", "e", "f"]), (full, hidden) => {
    const left = Object.fromEntries(Object.entries(full).filter(([key]) => !hidden.includes(key)));
    const after = says(rule, left).grade;
    return after === undefined || claims(after) <= claims(says(rule, full).grade);
  });
  expect(fc.check(property)).toMatchObject({ failed: false, counterexample: null });
});
