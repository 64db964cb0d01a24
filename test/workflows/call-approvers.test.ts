import { afterEach, beforeEach, expect, test } from "vitest";
import { callApprovers, callKey } from "../../src/workflows/call-approvers.ts";
import type { FixWorld } from "../../src/workflows/fix-world.ts";
import { pressOffer } from "../../src/workflows/press-offer.ts";
import { aCause, aDiagnosisOf, ANN, offerOf, Stage } from "../support/fix-stage.ts";
import { makePlace, type OpenedStore, type Place, until } from "../support/place.ts";

const ON_CALL = { onCall: { group: "S0ONCALL01" } };
const THREE_MINUTES = 3 * 60_000;

let place: Place;
let s: Stage;
let first: OpenedStore;
let second: OpenedStore;

beforeEach(async () => {
  s = new Stage();
  place = await makePlace("SQLite");
  [first, second] = [await place.open({ clock: s.clock }), await place.open({ clock: s.clock })];
  const now = s.clock.now();
  await first.transaction(async (tx) => {
    for (const [id, at] of [
      ["run-1", { destination: { channel: "C0000FAKE1" } }],
      ["run-2", {}],
    ] as const) {
      const request = { host: id === "run-1" ? "web-1" : "web-2", playbook: "502" };
      await tx.insertRun({ id, request, actor: ANN, ...at, state: "queued", createdAt: now });
      await tx.finishRun(id, "done", now, aDiagnosisOf([aCause()]));
      await tx.insertOffers([offerOf({ ...s.bound, runId: id, host: request.host }, now)]);
    }
  });
});
afterEach(() => place.end());

/** Presses the offer of a run in the first bot. @returns the approval's id */
async function press(runId: string, change: Partial<FixWorld> = ON_CALL): Promise<string> {
  const world = s.world({ store: first, ...change });
  const pressed = await pressOffer(world, { runId, fixId: s.bound.fix.id, actor: ANN });
  return "approval" in pressed ? pressed.approval.id : "";
}

const waiting = async (id: string): Promise<number> =>
  (await second.outboxDue(50)).filter((m) => m.key === callKey(id)).length;

/** Works the jobs of both kinds in the second bot, in the order in which they are due, until one has come. */
async function workUntil(last: string): Promise<string[]> {
  const worked: string[] = [];
  const worker = await second.queue.work(
    {
      "call-approvers": async (job) => {
        await callApprovers(s.world({ store: second, ...ON_CALL }), job.ref);
        worked.push(`call ${job.ref}`);
      },
      expire: async (job) => void worked.push(`expire ${job.ref}`),
    },
    { concurrency: 1 },
  );
  try {
    await until(`${last} is worked`, () => worked.includes(last));
  } finally {
    await worker.stop();
  }
  return worked;
}

test("what one bot planned another one says, after three minutes, and once", async () => {
  const asked = s.clock.now();
  const id = await press("run-1");
  const just = { kind: "expire", ref: "just-before", dueAt: asked + THREE_MINUTES - 1 } as const;
  await first.transaction((tx) => tx.enqueue(just));
  s.clock.pass(THREE_MINUTES - 1);
  expect(await workUntil("expire just-before")).toEqual(["expire just-before"]);
  expect(await waiting(id)).toBe(0);
  s.clock.pass(1);
  expect(await workUntil(`call ${id}`)).toEqual([`call ${id}`]);
  expect(await waiting(id)).toBe(1);
  // Delivered again, as after a crash: still one message.
  await callApprovers(s.world({ store: second, ...ON_CALL }), id);
  expect(await waiting(id)).toBe(1);
});

test.each<[string, string, Partial<FixWorld>]>([
  ["no group is named", "run-1", {}],
  ["the run was asked for in a terminal", "run-2", ON_CALL],
  ["an approval lives no longer than that", "run-1", { ...ON_CALL, settings: { approvalMs: THREE_MINUTES } }],
])("nothing is planned where %s", async (_why, runId, change) => {
  const id = await press(runId, change);
  s.clock.pass(20 * 60_000);
  expect(await workUntil(`expire ${id}`)).toEqual([`expire ${id}`]);
});
