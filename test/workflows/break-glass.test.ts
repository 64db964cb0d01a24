import { describe, expect, test } from "vitest";
import { decideApproval } from "../../src/workflows/decide-approval.ts";
import { pressOffer } from "../../src/workflows/press-offer.ts";
import { aBoundFix, ANN, BOB, Stage, START } from "../support/fix-stage.ts";

const PRESS = { runId: "run-1", fixId: "start-shop-api" };
const REASON = "the shop is down and nobody else answers";
const closed = { open: false, why: "No fix runs on web-1 before Monday." };

function strict(fourEyes: boolean, approvals: number) {
  return () => ({ allowed: true, approvals, fourEyes, why: "rule 1" });
}

/** A host in a freeze, with a policy of four eyes and two votes; ANN may break glass. */
async function frozen(change: Parameters<typeof aBoundFix>[0] = {}) {
  const s = await new Stage(change).set();
  s.access = strict(true, 2);
  s.glass.add(ANN.id);
  const world = s.world({
    gate: () => closed,
    alarm: { channel: "C0000SECURE", group: "S0000SECUR" },
  });
  return { s, world };
}

describe("break-glass", () => {
  test("overrides four eyes, votes and a freeze with one typed reason; told at once, audited, run once", async () => {
    const { s, world } = await frozen();
    const pressed = await pressOffer(world, { ...PRESS, actor: ANN });
    expect(pressed).toMatchObject({
      kind: "requested",
      glass: ["You asked for it: somebody else must approve it.", closed.why, "2 people must approve it."],
    });
    const approvalId = "approval" in pressed ? pressed.approval.id : "";
    const vote = { approvalId, actor: ANN, decide: "approve" } as const;
    expect(await decideApproval(world, vote)).toEqual({
      kind: "needs-another",
      text: "You asked for it: somebody else must approve it. You may break glass, with a reason.",
    });
    expect(await decideApproval(world, { ...vote, breakGlass: true, reason: " ok " })).toMatchObject({
      kind: "needs-reason",
    });
    expect(await decideApproval(world, { ...vote, breakGlass: true, reason: REASON })).toMatchObject({
      kind: "approved",
      approval: { votesNeeded: 2, votes: [{ by: ANN.id, reason: REASON }] },
    });
    const told = s.store.state.outbox.filter((m) => m.key.startsWith("break-glass:"));
    expect(told.map((m) => [m.channel, m.threadKey])).toEqual([
      ["C0000FAKE1", undefined],
      ["C0000SECURE", undefined],
    ]);
    const body: unknown = JSON.parse(told[0]?.body ?? "{}");
    expect(body).toMatchObject({ kind: "note", userGroup: "S0000SECUR" });
    expect(told[0]?.body).toContain(REASON);
    const entry = s.store.state.audit.find((e) => e.action === "approval.break-glass");
    expect(entry).toMatchObject({
      actor: ANN.id,
      detail: { reason: REASON, overrides: ["four-eyes", "times", "votes"] },
    });
    await s.work(0, world);
    expect(s.host.ran).toEqual([START]);
    expect(await s.store.approval(approvalId)).toMatchObject({ outcome: "fixed" });
  });

  test("who was the first of two votes may break glass afterwards", async () => {
    const s = await new Stage().set();
    s.access = strict(false, 2);
    s.glass.add(ANN.id);
    const id = await s.press();
    expect(await s.approve(id)).toMatchObject({ kind: "voted", missing: 1 });
    const again = {
      approvalId: id,
      actor: ANN,
      decide: "approve",
      breakGlass: true,
      reason: REASON,
    } as const;
    expect(await decideApproval(s.world(), again)).toMatchObject({ kind: "approved" });
  });

  test("the fourth start within an hour", async () => {
    const s = new Stage();
    for (const run of ["run-1", "run-2", "run-3"]) {
      s.host.active = "inactive";
      await s.set(run);
      await s.approve(await s.press(s.world(), ANN, run));
      await s.work();
    }
    s.host.active = "inactive";
    await s.set("run-4");
    const press = { runId: "run-4", fixId: PRESS.fixId, actor: ANN };
    expect(await pressOffer(s.world(), press)).toMatchObject({ kind: "budget-spent" });
    s.glass.add(ANN.id);
    const id = await s.press(s.world(), ANN, "run-4");
    expect(await s.approve(id)).toMatchObject({ kind: "closed" });
    const glass = {
      approvalId: id,
      actor: ANN,
      decide: "approve",
      breakGlass: true,
      reason: REASON,
    } as const;
    expect(await decideApproval(s.world(), glass)).toMatchObject({ kind: "approved" });
    await s.work();
    expect(s.host.ran).toHaveLength(4);
  });

  test("is for the role only", async () => {
    const { world } = await frozen();
    const pressed = await pressOffer(world, { ...PRESS, actor: BOB });
    expect(pressed).toEqual({ kind: "closed", text: closed.why });
    const mine = await pressOffer(world, { ...PRESS, actor: ANN });
    const approvalId = "approval" in mine ? mine.approval.id : "";
    const his = { approvalId, actor: BOB, decide: "approve", breakGlass: true, reason: REASON } as const;
    expect(await decideApproval(world, his)).toEqual({
      kind: "not-allowed",
      text: "no rule allows break-glass",
    });
  });

  test("never changes what a dangerous fix needs", async () => {
    const fix = { ...aBoundFix().fix, risk: "dangerous" as const };
    const s = await new Stage({ fix }).set();
    s.glass.add(ANN.id);
    const id = await s.press();
    const glass = {
      approvalId: id,
      actor: ANN,
      decide: "approve",
      breakGlass: true,
      reason: REASON,
      typedHost: "web-1",
    } as const;
    expect(await decideApproval(s.world(), glass)).toEqual({
      kind: "not-allowed",
      text: "Break-glass does not change the rules for dangerous fixes.",
    });
    expect(await s.store.approval(id)).toMatchObject({ state: "requested", votes: [] });
  });

  test("never changes digest or evidence", async () => {
    const { s, world } = await frozen();
    const pressed = await pressOffer(world, { ...PRESS, actor: ANN });
    const approvalId = "approval" in pressed ? pressed.approval.id : "";
    const glass = { approvalId, actor: ANN, decide: "approve", breakGlass: true, reason: REASON } as const;
    s.host.active = "failed";
    expect(await decideApproval(world, glass)).toMatchObject({ kind: "approved" });
    await s.work(0, world);
    expect(await s.store.approval(approvalId)).toMatchObject({ outcome: "refused" });
    expect(s.host.ran).toEqual([]);
    const other = await frozen();
    const id = await other.s.press(other.world);
    other.s.store.state.offers = other.s.store.state.offers.map((o) => ({
      ...o,
      payload: o.payload.replace("start", "stop"),
    }));
    expect(await decideApproval(other.world, { ...glass, approvalId: id })).toMatchObject({ kind: "broken" });
  });

  test("with nothing to override it is an ordinary approval, told to nobody", async () => {
    const s = await new Stage().set();
    s.glass.add(ANN.id);
    const id = await s.press();
    const glass = { approvalId: id, actor: ANN, decide: "approve", breakGlass: true } as const;
    expect(await decideApproval(s.world(), glass)).toMatchObject({ kind: "approved" });
    expect(s.store.state.outbox.filter((m) => m.key.startsWith("break-glass:"))).toEqual([]);
  });

  test("a freeze that begins between approval and start holds the fix back", async () => {
    const s = await new Stage().set();
    const id = await s.approved();
    await s.work(0, s.world({ gate: () => closed }));
    expect((await s.store.approval(id))?.why).toBe(`Nothing was run: ${closed.why}`);
    expect(s.host.ran).toEqual([]);
  });
});
