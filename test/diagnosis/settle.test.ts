import { expect, test } from "vitest";
import { replayRun } from "../../src/workflows/execute-run.ts";
import { recordedAs, shippedPlaybooks } from "../support/recorded.ts";

/** How long the check after each fix waits for nginx to ask a server again, milliseconds. */
async function settling(name: string): Promise<ReadonlyMap<string, number>> {
  const { bundle } = recordedAs(name);
  const playbook = shippedPlaybooks().get(bundle.playbook);
  if (playbook === undefined) throw new Error("the playbook is not shipped");
  const { bound } = await replayRun(bundle, playbook);
  return new Map(bound.map((b) => [b.fix.id, b.verify.settleMs]));
}

test("nginx forgets at a reload which servers were down; after a start fail_timeout is waited for", async () => {
  // fail_timeout=600s
  expect((await settling("eyes5-one-bad-page-marks-all-peers-down")).get("nginx-reload")).toBe(0);
  expect((await settling("one-of-three-peers-down")).get("start-unit")).toBe(11_000);
});
