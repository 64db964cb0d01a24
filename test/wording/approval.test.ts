import { describe, expect, test } from "vitest";
import { APPROVAL_STATES, type Approval, OUTCOMES } from "../../src/domain/approval.ts";
import { ago, noteOf, sayDecided, sayVotes } from "../../src/wording/approval.ts";
import { fixExitCode, sayDrift, sayFailedCommand, sayOutcome } from "../../src/wording/fix-result.ts";
import { sayPoints, sumPoints } from "../../src/wording/verification.ts";
import { aBoundFix } from "../support/fix-stage.ts";
import { anApproval } from "../support/nouns.ts";

const { fix } = aBoundFix();
const approval = (change: Partial<Approval>): Approval => anApproval("ap-1", "run-1", change);

describe("the message of an approval", () => {
  test("buttons only where a press can still change something", () => {
    const buttons = Object.fromEntries(
      APPROVAL_STATES.map((state) => [state, noteOf(approval({ state }), fix).buttons]),
    );
    expect(buttons).toEqual({
      requested: ["approve", "deny"],
      approved: ["cancel"],
      denied: [],
      expired: ["check-again"],
      superseded: [],
      applying: ["cancel"],
      finished: ["check-again"],
    });
    expect(noteOf(approval({ state: "finished", outcome: "fixed" }), fix).buttons).toEqual([]);
  });

  test("a fix on another machine names it once", () => {
    const there = { ...fix, title: "Start shop-api.service on app-1", host: "app-1" };
    const texts = APPROVAL_STATES.map((state) => noteOf(approval({ state, host: "app-1" }), there).text);
    expect(texts.map((text) => text.split("app-1").length - 1)).toEqual(APPROVAL_STATES.map(() => 1));
  });

  test("before the decision it shows what will run, how it is checked and how it is undone", () => {
    expect(noteOf(approval({}), fix)).toEqual({
      text: "U0000FAKE1 asks to run on web-1: Start shop-api.service (safe); one approval is needed.",
      lines: [
        "sudo systemctl start shop-api.service",
        "Checked afterwards: three good answers through nginx",
        "To undo it: systemctl stop shop-api.service",
      ],
      buttons: ["approve", "deny"],
    });
  });

  test("every state and outcome is a sentence, also without the fix", () => {
    for (const state of APPROVAL_STATES) {
      for (const outcome of OUTCOMES) {
        const a = approval({ state, outcome });
        for (const text of [noteOf(a, undefined).text, noteOf(a, fix).text, sayDecided(a, 5_000)]) {
          expect(text).toMatch(/^\S.*[.]$/);
          expect(text).not.toMatch(/undefined|\[object/);
        }
      }
    }
  });

  test("the result names who approved and each point", () => {
    const done = approval({
      state: "finished",
      outcome: "fixed",
      why: "shop.example.test answers 200.",
      votes: [
        { by: "U1", at: 1 },
        { by: "U2", at: 2 },
      ],
      verification: [
        { name: "through nginx", outcome: "pass", detail: "200" },
        { name: "boot enablement", outcome: "warn", detail: "disabled" },
      ],
    });
    expect(noteOf(done, fix)).toEqual({
      text: "Fixed: Start shop-api.service on web-1. shop.example.test answers 200.",
      lines: [
        "Approved by U1 and U2.",
        "Checked: 1 of 2 ok, 1 with a warning.",
        "ok: through nginx: 200",
        "warning: boot enablement: disabled",
      ],
      buttons: [],
    });
  });
});

test("who came too late is told who decided and when", () => {
  const a = approval({ state: "approved", decidedBy: "U2", decidedAt: 1_000 });
  expect(sayDecided(a, 13_000)).toBe("U2 approved it 12 s ago; it is about to start.");
  expect(sayDecided(a, 13_000, (at) => `at ${at}`)).toBe("U2 approved it at 1000; it is about to start.");
  expect(sayDecided(a, 13_000, () => "")).toBe("U2 approved it; it is about to start.");
  expect(sayVotes(approval({ votesNeeded: 2, votes: [{ by: "U1", at: 1 }] }))).toBe("1 of 2 approvals (U1)");
  expect([ago(0, 12_000), ago(0, 180_000), ago(0, 7_200_000), ago(5, 0)]).toEqual([
    "12 s ago",
    "3 min ago",
    "2 h ago",
    "just now",
  ]);
});

test("differences and failures in words", () => {
  expect(
    sayDrift([
      { name: "ActiveState", was: "inactive", now: "active" },
      { name: "listener", was: "", now: undefined, because: "no sudo rule" },
    ]),
  ).toBe(
    "ActiveState was inactive, is now active; listener was nothing, and could not be looked at now (no sudo rule)",
  );
  const said = (end: string, exitCode: number | null, stderr = ""): string =>
    sayFailedCommand("systemctl start a", { end, exitCode, stderr, stdout: "" });
  expect(said("exited", 1, "one\nJob failed.\n")).toBe(
    "systemctl start a ended with exit code 1: Job failed.",
  );
  expect(said("timed-out", null)).toBe("systemctl start a did not end in time.");
  expect(said("denied", 1, "sudo: a password is required")).toBe(
    "systemctl start a was denied: sudo: a password is required.",
  );
  expect(said("missing", 127)).toBe("systemctl start a is not installed.");
});

test("the outcome opens the sentence, and gives the exit code", () => {
  expect(OUTCOMES.map((o) => sayOutcome(o, "Start a", "web-1", "Because."))).toEqual([
    "Fixed: Start a on web-1. Because.",
    "Not fixed: Start a on web-1. Because.",
    "Rolled back: Start a on web-1. Because.",
    "Not run: Start a on web-1. Because.",
    "Interrupted: Start a on web-1. Because.",
  ]);
  expect(OUTCOMES.map(fixExitCode)).toEqual([0, 2, 2, 2, 3]);
});

test("points: what failed is loud, what was not seen is said", () => {
  const points = [
    { name: "a", outcome: "fail", detail: "x" },
    { name: "b", outcome: "unknown", detail: "y" },
  ] as const;
  expect(sayPoints(points)).toEqual(["FAILED: a: x", "not seen: b: y"]);
  expect(sumPoints(points)).toBe("0 of 2 ok, 1 failed, 1 not seen");
});
