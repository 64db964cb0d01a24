import { describe, expect, test } from "vitest";
import type { Run } from "../../src/domain/run.ts";
import { resumeRuns } from "../../src/workflows/resume-runs.ts";
import type { RunWorld } from "../../src/workflows/run-world.ts";
import { ANN, Stage } from "../support/fix-stage.ts";

const MINUTE = 60_000;

async function world(runs: readonly Partial<Run>[]) {
  const s = new Stage();
  const now = s.clock.now();
  for (const [i, change] of runs.entries()) {
    const run: Run = {
      id: `run-${i}`,
      request: { host: "web-1", playbook: "502" },
      actor: ANN,
      destination: { channel: "C0000FAKE1" },
      state: "running",
      createdAt: now,
      ...change,
    };
    await s.store.transaction((tx) => tx.insertRun(run));
  }
  const world = s.world();
  const runWorld: RunWorld = {
    store: world.store,
    shell: world.shell,
    clock: world.clock,
    ids: world.ids,
    findHost: (name) => world.findHost(name),
    playbooks: new Map(),
    runMs: MINUTE,
    mayDiagnose: () => ({ allowed: true, why: "" }),
    nearestHosts: () => [],
  };
  return { s, runWorld, now };
}

describe("runs that a predecessor left", () => {
  test("are enqueued once more, also when nobody has begun them; ended ones are not", async () => {
    const { s, runWorld } = await world([{}, { state: "queued" }, { state: "done" }, { state: "failed" }]);
    await resumeRuns(runWorld);
    await resumeRuns(runWorld);
    expect(s.store.state.jobs.map((j) => `${j.kind} ${j.ref}`).toSorted()).toEqual([
      "execute-run run-0",
      "execute-run run-1",
    ]);
  });

  test("a run of a terminal or a fix is left to it", async () => {
    const s = new Stage();
    const { runWorld } = await world([]);
    const { store } = s;
    const request = { host: "web-1", playbook: "502" };
    const run: Run = { id: "run-9", request, actor: ANN, state: "running", createdAt: s.clock.now() };
    await store.transaction((tx) => tx.insertRun(run));
    await resumeRuns({ ...runWorld, store, clock: s.clock });
    expect(store.state.jobs).toEqual([]);
    expect((await store.run("run-9"))?.state).toBe("running");
  });

  test("an old one is ended, and its thread is told why", async () => {
    const { s, runWorld } = await world([{}]);
    s.clock.pass(12 * MINUTE);
    await resumeRuns(runWorld);
    expect((await s.store.run("run-0"))?.state).toBe("failed");
    expect(s.store.state.jobs).toEqual([]);
    const said = s.store.state.outbox.find((m) => m.key === "run:run-0")?.body ?? "";
    expect(said).toContain("the bot was restarted in the middle of it");
  });
});
