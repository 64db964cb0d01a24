import { afterEach, beforeEach, expect, test } from "vitest";
import { ShellError } from "../../src/domain/shell-error.ts";
import { metricsRoutes } from "../../src/http/metrics.ts";
import { Counters, countedShell, countedStore } from "../../src/workflows/metrics.ts";
import { aDiagnosis, aMessage, anApproval, aRun } from "../support/nouns.ts";
import { hopTo } from "../support/openssh.ts";
import { makePlace, type OpenedStore, type Place } from "../support/place.ts";

let place: Place;
let store: OpenedStore;
let counters: Counters;
beforeEach(async () => {
  place = await makePlace("SQLite");
  counters = new Counters();
  store = countedStore(
    await place.open({ clock: { now: () => 3000, wait: async () => undefined } }),
    counters,
  );
});
afterEach(() => place.end());

async function scrape(): Promise<string> {
  const app = metricsRoutes(
    counters,
    () => store.depths(),
    async () => true,
  );
  const answer = await app.request("/metrics");
  expect(answer.headers.get("content-type")).toContain("version=0.0.4");
  return answer.text();
}

test("a run counts once by verdict and cause, when it is committed", async () => {
  await store.transaction((tx) => tx.insertRun(aRun("run-1")));
  const finish = (): Promise<boolean> =>
    store.transaction((tx) => tx.finishRun("run-1", "done", 2, aDiagnosis("run-1")));
  await expect(
    store.transaction(async (tx) => {
      await tx.finishRun("run-1", "done", 2, aDiagnosis("run-1"));
      throw new Error("undone");
    }),
  ).rejects.toThrow("undone");
  expect(await scrape()).not.toContain("fiveohtwo_runs_total{");
  await finish();
  await finish();
  expect(await scrape()).toContain('fiveohtwo_runs_total{verdict="healthy",cause=""} 1\n');
});

test("approvals count their latency, fixes their outcome, queues their depth", async () => {
  await store.transaction(async (tx) => {
    await tx.insertRun(aRun("run-1"));
    await tx.insertApproval(anApproval("ap-1", "run-1"));
    await tx.putOutbox(aMessage("msg-1"));
  });
  expect(await scrape()).toContain('fiveohtwo_queue_depth{queue="approvals"} 1\n');
  const at = 2000 + 45_000;
  await store.transaction((tx) => tx.addVote("ap-1", { by: "U0000FAKE1", at }));
  await store.transaction((tx) => tx.moveApproval("ap-1", "requested", "approved", { at, by: "U0000FAKE1" }));
  await store.transaction((tx) => tx.moveApproval("ap-1", "approved", "applying", { at }));
  await store.transaction((tx) =>
    tx.moveApproval("ap-1", "applying", "finished", { at, outcome: "fixed", why: "it answers" }),
  );
  const text = await scrape();
  expect(text).toContain('fiveohtwo_fixes_total{outcome="fixed"} 1\n');
  expect(text).toContain('fiveohtwo_approval_latency_seconds_bucket{le="30"} 0\n');
  expect(text).toContain('fiveohtwo_approval_latency_seconds_bucket{le="60"} 1\n');
  expect(text).toContain("fiveohtwo_approval_latency_seconds_sum 45\n");
  expect(text).toContain('fiveohtwo_queue_depth{queue="outbox"} 1\n');
});

test("errors of SSH and Slack count by their code, and a label is escaped", async () => {
  const shell = countedShell(
    { open: async () => Promise.reject(new ShellError("connect-timeout", "no", "")) },
    counters,
  );
  const host = { ...hopTo("web-1", 22), jumps: [], groups: [], addresses: [], source: "file" as const };
  await expect(shell.open(host, { purpose: "diagnose", deadlineMs: 1 })).rejects.toThrow("no");
  await store.outboxFailed("msg-0", 'odd "code"\n');
  const text = await scrape();
  expect(text).toContain('fiveohtwo_ssh_errors_total{code="connect-timeout"} 1\n');
  expect(text).toContain('fiveohtwo_slack_errors_total{code="odd \\"code\\"\\n"} 1\n');
});

test("a state that cannot be asked leaves the gauges out: unknown is not zero", async () => {
  const app = metricsRoutes(
    counters,
    async () => Promise.reject(new Error("gone")),
    async () => false,
  );
  const text = await (await app.request("/metrics")).text();
  expect(text).not.toContain("queue_depth");
  expect(text).toContain("fiveohtwo_ready 0\n");
});
