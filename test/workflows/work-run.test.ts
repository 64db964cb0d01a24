import { afterEach, expect, test } from "vitest";
import type { Diagnosis } from "../../src/domain/diagnosis.ts";
import { drawRun } from "../../src/slack/draw/run.ts";
import { nextStep } from "../../src/wording/run.ts";
import type { RunWorld } from "../../src/workflows/run-world.ts";
import { workRun } from "../../src/workflows/work-run.ts";
import { channelStage, type ChannelStage } from "../support/channel-stage.ts";
import { ANN } from "../support/fix-stage.ts";
import { recorded, replayedShell } from "../support/replayed-shell.ts";

const SPENT =
  "systemctl shop-api.service on web-1 was started 3 times within 60 minutes and did not stay up.";

let stage: ChannelStage;
afterEach(() => stage.end());

/** A run of a host whose service is stopped. */
async function diagnosed(change: Partial<RunWorld>): Promise<Diagnosis> {
  stage = await channelStage({ hosts: ["web-1"], shell: replayedShell(() => recorded("stopped")) });
  const request = { host: "web-1", playbook: "502" };
  const run = { id: "run-1", request, actor: ANN, state: "queued" as const, createdAt: Date.now() };
  await stage.store.transaction((tx) => tx.insertRun(run));
  const diagnosis = await workRun({ ...stage.world, ...change }, "run-1");
  if (diagnosis === undefined) throw new Error("the run failed");
  return diagnosis;
}

function drawn(d: Diagnosis): string {
  const open = new Set(d.fixes.filter((f) => f.offered).map((f) => f.id));
  const body = { kind: "run" as const, runId: "run-1", host: "web-1", actor: ANN.id, state: "done" as const };
  return JSON.stringify(drawRun({ ...body, diagnosis: d }, { open, decided: [] }).blocks);
}

test("offers live as long as the configuration says", async () => {
  await diagnosed({ offerMs: 120_000 });
  const offers = await stage.store.offers("run-1");
  expect(offers.length).toBeGreaterThan(0);
  for (const o of offers) expect(o.expiresAt - o.createdAt).toBe(120_000);
});

test("a fix whose budget is spent is no button: the verdict says why", async () => {
  const d = await diagnosed({ heldBack: async () => ({ why: SPENT, glass: false }) });
  const held = d.fixes.filter((f) => f.held !== undefined);
  expect(held.length).toBeGreaterThan(0);
  expect(held.every((f) => !f.offered && f.held === SPENT)).toBe(true);
  expect(nextStep(d, [])).toBe(`Not offered again: ${held[0]?.title}. ${SPENT}`);
  expect(drawn(d)).not.toContain('"action_id":"fix:');
  // What was stored is what was bound: a press is refused by the budget itself.
  expect((await stage.store.offers("run-1")).length).toBeGreaterThan(0);
});

test("where somebody may break glass it is a button that says so", async () => {
  const d = await diagnosed({ heldBack: async () => ({ why: SPENT, glass: true }) });
  expect(d.fixes.some((f) => f.offered && f.held === SPENT)).toBe(true);
  const said = drawn(d);
  expect(said).toContain("Break glass: ");
  expect(said).toContain("Not offered again: ");
  expect(said).not.toContain('"style":"primary"');
});

test("news of a run that come after its verdict do not take its place", async () => {
  stage = await channelStage({ hosts: ["web-1"], shell: replayedShell(() => recorded("stopped")) });
  const { store } = stage;
  const request = { host: "web-1", playbook: "502" };
  const destination = { channel: "C0000FAKE1" };
  const run = {
    id: "run-1",
    request,
    actor: ANN,
    destination,
    state: "queued" as const,
    createdAt: Date.now(),
  };
  await store.transaction((tx) => tx.insertRun(run));
  let verdict: () => void = () => undefined;
  const said = new Promise<void>((resolve) => (verdict = resolve));
  const late: Promise<unknown>[] = [];
  let calls = 0;
  // The first writes that the run begins, the last its verdict; what is said between them waits for that.
  const slow: RunWorld["store"] = new Proxy(store, {
    get: (target, key) => {
      if (key !== "transaction") {
        const value: unknown = Reflect.get(target, key, target);
        return typeof value === "function" ? (value.bind(target) as unknown) : value;
      }
      return (work: Parameters<typeof store.transaction>[0]) => {
        calls += 1;
        if (calls !== 2) return store.transaction(work);
        const waits = said.then(() => store.transaction(work));
        late.push(waits);
        return waits;
      };
    },
  });
  await workRun({ ...stage.world, store: slow }, "run-1");
  verdict();
  await Promise.all(late);
  expect(late).toHaveLength(1);
  const [message] = (await store.outboxDue(9)).filter((m) => m.key === "run:run-1");
  expect(JSON.parse(message?.body ?? "{}")).toMatchObject({ state: "done" });
});
