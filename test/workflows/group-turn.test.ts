import { describe, expect, test } from "vitest";
import type { Diagnosis } from "../../src/domain/diagnosis.ts";
import type { Host } from "../../src/domain/host.ts";
import { applyFix } from "../../src/workflows/apply-fix.ts";
import type { FixWorld } from "../../src/workflows/fix-world.ts";
import { aBoundFix, aCause, aDiagnosisOf, ANN, Stage, START, WEB_1 } from "../support/fix-stage.ts";

const DISRUPTIVE = { fix: { ...aBoundFix().fix, risk: "disruptive" as const } };
const GROUPS: Readonly<Record<string, string>> = { "web-1": "web", "web-2": "web", "db-1": "db" };

function hostOf(name: string): Host | undefined {
  const group = GROUPS[name];
  return group === undefined ? undefined : { ...WEB_1, name, groups: [group] };
}

function inGroups(s: Stage, change: Partial<FixWorld> = {}): FixWorld {
  return s.world({
    findHost: hostOf,
    hostsOf: (group) => Object.keys(GROUPS).filter((name) => GROUPS[name] === group),
    ...change,
  });
}

/** Runs of several hosts, each with its fix approved. */
async function approvedOn(s: Stage, ...hosts: string[]): Promise<string[]> {
  const ids: string[] = [];
  for (const host of hosts) {
    const run = `run-${s.store.state.runs.size + 1}`;
    await s.set(run, s.bound, host);
    const id = await s.press(inGroups(s), ANN, run);
    expect(await s.approve(id, inGroups(s))).toMatchObject({ kind: "approved" });
    ids.push(id);
  }
  return ids;
}

/** What another bot finds when it takes the second fix up while the first one's command runs. */
async function during(s: Stage, first: string, second: string): Promise<string> {
  let met = "";
  s.host.on.set(START, () => {
    s.host.start();
    return {};
  });
  let asked: Promise<void> | undefined;
  s.host.tick = () => {
    if (s.host.ran.length !== 1 || asked !== undefined) return;
    asked = applyFix(inGroups(s, { instance: "bot-2" }), second).then((a) => void (met = a.kind));
  };
  await applyFix(inGroups(s), first);
  await asked;
  return met;
}

describe("disruptive fixes of one group", () => {
  test("run one at a time: the second waits, is told for whom, and runs when the first has ended", async () => {
    const s = new Stage(DISRUPTIVE);
    const [first = "", second = ""] = await approvedOn(s, "web-1", "web-2");
    expect(await during(s, first, second)).toBe("busy");
    expect(s.host.ran).toEqual([START]);
    expect(s.said(second)).toContain(
      "It waits: a fix runs on web-1, of the same group web: disruptive fixes of one group run one at a time.",
    );
    expect(s.said(second)).toContain("Not started yet.");
    s.host.active = "inactive";
    expect(await applyFix(inGroups(s), second)).toMatchObject({ kind: "finished" });
    expect(await s.store.approval(second)).toMatchObject({ outcome: "fixed" });
    expect(s.host.ran).toEqual([START, START]);
  });

  test("another group does not wait, nor does a safe fix of the same", async () => {
    for (const [change, other] of [
      [DISRUPTIVE, "db-1"],
      [{}, "web-2"],
    ] as const) {
      const s = new Stage(change);
      const [first = "", second = ""] = await approvedOn(s, "web-1", other);
      // The host was mended meanwhile, so it is refused: but it was its turn.
      expect(await during(s, first, second)).toBe("finished");
    }
  });

  test("one that does not get its turn in time expires, and says whose turn it was", async () => {
    const s = new Stage(DISRUPTIVE);
    const [, second = ""] = await approvedOn(s, "web-1", "web-2");
    expect(await s.store.lease("fix-group:web", "bot-2:ap", 120_000)).toBe(true);
    expect(await applyFix(inGroups(s), second)).toEqual({ kind: "busy" });
    s.clock.pass(60_000);
    expect(await applyFix(inGroups(s), second)).toMatchObject({ kind: "expired" });
    expect((await s.store.approval(second))?.why).toBe(
      "For more than 60 seconds it was not its turn: a fix runs on another host, of the same group web: disruptive fixes of one group run one at a time. Nothing was run.",
    );
    expect(s.host.ran).toEqual([]);
  });

  test("stop at the first failure: the same fix on the next host is not run", async () => {
    const s = new Stage(DISRUPTIVE);
    const [first = "", second = ""] = await approvedOn(s, "web-1", "web-2");
    s.host.on.set(START, () => ({ exitCode: 1, stderr: "Job for shop-api.service failed.\n" }));
    s.after = () => aDiagnosisOf([aCause()]);
    await applyFix(inGroups(s), first);
    expect(await s.store.approval(first)).toMatchObject({ outcome: "not-fixed" });
    await applyFix(inGroups(s), second);
    expect(await s.store.approval(second)).toMatchObject({ outcome: "refused" });
    expect((await s.store.approval(second))?.why).toBe(
      "Nothing was run: the same fix has just ended as not-fixed on web-1, and one after another stops at the first failure. Look at web-1 first, then press the button again.",
    );
    expect(s.host.ran).toEqual([START]);
    // Who approves it knowing of the failure has looked.
    s.clock.pass(1_000);
    s.host.on.delete(START);
    const [third = ""] = await approvedOn(s, "web-2");
    await applyFix(inGroups(s), third);
    expect(s.host.ran).toEqual([START, START]);
  });
});

describe("the last host of a group that serves", () => {
  const warning = aCause({ severity: "warning" });

  /** Web-1 has a warning and a disruptive fix; web-2 was found so, so long ago. */
  async function ended(other: Diagnosis | undefined, minutesAgo = 2, own = warning): Promise<string> {
    const s = new Stage(DISRUPTIVE);
    await s.store.transaction(async (tx) => {
      if (other === undefined) return;
      const request = { host: "web-2", playbook: "502" };
      const createdAt = s.clock.now() - minutesAgo * 60_000;
      await tx.insertRun({ id: "run-other", request, actor: ANN, state: "queued", createdAt });
      await tx.finishRun("run-other", "done", createdAt, other);
    });
    const [id = ""] = await approvedOn(s, "web-1");
    const [run] = [...s.store.state.runs.values()].filter((r) => r.request.host === "web-1");
    s.store.state.runs.set(run!.id, { ...run!, diagnosis: aDiagnosisOf([own]) });
    await applyFix(inGroups(s), id);
    return s.host.ran.length > 0 ? "ran" : ((await s.store.approval(id))?.why ?? "");
  }

  test.each([
    ["has a 502", aDiagnosisOf([aCause()])],
    ["cannot be reached", aDiagnosisOf([], { verdict: "unreachable" })],
  ])("is not interrupted while the other %s", async (_, other) => {
    expect(await ended(other)).toBe(
      "Nothing was run: web-1 is the last host of web that serves; found failing within the hour before: web-2. Mend one of them first, or diagnose it again when it is well, then press the button again.",
    );
  });

  test("may be when another serves, when nothing fresh is known of it, and when it fails itself", async () => {
    expect(await ended(aDiagnosisOf([]))).toBe("ran");
    expect(await ended(aDiagnosisOf([warning]))).toBe("ran");
    expect(await ended(undefined)).toBe("ran");
    expect(await ended(aDiagnosisOf([aCause()]), 61)).toBe("ran");
    expect(await ended(aDiagnosisOf([aCause()]), 2, aCause())).toBe("ran");
  });
});
