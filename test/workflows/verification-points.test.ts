import { describe, expect, test } from "vitest";
import type { VerificationPoint } from "../../src/domain/approval.ts";
import type { Diagnosis } from "../../src/domain/diagnosis.ts";
import { POINT_NAMES, verificationPoints } from "../../src/workflows/verification-points.ts";
import type { Look, Verified } from "../../src/workflows/verify-fix.ts";
import { aBoundFix, aCause, aDiagnosisOf } from "../support/fix-stage.ts";

const bound = aBoundFix();
const plan = bound.verify;
const [front] = plan.fronts;

function aLook(change: Partial<Look> = {}): Look {
  return {
    at: 0,
    fronts: [{ probe: front!, answer: { status: 200, seconds: 0.2 }, good: true }],
    unit: { active: "active", sub: "running", pid: 812, restarts: 0, boot: "enabled" },
    direct: { status: 404, seconds: 0.01 },
    listening: { found: true, owner: "node, pid 812" },
    ...change,
  };
}

function verified(change: Partial<Verified> = {}): Verified {
  return {
    plan,
    before: undefined,
    after: aLook(),
    symptom: "gone",
    unit: "stable",
    worse: false,
    streak: 3,
    ...change,
  };
}

function point(
  name: (typeof POINT_NAMES)[number],
  v: Verified,
  d: Diagnosis | undefined,
): VerificationPoint | undefined {
  return verificationPoints(bound, v, d).find((p) => p.name === name);
}

const healthy = aDiagnosisOf([]);

test("ten points, each with its name; all pass on a healthy host", () => {
  const points = verificationPoints(bound, verified(), healthy);
  expect(points.map((p) => p.name)).toEqual([...POINT_NAMES]);
  expect(points.map((p) => p.outcome)).toEqual(Array.from({ length: 10 }, () => "pass"));
});

test("nothing could be looked at: every point is unknown", () => {
  const blind = verified({
    after: aLook({
      fronts: [{ probe: front!, answer: { status: undefined }, good: undefined }],
      unit: undefined,
      direct: { status: undefined },
      listening: undefined,
    }),
    symptom: "unknown",
    unit: "unknown",
  });
  for (const d of [undefined, aDiagnosisOf([], { verdict: "unreachable" })]) {
    expect(new Set(verificationPoints(bound, blind, d).map((p) => p.outcome))).toEqual(new Set(["unknown"]));
  }
});

test("a diagnosis whose checks were denied passes nothing it did not see", () => {
  const denied = aDiagnosisOf([], {
    checks: healthy.checks.map((c) => ({ ...c, end: "denied" as const, exitCode: 1 })),
  });
  const names: readonly string[] = [
    "error log",
    "nginx -t",
    "effective time-outs",
    "upstream state",
    "permissions",
  ];
  const points = verificationPoints(bound, verified(), denied).filter((p) => names.includes(p.name));
  expect(points.map((p) => p.outcome)).toEqual(names.map(() => "unknown"));
});

describe.each<[(typeof POINT_NAMES)[number], Verified, Diagnosis, VerificationPoint["outcome"], string]>([
  [
    "direct to the backend",
    verified({ after: aLook({ direct: { status: 0, curl: 7 } }) }),
    healthy,
    "fail",
    "refuses the connection",
  ],
  [
    "direct to the backend",
    verified({ after: aLook({ direct: { status: 0, curl: 28 } }) }),
    healthy,
    "fail",
    "in time",
  ],
  [
    "direct to the backend",
    verified({ after: aLook({ direct: { status: 0, curl: 52 } }) }),
    healthy,
    "unknown",
    "plain HTTP",
  ],
  [
    "direct to the backend",
    verified({ plan: { ...plan, target: "unix:/run/app.sock" } }),
    healthy,
    "unknown",
    "may not be HTTP",
  ],
  ["through nginx", verified({ symptom: "there" }), healthy, "fail", "answers 200"],
  [
    "error log",
    verified(),
    aDiagnosisOf([
      aCause({ evidence: [{ check: "error-logs", command: "tail", excerpt: "connect() failed" }] }),
    ]),
    "fail",
    "still tells",
  ],
  ["process running", verified({ unit: "restarted" }), healthy, "fail", "restarted while it was watched"],
  [
    "process running",
    verified({
      unit: "down",
      after: aLook({ unit: { active: "failed", sub: "failed", pid: 0, restarts: 5, boot: "enabled" } }),
    }),
    healthy,
    "fail",
    "failed",
  ],
  [
    "process running",
    verified({ plan: { ...plan, unit: undefined } }),
    healthy,
    "pass",
    "node, pid 812 owns the listener",
  ],
  [
    "port or socket listening",
    verified({ after: aLook({ listening: { found: false }, direct: { status: 0, curl: 7 } }) }),
    healthy,
    "fail",
    "nothing listens on 127.0.0.1:3000",
  ],
  [
    "port or socket listening",
    verified({ after: aLook({ listening: { found: false }, direct: { status: 200 } }) }),
    healthy,
    "pass",
    "accepts connections",
  ],
  [
    "nginx -t",
    verified(),
    aDiagnosisOf([], {
      checks: [{ id: "nginx-config", command: "sudo nginx -T", exitCode: 1, durationMs: 1, end: "exited" }],
    }),
    "fail",
    "exit code 1",
  ],
  [
    "effective time-outs",
    verified(),
    aDiagnosisOf([aCause({ id: "read-timeout-504", status: 504, title: "reports are slow" })]),
    "fail",
    "reports are slow",
  ],
  [
    "effective time-outs",
    verified(),
    aDiagnosisOf([aCause({ id: "read-timeout-504", severity: "warning", title: "reports are slow" })]),
    "warn",
    "reports are slow",
  ],
  [
    "upstream state",
    verified(),
    aDiagnosisOf([aCause({ id: "no-live-upstreams", title: "no peer is live" })]),
    "fail",
    "no peer is live",
  ],
  [
    "upstream state",
    verified(),
    aDiagnosisOf([aCause({ id: "one-of-n-upstreams-down", severity: "warning", title: "one of three" })]),
    "warn",
    "one of three",
  ],
  [
    "permissions",
    verified(),
    aDiagnosisOf([aCause({ id: "selinux-network-connect", title: "SELinux denies" })]),
    "fail",
    "SELinux denies",
  ],
  [
    "boot enablement and monitoring",
    verified({
      after: aLook({ unit: { active: "active", sub: "running", pid: 1, restarts: 0, boot: "disabled" } }),
    }),
    healthy,
    "warn",
    "will not be back after a reboot",
  ],
])("%s", (name, v, d, outcome, words) => {
  test(`${outcome}: ${words}`, () => {
    const p = point(name, v, d);
    expect(p?.outcome).toBe(outcome);
    expect(p?.detail).toContain(words);
  });
});
