import { describe, expect, test } from "vitest";
import type { Approval } from "../../src/domain/approval.ts";
import { sayPoints } from "../../src/wording/verification.ts";
import { aBoundFix, aCause, aDiagnosisOf, Stage } from "../support/fix-stage.ts";
import { aBundle } from "../support/nouns.ts";

const SAVE = "journalctl --since=-2h --no-pager";
const VACUUM = "journalctl --vacuum-size=200M";
const FULL = { id: "disk-full-journal", title: "the journal fills /var", target: null, vhosts: [] };

/** A fix of the host itself: what fills the disk is kept as evidence, then removed. */
async function vacuum(): Promise<Stage> {
  const base = aBoundFix();
  const [start] = base.commands;
  const { unit: _unit, ...verify } = base.verify;
  const s = new Stage({
    fix: { ...base.fix, causeId: FULL.id, target: null, commands: [SAVE, VACUUM] },
    commands: [
      { ...start!, argv: SAVE.split(" "), keep: true },
      { ...start!, argv: VACUUM.split(" ") },
    ],
    preconditions: [],
    verify: { ...verify, fronts: [], target: null, room: ["/var"] },
  });
  s.host.freeKb.set("/var", 0);
  s.host.on.set(SAVE, () => ({ stdout: "token=abcdefghijklmnop0123456789\nshop: out of space\n" }));
  s.host.on.set(VACUUM, () => {
    s.host.freeKb.set("/var", 831_898);
    return {};
  });
  s.after = () => aDiagnosisOf(s.host.freeKb.get("/var") === 0 ? [aCause(FULL)] : []);
  await s.set();
  await s.store.transaction((tx) => tx.saveBundle("run-1", aBundle("run-1")));
  return s;
}

async function ended(s: Stage): Promise<Approval | undefined> {
  const id = await s.approved();
  await s.work();
  return s.store.approval(id);
}

describe("a fix of the host itself", () => {
  test("is verified by what it mends: the space before and after, the cause, and what nginx serves", async () => {
    const s = await vacuum();
    const a = await ended(s);
    expect(a).toMatchObject({
      outcome: "fixed",
      why: "The cause is gone; /var has 812.4 MB free (before: 0 kB).",
    });
    expect(sayPoints(a?.verification ?? [])).toEqual([
      "ok: space free now: /var has 812.4 MB free (before: 0 kB).",
      "ok: the cause: the new diagnosis does not find it any more",
      "ok: through nginx: the new diagnosis finds no vhost that fails",
      "ok: error log: the new diagnosis reads nothing of this kind in it",
      "ok: nginx -t: the configuration is valid",
    ]);
  });

  test("that frees nothing is not fixed, and says so", async () => {
    const s = await vacuum();
    s.host.on.set(VACUUM, () => ({}));
    s.after = () => aDiagnosisOf([]);
    const a = await ended(s);
    expect(a).toMatchObject({ outcome: "not-fixed" });
    expect(a?.why).toContain("No space came back: /var has 0 kB free (before: 0 kB).");
    expect(a?.verification?.[0]).toMatchObject({ name: "space free now", outcome: "fail" });
  });

  test("whose room cannot be seen is judged by the diagnosis, and the point is not seen", async () => {
    const s = await vacuum();
    s.host.freeKb.clear();
    s.host.on.set(VACUUM, () => ({}));
    s.after = () => aDiagnosisOf([]);
    const a = await ended(s);
    expect(a).toMatchObject({ outcome: "fixed" });
    expect(a?.verification?.[0]).toMatchObject({ outcome: "unknown", detail: "df could not be run" });
  });

  test("with a vhost that fails: the point through nginx fails, and the verdict is the next", async () => {
    const s = await vacuum();
    s.after = () => aDiagnosisOf([aCause()]);
    const a = await ended(s);
    expect(a?.why).toContain("Behind it: shop-api.service is stopped");
    expect(a?.verification?.[2]).toMatchObject({ name: "through nginx", outcome: "fail" });
  });
});

describe("evidence that a fix would remove", () => {
  test("is kept with the run, without secrets, before the next command begins", async () => {
    const s = await vacuum();
    let atVacuum = 0;
    s.host.on.set(VACUUM, () => {
      atVacuum = s.store.state.bundles.get("run-1")?.commands.length ?? 0;
      s.host.freeKb.set("/var", 831_898);
      return {};
    });
    const before = aBundle("run-1").commands.length;
    expect(await ended(s)).toMatchObject({ outcome: "fixed" });
    expect(atVacuum).toBe(before + 1);
    const kept = s.store.state.bundles.get("run-1")?.commands.at(-1);
    expect(kept).toMatchObject({ argv: SAVE.split(" "), end: "exited" });
    expect(kept?.stdout).toContain("shop: out of space");
    expect(kept?.stdout).not.toContain("abcdefghijklmnop0123456789");
    expect(s.actions()).toContain("fix.keep");
  });

  test("cannot be kept: nothing is removed", async () => {
    for (const bend of [
      (s: Stage) => s.store.state.bundles.clear(),
      (s: Stage) => s.host.on.set(SAVE, () => ({ exitCode: 1, stderr: "No journal files were found.\n" })),
    ]) {
      const s = await vacuum();
      bend(s);
      const a = await ended(s);
      expect(a?.outcome).not.toBe("fixed");
      expect(s.host.ran).toEqual([SAVE]);
    }
  });
});

test("what a command complains of is said without secrets", async () => {
  const s = await vacuum();
  s.host.on.set(VACUUM, () => ({ exitCode: 1, stderr: "refused: password=hunter2secret\n" }));
  const a = await ended(s);
  expect(a?.why).toContain("ended with exit code 1: refused");
  expect(a?.why).not.toContain("hunter2secret");
});
