import { afterEach, expect, test } from "vitest";
import { drawGroup } from "../../src/slack/draw/group.ts";
import { endDeadJobs } from "../../src/workflows/end-dead-jobs.ts";
import type { DeadJob } from "../../src/workflows/ports.ts";
import { groupBody, reportKey } from "../../src/workflows/report-message.ts";
import { startGroup } from "../../src/workflows/start-report.ts";
import { workRun } from "../../src/workflows/work-run.ts";
import { aRun } from "../support/nouns.ts";
import { type ChannelStage, channelStage } from "../support/channel-stage.ts";
import { recorded, replayedShell } from "../support/replayed-shell.ts";

let stage: ChannelStage;
afterEach(() => stage.end());

const dead = (kind: DeadJob["kind"], ref: string): DeadJob => ({
  id: "job-1",
  kind,
  ref,
  attempt: 5,
  error: "Error: broken",
  at: 0,
});

test("a report whose job was given up says what is known of its hosts, and that the rest is not; once", async () => {
  stage = await channelStage({
    hosts: ["web-1", "web-2"],
    groups: { web: ["web-1", "web-2"] },
    shell: replayedShell(() => recorded("stopped")),
  });
  const { store, world } = stage;
  const started = await startGroup(world, {
    request: { group: "@web" },
    actor: { id: "U0ADA00001", via: "slack", channel: "C0OPS00001", fullMember: true },
    destination: { channel: "C0OPS00001" },
  });
  if (started.kind !== "started") throw new Error(started.text);
  const { id, runs } = started.report;
  await workRun(world, runs[0]?.runId ?? "");
  await endDeadJobs(world, [dead("report", id)]);
  const report = await store.report(id);
  expect(report?.state).toBe("done");
  expect(report?.summary?.lines.map((l) => [l.host, l.verdict])).toEqual([
    ["web-1", "cause-found"],
    ["web-2", "failed"],
  ]);
  expect((await store.run(runs[1]?.runId ?? ""))?.state).toBe("failed");
  // The message, and the table in its thread.
  const told = [reportKey(id), `${reportKey(id)}:csv`];
  expect((await stage.posted()).map((m) => m.key)).toEqual(told);
  if (report === undefined) throw new Error("no report");
  expect(JSON.stringify(drawGroup(groupBody(report, 2)))).toContain(
    "web-2: it was given up after 5 attempts, the log of the bot says why; ask for it again",
  );
  await endDeadJobs(world, [dead("report", id), dead("report", "rep-gone"), dead("expire", "ap-1")]);
  expect((await store.report(id))?.finishedAt).toBe(report.finishedAt);
});

test("a run whose job was given up is said to have failed", async () => {
  stage = await channelStage({ hosts: ["web-1"], shell: replayedShell(() => recorded("healthy")) });
  await stage.store.transaction((tx) =>
    tx.insertRun(aRun("run-1", { state: "running", destination: { channel: "C0OPS00001" } })),
  );
  await endDeadJobs(stage.world, [dead("execute-run", "run-1")]);
  await endDeadJobs(stage.world, [dead("execute-run", "run-1")]);
  const said = await stage.posted();
  expect(said).toHaveLength(1);
  expect(said[0]?.body).toMatchObject({
    state: "failed",
    failure: expect.stringMatching(/given up after 5/),
  });
});
