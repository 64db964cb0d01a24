import { describe, expect, test } from "vitest";
import type { Approval } from "../../src/domain/approval.ts";
import { ShellError } from "../../src/domain/shell-error.ts";
import { applyFix } from "../../src/workflows/apply-fix.ts";
import { resumeFixes } from "../../src/workflows/resume-fixes.ts";
import { aBoundFix, ANN, aDiagnosisOf, Stage, START } from "../support/fix-stage.ts";
import { Killed, Mortal } from "../support/mortal.ts";

const RESET = "systemctl reset-failed shop-api.service";
const UNDO = "systemctl revert shop-api.service";

function stage(): Stage {
  const [start] = aBoundFix().commands;
  return new Stage({
    commands: [{ ...start!, id: "reset", argv: RESET.split(" ") }, start!],
    rollback: [{ ...start!, id: "undo", argv: UNDO.split(" ") }],
  });
}

/** The fix makes things worse, so that a run goes through its rollback too. */
function spoil(s: Stage): void {
  s.host.status = 200;
  s.host.on.set(START, () => {
    s.host.start();
    s.host.status = 500;
    return {};
  });
  s.host.on.set(UNDO, () => {
    s.host.status = 200;
    return {};
  });
}

/** The whole life of a fix in one process: asked for, approved, worked. */
async function live(s: Stage, process: Mortal): Promise<void> {
  const world = process.world(s.world(), s.store);
  const id = await s.press(world);
  await s.approve(id, world);
  await s.work(0, world);
}

async function dies(s: Stage, process: Mortal): Promise<void> {
  await live(s, process).catch((e: unknown) => {
    if (!(e instanceof Killed)) throw e;
  });
}

interface Kill {
  readonly at: number;
  readonly name: string;
  readonly when: "before" | "after";
}

async function kills(bend: (s: Stage) => void): Promise<Kill[]> {
  const s = await stage().set();
  bend(s);
  const whole = new Mortal();
  await live(s, whole);
  return whole.names.flatMap((name, i) =>
    (["before", "after"] as const).map((when) => ({ at: i + 1, name, when })),
  );
}

const END: readonly Approval["state"][] = ["finished", "expired"];

describe.each([
  ["a fix that works", () => undefined],
  ["a fix that is taken back", spoil],
])("killed at every call of %s", (_, bend) => {
  test.each([
    ["the same bot, restarted", "bot-1", 0],
    ["another replica, after the lease", "bot-2", 31_000],
    ["the same bot, two minutes later", "bot-1", 120_000],
  ])("%s: nothing runs twice, nothing is lost, all is answered", async (__, instance, later) => {
    const all = await kills(bend);
    expect(all.length).toBeGreaterThan(100);
    let cut = 0;
    for (const kill of all) {
      const s = await stage().set();
      bend(s);
      await dies(s, new Mortal(kill.at, kill.when));
      const ranBefore = [...s.host.ran];
      const wasApplying = [...s.store.state.approvals.values()].some((a) => a.state === "applying");
      s.clock.pass(later);
      const world = s.world({ instance });
      await resumeFixes(world);
      cut += wasApplying ? 1 : 0;
      expect(wasApplying ? [...s.host.ran] : ranBefore, `${kill.when} ${kill.name}`).toEqual(ranBefore);
      await s.work(600_000, world);
      for (const command of new Set(s.host.ran)) {
        expect(
          s.host.ran.filter((c) => c === command),
          `${kill.when} ${kill.name}`,
        ).toHaveLength(1);
      }
      const approvals = [...s.store.state.approvals.values()];
      expect(approvals.length).toBeLessThanOrEqual(1);
      for (const a of approvals) {
        expect(END, `${kill.when} ${kill.name}`).toContain(a.state);
        const said = s.said(a.id);
        expect(said).not.toContain('"buttons":["cancel"]');
        expect(said).not.toContain('"buttons":["approve"');
        expect(a.state === "expired" ? s.host.ran : []).toEqual([]);
      }
    }
    expect(cut).toBeGreaterThan(40);
  });
});

describe("what was cut off", () => {
  /** A bot that dies as soon as the command has had its effect. */
  async function cut(s: Stage, name: string): Promise<string> {
    await s.set();
    const counting = new Mortal();
    const other = await stage().set();
    await live(other, counting);
    await dies(s, new Mortal(counting.names.indexOf(name) + 1, "after"));
    const [a] = s.store.state.approvals.values();
    expect(a?.state).toBe("applying");
    return a?.id ?? "";
  }

  test("with its effect there: fixed, verified, diagnosed and audited", async () => {
    const s = stage();
    const id = await cut(s, "fix");
    expect(await resumeFixes(s.world())).toMatchObject([{ id, outcome: "fixed" }]);
    const a = await s.store.approval(id);
    expect(a?.why).toContain(
      "It was cut off in the middle (1 of 2 commands are known to have ended); nothing was run a second time.",
    );
    expect(a?.verification).toHaveLength(10);
    expect(s.actions().at(-1)).toBe("fix.finish");
  });

  test("without its effect: not fixed; nobody to ask: interrupted", async () => {
    const s = stage();
    const id = await cut(s, "fix");
    s.host.active = "failed";
    expect(await resumeFixes(s.world())).toMatchObject([{ id, outcome: "not-fixed" }]);
    const t = stage();
    const other = await cut(t, "fix");
    t.host.refuses = new ShellError("no-route", "No route to web-1.", "Check the network.");
    t.after = () => aDiagnosisOf([], { verdict: "unreachable" });
    expect(await resumeFixes(t.world())).toMatchObject([{ id: other, outcome: "interrupted" }]);
    expect((await t.store.approval(other))?.why).toContain("No route to web-1. Check the network.");
    const u = stage();
    await cut(u, "fix");
    expect(await resumeFixes(u.world({ findHost: () => undefined }))).toMatchObject([
      { outcome: "interrupted" },
    ]);
  });

  test("another replica leaves it alone while the lease is held", async () => {
    const s = stage();
    const id = await cut(s, "fix");
    expect(await resumeFixes(s.world({ instance: "bot-2" }))).toEqual([]);
    s.clock.pass(31_000);
    expect(await resumeFixes(s.world({ instance: "bot-2" }))).toMatchObject([{ id }]);
  });

  test("the host's next fix looks it up before it begins", async () => {
    const s = stage();
    const left = await cut(s, "fix");
    s.clock.pass(31_000);
    await s.set("run-2");
    s.host.active = "inactive";
    const next = await s.press(s.world(), ANN, "run-2");
    await s.approve(next);
    const before = s.host.ran.length;
    await applyFix(s.world(), next);
    expect(await s.store.approval(left)).toMatchObject({ state: "finished", outcome: "not-fixed" });
    expect(await s.store.approval(next)).toMatchObject({ state: "finished", outcome: "fixed" });
    expect(s.host.ran.slice(before)).toEqual([RESET, START]);
    const ends = s.store.state.audit.filter((e) => e.action === "fix.finish" || e.action === "fix.begin");
    expect(ends.slice(-3).map((e) => e.approvalId)).toEqual([left, next, next]);
  });

  test("a host that cannot be looked at does not keep the others waiting", async () => {
    const s = stage();
    const id = await cut(s, "fix");
    await s.store.transaction(async (tx) => {
      await tx.insertApproval({ ...(await s.store.approval(id))!, id: "ap-other", host: "web-2" });
    });
    const broken = s.world({
      findHost: (name) => {
        if (name === "web-2") throw new Error("the inventory is broken");
        return s.world().findHost(name);
      },
    });
    await expect(resumeFixes(broken)).rejects.toThrow("the inventory is broken");
    expect(await s.store.approval(id)).toMatchObject({ state: "finished" });
  });

  test("when the diagnosis itself fails it still has an end", async () => {
    const s = stage();
    const id = await cut(s, "fix");
    expect(await resumeFixes(s.world({ diagnose: async () => undefined }))).toMatchObject([
      { id, state: "finished", outcome: "fixed" },
    ]);
    const t = await stage().set();
    const whole = await t.approved();
    await t.work(0, t.world({ diagnose: async () => undefined }));
    expect(await t.store.approval(whole)).toMatchObject({ state: "finished", outcome: "fixed" });
  });

  test("an approval by nobody alive is expired at the start of a bot", async () => {
    const s = await stage().set();
    const id = await s.approved();
    s.clock.pass(60_000);
    expect(await resumeFixes(s.world())).toMatchObject([{ id, state: "expired", decidedBy: ANN.id }]);
    await s.work();
    expect(s.host.ran).toEqual([]);
  });
});
