import { describe, expect, test } from "vitest";
import { approvalDigest } from "../../src/domain/fix.ts";
import { decideApproval } from "../../src/workflows/decide-approval.ts";
import { expireApprovals } from "../../src/workflows/expire-approvals.ts";
import { pressOffer } from "../../src/workflows/press-offer.ts";
import { aBoundFix, ANN, BOB, Stage } from "../support/fix-stage.ts";

const PRESS = { runId: "run-1", fixId: "start-shop-api", actor: ANN };

describe("pressing an offer", () => {
  test("begins an approval of ten minutes, bound to the offer, who must approve it and its end", async () => {
    const s = await new Stage().set();
    s.clock.pass(30 * 60_000);
    const pressed = await pressOffer(s.world(), PRESS);
    expect(pressed).toMatchObject({
      kind: "requested",
      approval: { state: "requested", votes: [], votesNeeded: 1 },
    });
    const [a] = await s.store.approvals({ limit: 1 });
    expect(a?.expiresAt).toBe(s.clock.now() + 600_000);
    const offered = (await s.store.offer("run-1", "start-shop-api"))?.digest ?? "";
    const terms = { votesNeeded: 1, fourEyes: false, expiresAt: s.clock.now() + 600_000 };
    expect(a?.digest).toBe(approvalDigest(offered, terms));
    expect(approvalDigest(offered, { ...terms, votesNeeded: 2 })).not.toBe(a?.digest);
    expect(approvalDigest(offered, { ...terms, fourEyes: true })).not.toBe(a?.digest);
    expect(approvalDigest(offered, { ...terms, expiresAt: 1 })).not.toBe(a?.digest);
  });

  test("is audited with who asked from where, for what, on which evidence, and bound to what", async () => {
    const s = await new Stage().set();
    await pressOffer(s.world(), { ...PRESS, actor: { ...ANN, channel: "C0000FAKE1" } });
    const [a] = await s.store.approvals({ limit: 1 });
    expect(s.store.state.audit.find((e) => e.action === "approval.request")).toMatchObject({
      actor: ANN.id,
      via: "slack",
      host: "web-1",
      runId: "run-1",
      digest: a?.digest,
      detail: {
        channel: "C0000FAKE1",
        fix: "start-shop-api",
        cause: s.bound.fix.causeId,
        evidence: s.bound.preconditions.map((p) => `${p.name}: ${p.value}`),
        hostKey: s.bound.hostKey,
      },
    });
  });

  test("twenty presses at once over two bots make one approval; the others join it", async () => {
    const s = await new Stage().set();
    const all = await Promise.all(
      Array.from({ length: 20 }, (_, i) =>
        pressOffer(s.world({ instance: `bot-${i % 2}` }), {
          ...PRESS,
          actor: { ...ANN, id: `U0000000${i}` },
        }),
      ),
    );
    expect(all.filter((p) => p.kind === "requested")).toHaveLength(1);
    expect(all.filter((p) => p.kind === "joined")).toHaveLength(19);
    expect(await s.store.approvals({ limit: 100 })).toHaveLength(1);
  });

  test.each([
    ["after 60 minutes", "offer-expired", (s: Stage) => s.clock.pass(3_600_001)],
    [
      "when the policy denies it",
      "not-allowed",
      (s: Stage) =>
        void (s.access = () => ({ allowed: false, approvals: 0, fourEyes: false, why: "no rule" })),
    ],
    [
      "when it was tampered with",
      "broken",
      (s: Stage) =>
        void (s.store.state.offers = s.store.state.offers.map((o) => ({
          ...o,
          payload: o.payload.replace("start", "stop"),
        }))),
    ],
    ["when it is not there", "no-such-offer", (s: Stage) => void (s.store.state.offers = [])],
  ])("%s: %s", async (_, kind, bend) => {
    const s = await new Stage().set();
    bend(s);
    expect((await pressOffer(s.world(), PRESS)).kind).toBe(kind);
    expect(await s.store.approvals({ limit: 1 })).toEqual([]);
  });

  test("a newer run takes its place; a fix for people only is shown to be run by hand", async () => {
    const s = await new Stage().set();
    s.clock.pass(1_000);
    await s.set("run-2");
    expect(await pressOffer(s.world(), PRESS)).toMatchObject({ kind: "replaced", runId: "run-2" });
    const byHand = new Stage({
      fix: { ...aBoundFix().fix, offered: false, because: "it may kill another service" },
    });
    await byHand.set();
    expect(await pressOffer(byHand.world(), PRESS)).toEqual({
      kind: "by-hand",
      text: "Run it by hand: it may kill another service.",
    });
  });

  test("what was decided stays decided: who, when; an expired one may be asked for again", async () => {
    const s = await new Stage().set();
    const id = await s.press();
    s.clock.pass(600_001);
    expect(await pressOffer(s.world(), PRESS)).toMatchObject({ kind: "requested" });
    await expireApprovals(s.world());
    expect(await s.store.approval(id)).toMatchObject({ state: "expired" });
    const [open] = await s.store.approvals({ state: ["requested"], limit: 1 });
    await decideApproval(s.world(), {
      approvalId: open?.id ?? "",
      actor: BOB,
      decide: "deny",
      reason: "deploy in progress",
    });
    const again = await pressOffer(s.world(), PRESS);
    expect(again).toMatchObject({
      kind: "decided",
      text: `${BOB.id} denied it just now. Reason: deploy in progress`,
    });
  });
});

describe("deciding", () => {
  test("one vote where one is asked for; the same transaction enqueues the fix", async () => {
    const s = await new Stage().set();
    const id = await s.press();
    expect(await s.approve(id)).toMatchObject({ kind: "approved" });
    expect(s.store.state.jobs.filter((j) => j.kind === "apply-fix")).toMatchObject([{ ref: id }]);
    expect(await s.store.approval(id)).toMatchObject({ state: "approved", decidedBy: ANN.id });
  });

  test("a hundred people at once over two bots: one wins, all others are told who", async () => {
    const s = await new Stage().set();
    const id = await s.press();
    const people = Array.from({ length: 100 }, (_, i) => ({ ...ANN, id: `U0000000${i}` }));
    const all = await Promise.all(
      people.map((p, i) => s.approve(id, s.world({ instance: `bot-${i % 2}` }), p)),
    );
    const won = all.flatMap((d) => (d.kind === "approved" ? [d.approval.decidedBy ?? ""] : []));
    expect(won).toHaveLength(1);
    const lost = all.filter((d) => d.kind === "too-late");
    expect(lost).toHaveLength(99);
    expect(new Set(lost.map((d) => d.text))).toEqual(
      new Set([`${won[0]} approved it just now; it is about to start.`]),
    );
    expect((await s.store.approval(id))?.votes).toHaveLength(1);
    await s.work();
    expect(s.host.ran).toHaveLength(1);
  });

  test("two approvals: the requester counts once, the second must be another person", async () => {
    const s = await new Stage().set();
    s.access = () => ({ allowed: true, approvals: 2, fourEyes: false, why: "" });
    const id = await s.press();
    expect(await s.approve(id)).toMatchObject({ kind: "voted", missing: 1 });
    expect(await s.approve(id)).toMatchObject({ kind: "already-voted" });
    expect(s.store.state.jobs.filter((j) => j.kind === "apply-fix")).toEqual([]);
    expect(await s.approve(id, s.world(), BOB)).toMatchObject({
      kind: "approved",
      approval: { votesNeeded: 2 },
    });
  });

  test("four eyes: the requester's own vote does not count", async () => {
    const s = await new Stage().set();
    s.access = () => ({ allowed: true, approvals: 1, fourEyes: true, why: "" });
    const id = await s.press();
    expect(await s.approve(id)).toMatchObject({ kind: "needs-another" });
    expect(await s.approve(id, s.world(), BOB)).toMatchObject({ kind: "approved" });
  });

  test("four eyes when it was asked for hold, though the policy was made milder meanwhile", async () => {
    const s = await new Stage().set();
    s.access = () => ({ allowed: true, approvals: 1, fourEyes: true, why: "" });
    const id = await s.press();
    expect(await s.store.approval(id)).toMatchObject({ fourEyes: true });
    s.access = () => ({ allowed: true, approvals: 1, fourEyes: false, why: "" });
    expect(await s.approve(id)).toMatchObject({ kind: "needs-another" });
    expect(await s.approve(id, s.world(), BOB)).toMatchObject({ kind: "approved" });
    await s.work();
    expect(s.host.ran).toHaveLength(1);
  });

  test("a stricter rule of the voter holds", async () => {
    const s = await new Stage().set();
    const id = await s.press();
    s.access = () => ({ allowed: true, approvals: 2, fourEyes: false, why: "" });
    expect(await s.approve(id)).toMatchObject({ kind: "voted", missing: 1 });
  });

  test("a dangerous fix: two people, the host's name typed, never --yes", async () => {
    const s = await new Stage({ fix: { ...aBoundFix().fix, risk: "dangerous" } }).set();
    const id = await s.press();
    const base = { approvalId: id, actor: ANN, decide: "approve" as const };
    expect(await decideApproval(s.world(), base)).toMatchObject({ kind: "needs-host-name" });
    expect(await decideApproval(s.world(), { ...base, typedHost: "web-2" })).toMatchObject({
      kind: "needs-host-name",
    });
    expect(await decideApproval(s.world(), { ...base, typedHost: "web-1", unattended: true })).toMatchObject({
      kind: "needs-person",
    });
    expect(await decideApproval(s.world(), { ...base, typedHost: "web-1" })).toMatchObject({
      kind: "voted",
      missing: 1,
    });
    expect(await decideApproval(s.world(), { ...base, typedHost: "web-1", actor: BOB })).toMatchObject({
      kind: "approved",
    });
  });

  test("denied: with a reason, by those who may, or by who asked", async () => {
    const s = await new Stage().set();
    const id = await s.press();
    s.access = () => ({ allowed: false, approvals: 0, fourEyes: false, why: "no rule" });
    const deny = { approvalId: id, actor: BOB, decide: "deny" as const, reason: "not now" };
    expect(await decideApproval(s.world(), deny)).toEqual({
      kind: "not-allowed",
      text: "You may not decide about this fix: no rule. Somebody whom the policy in 502.yml allows it can press the same button.",
    });
    expect(await decideApproval(s.world(), { ...deny, actor: ANN, reason: " " })).toMatchObject({
      kind: "needs-reason",
    });
    expect(await decideApproval(s.world(), { ...deny, actor: ANN })).toMatchObject({ kind: "denied" });
    expect(await s.approve(id)).toMatchObject({
      kind: "too-late",
      text: `${ANN.id} denied it just now. Reason: not now`,
    });
    await s.work(120_000);
    expect(s.host.ran).toEqual([]);
  });

  test("expired, superseded, unknown, closed by a freeze: nothing is enqueued", async () => {
    const s = await new Stage().set();
    const id = await s.press();
    const frozen = s.world({ gate: () => ({ open: false, why: "Changes are frozen until Monday." }) });
    expect(await s.approve(id, frozen)).toEqual({ kind: "closed", text: "Changes are frozen until Monday." });
    s.clock.pass(600_000);
    expect(await s.approve(id)).toMatchObject({ kind: "expired" });
    expect(await s.store.approval(id)).toMatchObject({ state: "expired" });
    expect(await s.approve("ap-none")).toMatchObject({ kind: "unknown-approval" });
    const t = await new Stage().set();
    const other = await t.press();
    await t.store.transaction((tx) => tx.supersede("web-1", "run-9", t.clock.now()));
    expect(await t.approve(other)).toMatchObject({ kind: "too-late" });
    expect([...s.store.state.jobs, ...t.store.state.jobs].filter((j) => j.kind === "apply-fix")).toEqual([]);
  });

  test("nobody decides: the job ends it and the buttons go", async () => {
    const s = await new Stage().set();
    const id = await s.press();
    expect(s.said(id)).toContain('"buttons":["approve","deny"]');
    await s.work(600_000);
    expect(await s.store.approval(id)).toMatchObject({ state: "expired", why: "Nobody decided in time." });
    expect(s.said(id)).toContain('"buttons":["check-again"]');
  });
});
