import { describe, expect, test } from "vitest";
import type { CauseRule } from "../../src/domain/playbook.ts";
import { fold } from "../../src/diagnosis/fold.ts";
import { judge } from "../../src/diagnosis/judge.ts";
import { cause, flags, playbook } from "./rules.ts";

const ONE = [{ check: "one", when: "true", show: "it" }];

/** Judges the rules at one peer of one vhost. */
function at(
  vhost: string,
  target: string,
  rules: readonly CauseRule[],
  scope: Readonly<Record<string, boolean>> = {},
) {
  return { place: undefined, vhost, target, judgement: judge(playbook(rules), "peer", scope, flags) };
}

function atHost(rules: readonly CauseRule[]) {
  return { place: undefined, target: null, judgement: judge(playbook(rules), "host", {}, flags) };
}

const ids = (placed: ReturnType<typeof fold>): string[] => placed.map((p) => p.candidate.rule.id);

describe("nothing is proven while a cause behind it may hold", () => {
  const behind = cause("behind", { suspect: "s", explains: ["seen"] });
  const seen = cause("seen");
  const grade = (placed: ReturnType<typeof fold>): string[] =>
    placed.map((p) => `${p.candidate.rule.id} ${p.candidate.grade}`);

  test("it is consistent at best, and the fact that would tell is named", () => {
    const placed = fold([at("shop", "127.0.0.1:1", [behind, seen])]);
    expect(grade(placed)).toEqual(["seen consistent"]);
    expect(placed[0]?.candidate.missing).toEqual(["s"]);
  });

  test("but proven when the other one is ruled out, by whatever is known of it", () => {
    expect(grade(fold([at("shop", "127.0.0.1:1", [behind, seen], { s: false })]))).toEqual(["seen proven"]);
    const told = cause("behind", { suspect: "s", when: "w", explains: ["seen"] });
    expect(grade(fold([at("shop", "127.0.0.1:1", [told, seen], { w: false })]))).toEqual(["seen proven"]);
    const refuted = cause("behind", {
      suspect: "s",
      explains: ["seen"],
      refutedBy: [{ when: "r", because: "r" }],
    });
    expect(grade(fold([at("shop", "127.0.0.1:1", [refuted, seen], { r: true })]))).toEqual(["seen proven"]);
  });

  test("also where that one is the host's, and not where it is another peer's", () => {
    const host = cause("behind", { scope: "host", suspect: "s", explains: ["seen"] });
    const atPeer = at("shop", "127.0.0.1:1", [seen]);
    expect(grade(fold([atPeer, atHost([host])]))).toEqual(["seen consistent"]);
    expect(grade(fold([atPeer, at("shop", "127.0.0.1:2", [behind])]))).toEqual(["seen proven"]);
  });
});

describe("a consequence never outranks its cause", () => {
  const stopped = cause("stopped", { rank: 10, explains: ["no-live"] });
  const noLive = cause("no-live", { rank: 90 });

  test("it is folded under it, though it ranks higher", () => {
    const placed = fold([at("shop", "127.0.0.1:1", [stopped, noLive])]);
    expect(ids(placed)).toEqual(["stopped"]);
    expect(placed[0]?.consequences).toEqual(["no-live"]);
  });

  test("also when it lies at another peer of the same vhost", () => {
    const likely = cause("no-live", { rank: 90, maxGrade: "consistent" });
    const placed = fold([at("shop", "127.0.0.1:1", [stopped]), at("shop", "127.0.0.1:2", [likely])]);
    expect(ids(placed)).toEqual(["stopped"]);
  });

  test("but what is proven of another peer is that peer's own cause", () => {
    const placed = fold([at("shop", "127.0.0.1:1", [stopped]), at("shop", "127.0.0.1:2", [noLive])]);
    expect(ids(placed).toSorted()).toEqual(["no-live", "stopped"]);
  });

  test("one port under two addresses is one peer", () => {
    const placed = fold([at("shop", "127.0.0.1:1", [stopped]), at("shop", "[::1]:1", [noLive])]);
    expect(ids(placed)).toEqual(["stopped"]);
  });

  test("but not at another vhost's other peer: that is a fault of its own", () => {
    const placed = fold([at("shop", "127.0.0.1:1", [stopped]), at("blog", "127.0.0.1:2", [noLive])]);
    expect(ids(placed).toSorted()).toEqual(["no-live", "stopped"]);
  });

  test("a host's cause explains it at every vhost", () => {
    const disk = cause("disk", { scope: "host", rank: 1, explains: ["no-live"] });
    expect(ids(fold([at("shop", "127.0.0.1:2", [noLive]), atHost([disk])]))).toEqual(["disk"]);
  });

  test("one vhost's own cause explains nothing of another vhost", () => {
    const parent = cause("static", { scope: "vhost", explains: ["hidden"] });
    const child = cause("hidden", { scope: "vhost" });
    const own = (vhost: string, rule: CauseRule) => ({
      place: undefined,
      vhost,
      target: null,
      judgement: judge(playbook([rule]), "vhost", {}, flags),
    });
    expect(ids(fold([own("shop", parent), own("blog", child)])).toSorted()).toEqual(["hidden", "static"]);
    expect(ids(fold([own("shop", parent), own("shop", child)]))).toEqual(["static"]);
  });

  test("an unproven guess explains nothing", () => {
    const guess = cause("guess", { when: "unknown", explains: ["no-live"] });
    expect(ids(fold([at("shop", "127.0.0.1:1", [guess, noLive])]))).toEqual(["no-live", "guess"]);
  });

  test("of two that explain each other one stays", () => {
    const a = cause("a", { explains: ["b"] });
    const b = cause("b", { explains: ["a"] });
    expect(ids(fold([at("shop", "127.0.0.1:1", [a, b])]))).toEqual(["a"]);
  });
});

describe("the same cause at the same peer is one", () => {
  test("with all its vhosts, and the best of its grades", () => {
    const rule = cause("stopped", { when: "w" });
    const placed = fold([
      at("shop", "127.0.0.1:1", [rule], {}),
      at("blog", "127.0.0.1:1", [rule], { w: true }),
      at("shop", "127.0.0.1:1", [rule], { w: true }),
    ]);
    expect(placed).toHaveLength(1);
    expect(placed[0]).toMatchObject({ vhosts: ["shop", "blog"], target: "127.0.0.1:1" });
    expect(placed[0]?.candidate.grade).toBe("proven");
  });

  test("at two peers it is two, in a fixed order", () => {
    const rule = cause("stopped");
    const both = [at("shop", "127.0.0.1:2", [rule]), at("shop", "127.0.0.1:1", [rule])];
    const targets = ["127.0.0.1:1", "127.0.0.1:2"];
    expect(fold(both).map((p) => p.target)).toEqual(targets);
    expect(fold(both.toReversed()).map((p) => p.target)).toEqual(targets);
  });
});

test("what fails now stands before what is only a risk, and both before a guess", () => {
  const risk = cause("risk", { severity: "warning", rank: 99 });
  const failure = cause("failure", { rank: 1, evidence: ONE });
  const guess = cause("guess", { when: "unknown", rank: 100 });
  expect(ids(fold([at("shop", "127.0.0.1:1", [risk, guess, failure])]))).toEqual([
    "failure",
    "risk",
    "guess",
  ]);
});
