import { PassThrough } from "node:stream";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { Call } from "../../src/cli/call.ts";
import { fixCommand } from "../../src/cli/fix.ts";
import type { Answer } from "../../src/cli/output.ts";
import type { BoundFix } from "../../src/domain/fix.ts";
import type { Actor } from "../../src/domain/run.ts";
import { decideApproval } from "../../src/workflows/decide-approval.ts";
import type { FixWorld } from "../../src/workflows/fix-world.ts";
import { aBoundFix, aCause, aDiagnosisOf, ANN, offerOf, Stage, START } from "../support/fix-stage.ts";
import { makePlace, type OpenedStore, type Place, realClock } from "../support/place.ts";

const EVE: Actor = { id: "local:eve", via: "terminal" };
const REASON = "the shop is down and nobody else answers";
const closed = { open: false, why: "No fix runs on web-1 before Monday." };
const DANGEROUS = { fix: { ...aBoundFix().fix, risk: "dangerous" as const } };

let place: Place;
let store: OpenedStore;
let s: Stage;

beforeEach(async () => {
  place = await makePlace("SQLite");
  store = await place.open();
});
afterEach(async () => {
  vi.restoreAllMocks();
  await place.end();
});

/** A stored run of web-1 with its offer. */
async function stage(change: Partial<BoundFix> = {}): Promise<void> {
  s = new Stage({ verify: { ...aBoundFix().verify, successes: 1, stableMs: 0, everyMs: 5 }, ...change });
  const now = realClock.now();
  await store.transaction(async (tx) => {
    const request = { host: "web-1", playbook: "502" };
    await tx.insertRun({ id: "run-1", request, actor: EVE, state: "queued", createdAt: now });
    await tx.finishRun("run-1", "done", now, aDiagnosisOf([aCause()]));
    await tx.insertOffers([offerOf(s.bound, now)]);
  });
}

function world(change: Partial<FixWorld> = {}): FixWorld & { store: OpenedStore } {
  return { ...s.world({ clock: realClock, instance: "terminal", ...change }), store };
}

function fix(
  flags: readonly string[],
  options: { readonly reason?: string; readonly typed?: string } = {},
  change: Partial<FixWorld> = {},
): Promise<Answer> {
  const call: Call = {
    args: { run: "run-1", fix: "start-shop-api" },
    json: true,
    flag: (name) => flags.includes(name),
    text: (name) => (name === "reason" ? options.reason : undefined),
  };
  const input = options.typed === undefined ? {} : { input: typing(options.typed) };
  const interactive = options.typed !== undefined;
  return fixCommand(world(change), EVE, { call, state: "here", interactive, ...input });
}

const said = (a: Answer): { outcome?: string; why?: string } => JSON.parse(a.out ?? "{}");
const frozen = { gate: () => closed, alarm: { channel: "C0000SECURE", group: "S0000SECUR" } };

/** What the person types when asked. */
function typing(line: string): PassThrough {
  vi.spyOn(process.stderr, "write").mockReturnValue(true);
  const input = new PassThrough();
  input.write(`${line}\n`);
  return input;
}

describe("breaking glass in the terminal", () => {
  test("with the role and a reason it runs in a freeze; channel and security group are told, and the audit log", async () => {
    await stage();
    s.glass.add(EVE.id);
    const done = await fix(["yes", "break-glass"], { reason: REASON }, frozen);
    expect(done).toMatchObject({ exitCode: 0 });
    expect(said(done)).toMatchObject({ outcome: "fixed" });
    expect(s.host.ran).toEqual([START]);
    const told = (await store.outboxDue(10)).filter((m) => m.key.startsWith("break-glass:"));
    expect(told.map((m) => m.channel)).toEqual(["C0000SECURE"]);
    expect(JSON.parse(told[0]?.body ?? "{}")).toMatchObject({ userGroup: "S0000SECUR" });
    expect(told[0]?.body).toContain(REASON);
    const trail = await store.auditTrail({ host: "web-1", limit: 50 });
    expect(trail.find((e) => e.action === "approval.break-glass")).toMatchObject({
      actor: EVE.id,
      via: "terminal",
      detail: { reason: REASON, overrides: ["times"] },
    });
  });

  test.each<[string, readonly string[], string | undefined, boolean, string]>([
    ["without a reason", ["yes", "break-glass"], undefined, true, "Breaking glass needs a reason"],
    ["without the role", ["yes", "break-glass"], REASON, false, closed.why],
    ["without the flag", ["yes"], REASON, true, `${closed.why} You may break glass, with a reason.`],
  ])("%s it is refused", async (_, flags, reason, role, words) => {
    await stage();
    if (role) s.glass.add(EVE.id);
    const done = await fix(flags, reason === undefined ? {} : { reason }, frozen);
    expect(done.exitCode).not.toBe(0);
    expect(said(done)).toMatchObject({ outcome: "refused", why: expect.stringContaining(words) });
    expect(s.host.ran).toEqual([]);
  });

  test("four eyes without glass: it waits for a second approver", async () => {
    await stage();
    s.access = () => ({ allowed: true, approvals: 1, fourEyes: true, why: "rule 1" });
    expect(said(await fix(["yes"]))).toMatchObject({
      outcome: "refused",
      why: "waits for a second approver",
    });
  });
});

describe("a dangerous fix in the terminal", () => {
  test("is never approved by --yes, nor past its rules by breaking glass", async () => {
    await stage(DANGEROUS);
    s.glass.add(EVE.id);
    expect(said(await fix(["yes"]))).toMatchObject({ why: "A dangerous fix is never approved by --yes." });
    const glass = await fix(["yes", "break-glass"], { reason: REASON }, frozen);
    expect(said(glass)).toMatchObject({ outcome: "refused" });
    expect(s.host.ran).toEqual([]);
  });

  test("takes the host's name, typed, and a second person", async () => {
    await stage(DANGEROUS);
    expect(said(await fix([], { typed: "web-1" }))).toMatchObject({ why: "waits for a second approver" });
    const [waiting] = await store.approvals({ state: ["requested"], limit: 1 });
    expect(waiting?.votes).toMatchObject([{ by: EVE.id }]);
    const vote = { approvalId: waiting?.id ?? "", actor: ANN, decide: "approve" } as const;
    expect(await decideApproval(world(), vote)).toMatchObject({ kind: "needs-host-name" });
    expect(await decideApproval(world(), { ...vote, typedHost: "web-1" })).toMatchObject({
      kind: "approved",
    });
  });

  test("another name is a no", async () => {
    await stage(DANGEROUS);
    expect(said(await fix([], { typed: "web-2" }))).toMatchObject({ why: "not approved" });
    expect(await store.approvals({ state: ["denied"], limit: 5 })).toHaveLength(1);
  });

  test("that no policy allows is told to be run by hand", async () => {
    const because = "dangerous: to be run by hand, by somebody who has looked";
    await stage({ fix: { ...DANGEROUS.fix, offered: false, because } });
    expect(said(await fix(["yes"]))).toMatchObject({
      outcome: "refused",
      why: `Run it by hand: ${because}.`,
    });
    expect(await store.approvals({ limit: 5 })).toEqual([]);
  });
});
