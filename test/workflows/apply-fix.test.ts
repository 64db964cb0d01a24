import { describe, expect, test } from "vitest";
import { ShellError } from "../../src/domain/shell-error.ts";
import { applyFix } from "../../src/workflows/apply-fix.ts";
import { pressOffer } from "../../src/workflows/press-offer.ts";
import { cancelFix } from "../../src/workflows/cancel-fix.ts";
import { ANN, aCause, aDiagnosisOf, BOB, aBoundFix, Stage, START } from "../support/fix-stage.ts";

const started = { stdout: "" };

describe("a fix that works", () => {
  test("runs its command once, is verified, diagnosed again, audited and said", async () => {
    const s = await new Stage().set();
    const id = await s.approved();
    await s.work();
    const a = await s.store.approval(id);
    expect(a).toMatchObject({ state: "finished", outcome: "fixed" });
    expect(a?.why).toContain("shop.example.test answers 200");
    expect(s.host.ran).toEqual([START]);
    expect(s.diagnoses).toBe(1);
    expect(a?.verification).toHaveLength(10);
    expect(a?.verification?.map((p) => p.outcome)).toEqual(Array.from({ length: 10 }, () => "pass"));
    expect(a?.verification?.[1]?.detail).toBe(
      "shop.example.test/health answers 200 (before: 502), 3 times in a row",
    );
    expect(s.actions()).toEqual([
      "approval.request",
      "approval.approve",
      "fix.begin",
      "fix.precondition",
      "fix.command",
      "fix.finish",
    ]);
    expect(s.said(id)).toContain("Fixed: Start shop-api.service on web-1.");
    expect(s.host.syslog).toHaveLength(2);
    expect(s.host.syslog[0]).toContain(
      `run=run-1 fix=start-shop-api approval=${id} approvers=${ANN.id} digest=${a?.digest}: begins`,
    );
    expect(s.host.openSessions).toBe(0);
    const later = s.store.state.jobs.filter((j) => j.kind === "follow-up").map((j) => j.ref);
    expect(later).toEqual([`${id}:5`, `${id}:30`]);
  });

  test("its stages are told in the terminal and in the thread while it runs", async () => {
    const s = await new Stage().set();
    const told: string[] = [];
    const inThread: string[] = [];
    let id = "";
    s.host.on.set(START, () => {
      inThread.push(s.said(id));
      s.host.start();
      return started;
    });
    s.after = () => {
      inThread.push(s.said(id));
      return aDiagnosisOf([]);
    };
    id = await s.approved();
    await s.work(0, s.world({ progress: (p) => void told.push(p.text) }));
    expect(told).toEqual([
      `Running now: sudo ${START}`,
      "Checking now: three good answers through nginx",
      "fixed: shop.example.test answers 200.",
    ]);
    expect(inThread[0]).toContain(`Running now: sudo ${START}`);
    expect(inThread[1]).toContain("Checking now: three good answers");
    expect(s.store.state.outbox.filter((m) => m.key === `approval:${id}`)).toHaveLength(1);
  });

  test("delivered twice it runs once", async () => {
    const s = await new Stage().set();
    const id = await s.approved();
    expect(await applyFix(s.world(), id)).toMatchObject({ kind: "finished" });
    expect(await applyFix(s.world(), id)).toMatchObject({ kind: "ended-before" });
    expect(s.host.ran).toEqual([START]);
  });

  test("two workers at once, in one process and in two: one runs it", async () => {
    for (const other of ["bot-1", "bot-2"]) {
      const s = await new Stage().set();
      const id = await s.approved();
      const both = await Promise.all([applyFix(s.world(), id), applyFix(s.world({ instance: other }), id)]);
      expect(both.map((r) => r.kind).toSorted()).toEqual(["busy", "finished"]);
      await s.work(10_000);
      expect(s.host.ran).toEqual([START]);
    }
  });
});

describe("what may not begin", () => {
  test("drift is said in words and nothing runs", async () => {
    const s = await new Stage().set();
    const id = await s.approved();
    s.host.start();
    await s.work();
    const a = await s.store.approval(id);
    expect(a?.outcome).toBe("refused");
    expect(a?.why).toBe("The host has changed since the diagnosis: ActiveState was inactive, is now active.");
    expect(s.host.ran).toEqual([]);
    expect(s.said(id)).toContain("check-again");
  });

  test("a precondition that cannot be looked at is no pass", async () => {
    const s = await new Stage().set();
    s.host.on.set("systemctl show -p ActiveState --value shop-api.service", () => ({
      end: "denied",
      stderr: "no rule",
    }));
    const id = await s.approved();
    await s.work();
    expect((await s.store.approval(id))?.why).toContain("could not be looked at now (no rule)");
    expect(s.host.ran).toEqual([]);
  });

  test("a precondition that exits with another code is no pass", async () => {
    const s = await new Stage().set();
    s.host.on.set("systemctl show -p ActiveState --value shop-api.service", () => ({
      stdout: "inactive\n",
      exitCode: 3,
    }));
    const id = await s.approved();
    await s.work();
    expect(await s.store.approval(id)).toMatchObject({ outcome: "refused" });
    expect((await s.store.approval(id))?.why).toContain("the look at ActiveState ended with exit code 3");
    expect(s.host.ran).toEqual([]);
  });

  test("another host key, an unreachable host, a held lock, a host that left the inventory", async () => {
    const cases: [string, (s: Stage) => void, string][] = [
      ["key", (s) => (s.host.hostKey = "SHA256:other"), "shows another host key (SHA256:other)"],
      [
        "reach",
        (s) => (s.host.refuses = new ShellError("no-route", "No route.", "Check it.")),
        "No route. Check it.",
      ],
      ["lock", (s) => (s.host.locked = true), "Another fix runs on this host."],
    ];
    for (const [, bend, words] of cases) {
      const s = await new Stage().set();
      const id = await s.approved();
      bend(s);
      await s.work();
      const a = await s.store.approval(id);
      expect(a?.outcome).toBe("refused");
      expect(a?.why).toContain(words);
      expect(s.host.ran).toEqual([]);
      expect(s.host.openSessions).toBe(0);
    }
    const s = await new Stage().set();
    const id = await s.approved();
    await s.work(0, s.world({ findHost: () => undefined }));
    expect((await s.store.approval(id))?.why).toContain("not in the inventory any more");
  });

  test("a changed offer: the digest differs", async () => {
    const s = await new Stage().set();
    const id = await s.approved();
    const other = aBoundFix({
      commands: [{ ...s.bound.commands[0]!, argv: ["systemctl", "stop", "nginx.service"] }],
    });
    s.store.state.offers = s.store.state.offers.map((o) => ({ ...o, payload: JSON.stringify(other) }));
    await s.work();
    expect((await s.store.approval(id))?.why).toContain("the stored fix differs from what was offered");
    expect(s.host.ran).toEqual([]);
  });

  test.each([{ votesNeeded: 0 }, { fourEyes: true }, { expiresAt: Number.MAX_SAFE_INTEGER }])(
    "terms that were changed behind its back (%j): the digest differs",
    async (changed) => {
      const s = await new Stage().set();
      const id = await s.approved();
      const a = s.store.state.approvals.get(id);
      if (a === undefined) throw new Error("it was not stored");
      s.store.state.approvals.set(id, { ...a, ...changed });
      await s.work();
      expect((await s.store.approval(id))?.why).toContain("differs from the approved one");
      expect(s.host.ran).toEqual([]);
    },
  );

  test("approved more than 60 seconds ago: expired, also after an outage", async () => {
    const s = await new Stage().set();
    const id = await s.approved();
    s.clock.pass(60_001);
    await s.work();
    expect(await s.store.approval(id)).toMatchObject({ state: "expired" });
    expect(s.host.ran).toEqual([]);
  });

  test("how long it may wait is the configuration's, in every place and in words", async () => {
    const settings = { startMs: 20_000, approvalMs: 90_000 };
    const s = await new Stage().set();
    const world = s.world({ settings });
    const pressed = await pressOffer(world, { runId: "run-1", fixId: "start-shop-api", actor: ANN });
    expect(pressed.text).toBe("Approve within 90 seconds.");
    const id = "approval" in pressed ? pressed.approval.id : "";
    await s.approve(id, world);
    expect(s.store.state.jobs.find((j) => j.singleton === `expire-approved:${id}`)?.dueAt).toBe(
      s.clock.now() + 21_000,
    );
    s.clock.pass(20_000);
    await s.work(0, world);
    expect(await s.store.approval(id)).toMatchObject({
      state: "expired",
      why: "It was approved, but could not start within 20 seconds. Nothing was run.",
    });
    expect(s.host.ran).toEqual([]);
    const t = await new Stage().set();
    const longer = t.world({ settings: { startMs: 120_000 } });
    const other = await t.press(longer);
    await t.approve(other, longer);
    t.clock.pass(100_000);
    await applyFix(longer, other);
    expect(await t.store.approval(other)).toMatchObject({ state: "finished", outcome: "fixed" });
  });

  test("the fourth start within an hour is refused, in the next hour it is not", async () => {
    const s = new Stage();
    const again = async (run: string): Promise<string> => {
      s.clock.pass(60_000);
      s.host.active = "inactive";
      await s.set(run);
      return s.press(s.world(), ANN, run);
    };
    for (const run of ["run-1", "run-2", "run-3"]) {
      await s.approve(await again(run));
      await s.work();
    }
    await expect(again("run-4")).rejects.toThrow(/was started 3 times within 60 minutes and did not stay up/);
    expect(s.host.ran).toHaveLength(3);
    s.clock.pass(3_600_000);
    expect(await again("run-5")).toMatch(/^ap-/);
  });

  test("the budget holds at the start too, when others were started since the press", async () => {
    const s = new Stage();
    const ids: string[] = [];
    for (const run of ["run-1", "run-2", "run-3", "run-4"]) {
      await s.set(run);
      ids.push(await s.press(s.world(), ANN, run));
    }
    for (const id of ids) await s.approve(id);
    for (const id of ids) {
      s.host.active = "inactive";
      await applyFix(s.world(), id);
    }
    expect(s.host.ran).toHaveLength(3);
    expect((await s.store.approval(ids[3] ?? ""))?.why).toContain("starting it again mends nothing");
  });

  test("cancelled before the first command: nothing runs", async () => {
    const s = await new Stage().set();
    const id = await s.approved();
    expect(await cancelFix(s.world(), { approvalId: id, actor: ANN })).toMatchObject({ kind: "stopping" });
    await s.work();
    expect((await s.store.approval(id))?.why).toBe(
      `Nothing was run: ${ANN.id} stopped it before the first command.`,
    );
    expect(s.host.ran).toEqual([]);
  });
});

const RESET = "systemctl reset-failed shop-api.service";

function twoCommands(): Stage {
  const base = aBoundFix();
  const [start] = base.commands;
  return new Stage({ commands: [{ ...start!, id: "reset", argv: RESET.split(" ") }, start!] });
}

describe("commands in order", () => {
  test("cancelled while it runs: it stops before the next command", async () => {
    const s = await twoCommands().set();
    const world = s.world();
    const id = await s.approved();
    s.host.on.set(RESET, () => {
      void cancelFix(world, { approvalId: id, actor: ANN });
      return started;
    });
    await s.work();
    const a = await s.store.approval(id);
    expect(s.host.ran).toEqual([RESET]);
    expect(a).toMatchObject({ state: "finished", outcome: "interrupted" });
    expect(a?.why).toContain(`${ANN.id} stopped it before sudo ${START}`);
  });

  test("the first that fails is the last; what it said is said", async () => {
    const s = await twoCommands().set();
    s.host.on.set(RESET, () => ({ exitCode: 1, stderr: "Failed to reset: Unit not loaded.\n" }));
    const id = await s.approved();
    await s.work();
    const a = await s.store.approval(id);
    expect(s.host.ran).toEqual([RESET]);
    expect(a?.outcome).toBe("not-fixed");
    expect(a?.why).toContain("ended with exit code 1: Failed to reset: Unit not loaded.");
  });

  test("a command that did not end in time may still work: it is watched in full", async () => {
    const s = await new Stage().set();
    let looks = 0;
    s.host.on.set(START, () => ({ end: "timed-out" }));
    s.host.tick = () => {
      if (s.host.ran.length > 0 && (looks += 1) === 8) s.host.start();
    };
    const id = await s.approved();
    await s.work();
    expect(await s.store.approval(id)).toMatchObject({ outcome: "fixed" });
  });
});

describe("verification", () => {
  test("an application that boots slowly is waited for", async () => {
    const s = await new Stage().set();
    let looks = 0;
    s.host.on.set(START, () => {
      s.host.start();
      s.host.status = 502;
      return started;
    });
    s.host.tick = () => {
      if (s.host.active === "active" && (looks += 1) === 10) s.host.status = undefined;
    };
    const id = await s.approved();
    await s.work();
    expect(await s.store.approval(id)).toMatchObject({ outcome: "fixed" });
  });

  test("good answers that begin just before the time is over may complete their row", async () => {
    const s = await new Stage().set();
    s.host.on.set(START, () => {
      s.host.start();
      s.host.status = 502;
      return started;
    });
    const began = s.clock.now();
    s.host.tick = () => {
      if (s.clock.now() >= began + 19_500) s.host.status = 200;
    };
    const id = await s.approved();
    await s.work();
    expect(await s.store.approval(id)).toMatchObject({ outcome: "fixed" });
  });

  test("answers that never stay good for long enough are not fixed, and end", async () => {
    const s = await new Stage().set();
    let looks = 0;
    s.host.tick = () => {
      s.host.status = (looks += 1) % 3 === 0 ? 502 : 200;
    };
    const id = await s.approved();
    await s.work();
    expect(await s.store.approval(id)).toMatchObject({ outcome: "not-fixed" });
  });

  test("a unit that restarts while it is watched is not fixed", async () => {
    const s = await new Stage().set();
    s.host.tick = () => {
      if (s.host.active !== "active") return;
      s.host.pid += 1;
      s.host.restarts += 1;
    };
    const id = await s.approved();
    await s.work();
    const a = await s.store.approval(id);
    expect(a?.outcome).toBe("not-fixed");
    expect(a?.why).toContain("does not stay up");
    expect(s.store.state.jobs.filter((j) => j.kind === "follow-up")).toEqual([]);
  });

  test("a second fault behind the first is the next verdict", async () => {
    const s = await new Stage().set();
    s.host.status = 502;
    s.after = () =>
      aDiagnosisOf([aCause({ id: "port-mismatch", title: "nginx asks port 3000, the app listens on 3001" })]);
    const id = await s.approved();
    await s.work();
    const a = await s.store.approval(id);
    expect(a?.outcome).toBe("not-fixed");
    expect(a?.why).toContain("Behind it: nginx asks port 3000, the app listens on 3001");
  });

  test("what cannot be looked at is unknown, and the outcome is not fixed", async () => {
    const s = await new Stage({
      verify: { ...aBoundFix().verify, fronts: [], unit: undefined, target: null },
    }).set();
    s.after = () => aDiagnosisOf([], { verdict: "unreachable" });
    const id = await s.approved();
    await s.work();
    const a = await s.store.approval(id);
    expect(a?.outcome).toBe("not-fixed");
    expect(new Set(a?.verification?.map((p) => p.outcome))).toEqual(new Set(["unknown"]));
  });

  test("without a front the new diagnosis decides", async () => {
    for (const [causes, outcome] of [
      [[], "fixed"],
      [[aCause()], "not-fixed"],
    ] as const) {
      const s = await new Stage({ verify: { ...aBoundFix().verify, fronts: [] } }).set();
      s.after = () => aDiagnosisOf(causes);
      const id = await s.approved();
      await s.work();
      expect(await s.store.approval(id)).toMatchObject({ outcome });
    }
  });
});

describe("rollback", () => {
  const STOP = "systemctl stop shop-api.service";
  const UNDO = "systemctl revert shop-api.service";
  function withRollback(text: string): Stage {
    const s = new Stage({ rollback: [{ ...aBoundFix().commands[0]!, id: "undo", argv: text.split(" ") }] });
    s.host.status = 200;
    return s;
  }

  test("worse than before: taken back, and said", async () => {
    const s = await withRollback(UNDO).set();
    s.host.on.set(START, () => {
      s.host.start();
      s.host.status = 500;
      return started;
    });
    s.host.on.set(UNDO, () => {
      s.host.status = 200;
      return started;
    });
    const id = await s.approved();
    await s.work();
    const a = await s.store.approval(id);
    expect(s.host.ran).toEqual([START, UNDO]);
    expect(a?.outcome).toBe("rolled-back");
    expect(a?.why).toContain(
      "It made things worse. It was taken back; shop.example.test answers 200, as before the fix.",
    );
    expect(s.actions()).toContain("fix.rollback-command");
  });

  test("a start is not stopped again while the application may still be booting", async () => {
    const s = await withRollback(STOP).set();
    s.host.on.set(START, () => {
      s.host.active = "activating";
      s.host.status = 503;
      return started;
    });
    const id = await s.approved();
    await s.work();
    const a = await s.store.approval(id);
    expect(s.host.ran).toEqual([START]);
    expect(a?.outcome).toBe("not-fixed");
    expect(a?.why).toContain("the application may still be booting");
  });

  test("not better and not worse: left as it is", async () => {
    const s = await withRollback(UNDO).set();
    s.host.status = 502;
    const id = await s.approved();
    await s.work();
    expect(s.host.ran).toEqual([START]);
    expect(await s.store.approval(id)).toMatchObject({ outcome: "not-fixed" });
  });

  test("another vhost broke: taken back", async () => {
    const s = await withRollback(UNDO).set();
    s.host.status = 502;
    s.after = () =>
      aDiagnosisOf([aCause(), aCause({ id: "config-broken", target: null, vhosts: ["other.example.test"] })]);
    const id = await s.approved();
    await s.work();
    expect(s.host.ran).toEqual([START, UNDO]);
    expect(await s.store.approval(id)).toMatchObject({ outcome: "rolled-back" });
  });

  test("a rollback that fails names what to do by hand", async () => {
    const s = await withRollback(UNDO).set();
    s.host.on.set(START, () => {
      s.host.status = 500;
      return started;
    });
    s.host.on.set(UNDO, () => ({ exitCode: 5, stderr: "no such unit" }));
    const id = await s.approved();
    await s.work();
    const a = await s.store.approval(id);
    expect(a?.outcome).toBe("not-fixed");
    expect(a?.why).toContain("Do it by hand: systemctl stop shop-api.service.");
  });
});

describe("the connection dies in mid-command", () => {
  test("with its effect: fixed, and nothing runs again", async () => {
    const s = await twoCommands().set();
    s.host.on.set(RESET, () => {
      s.host.start();
      return { thenLost: true };
    });
    const id = await s.approved();
    await s.work();
    expect(s.host.ran).toEqual([RESET]);
    expect(await s.store.approval(id)).toMatchObject({ outcome: "fixed" });
    expect(s.host.openSessions).toBe(0);
  });

  test("without effect: not fixed; host gone: interrupted", async () => {
    for (const [gone, outcome] of [
      [false, "not-fixed"],
      [true, "interrupted"],
    ] as const) {
      const s = await new Stage().set();
      s.host.on.set(START, () => {
        if (gone) s.host.refuses = new ShellError("no-route", "No route.", "Check it.");
        return { thenLost: true };
      });
      s.after = () => aDiagnosisOf(gone ? [] : [aCause()], gone ? { verdict: "unreachable" } : {});
      const id = await s.approved();
      await s.work();
      expect(s.host.ran).toEqual([START]);
      expect(await s.store.approval(id)).toMatchObject({ outcome });
    }
  });
});

test("only the people involved and those who may approve can cancel", async () => {
  const s = await new Stage().set();
  const id = await s.approved();
  s.access = (who) => ({ allowed: who === ANN.id, approvals: 1, fourEyes: false, why: "no rule allows it" });
  expect(await cancelFix(s.world(), { approvalId: id, actor: BOB })).toEqual({
    kind: "not-allowed",
    text: "You may not stop this fix: no rule allows it.",
  });
});
