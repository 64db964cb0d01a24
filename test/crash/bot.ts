import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { loadPlaybooks } from "../../src/config.ts";
import { type BoundFix, digestOf } from "../../src/domain/fix.ts";
import type { Actor } from "../../src/domain/run.ts";
import { openQueue } from "../../src/jobs/open-queue.ts";
import { SshShell } from "../../src/ssh/ssh-shell.ts";
import { openStore } from "../../src/store/open.ts";
import { applyFix } from "../../src/workflows/apply-fix.ts";
import { decideApproval } from "../../src/workflows/decide-approval.ts";
import { expireApproval } from "../../src/workflows/expire-approvals.ts";
import type { FixWorld } from "../../src/workflows/fix-world.ts";
import type { Ids } from "../../src/workflows/ports.ts";
import { pressOffer } from "../../src/workflows/press-offer.ts";
import { resumeFixes } from "../../src/workflows/resume-fixes.ts";
import { resumeRuns } from "../../src/workflows/resume-runs.ts";
import type { RunWorld } from "../../src/workflows/run-world.ts";
import { startRun } from "../../src/workflows/start-run.ts";
import { workRun } from "../../src/workflows/work-run.ts";
import { aBoundFix } from "../support/fix-stage.ts";
import { realClock, TEST_KEY } from "../support/place.ts";
import { KillPoints } from "./kill-points.ts";
import { withOwnLock } from "../support/own-lock.ts";
import { lockOf, type Orders } from "./orders.ts";

/**
 * A bot without Slack: the queue's handlers, what a bot does at its start, and one command with its fix, pressed and
 * approved. It may die at any point (kill-points.ts). Says in lines what it has promised to somebody.
 */

const PERSON: Actor = { id: "U0000000ANN", via: "slack" };
const WAIT_MS = 180_000;
/** Between two looks at the state: a look costs the machine something, and all lanes share it. */
const LOOK_MS = 50;
/** Runs and what they began end before the next bot's own: what is open is among the newest. */
const NEWEST = 20;
const orders: Orders = JSON.parse(process.argv[2] ?? "{}");
const timeIds: Ids = {
  next: (prefix) => `${prefix}-${Date.now().toString(36)}-${randomBytes(5).toString("hex")}`,
};
const INSTANCE = orders.instance ?? "bot-1";
const points = new KillPoints(orders.killAt);

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

const opened = await openStore({
  dir: orders.dir,
  auditKey: TEST_KEY,
  clock: realClock,
  queue: openQueue,
  onError: (error) => console.error("in the background:", error),
  ...(orders.url === undefined ? {} : { url: orders.url }),
});
const store = points.store(opened);
const shell = points.shell(withOwnLock(new SshShell(), lockOf(orders.sitePort)));
const playbooks = loadPlaybooks([join(import.meta.dirname, "playbook")]).byName;
const findHost: FixWorld["findHost"] = (name) => (name === orders.host.name ? orders.host : undefined);
const base = { store, shell, clock: realClock, ids: timeIds, findHost };
const runs: RunWorld = {
  ...base,
  playbooks,
  runMs: 20_000,
  mayDiagnose: () => ({ allowed: true, why: "" }),
  nearestHosts: () => [],
};
const fixes: FixWorld = {
  ...base,
  instance: INSTANCE,
  access: () => ({ allowed: true, approvals: 1, fourEyes: false, why: "" }),
  // On a loaded machine a successor may take longer than a minute to come up: that an approval expires then is right,
  // and not what is looked for here.
  settings: { starts: 1_000_000, startMs: 600_000 },
  diagnose: async ({ host, playbook, actor, session }) => {
    const id = timeIds.next("run");
    const run = {
      id,
      request: { host, playbook },
      actor,
      state: "queued" as const,
      createdAt: realClock.now(),
    };
    await store.transaction((tx) => tx.insertRun(run));
    return workRun(runs, id, session);
  },
};

if (orders.from === "start") points.begin();
await opened.claimInstance(INSTANCE);
const worker = await opened.queue.work(
  {
    "execute-run": async (job) => void (await workRun(runs, job.ref)),
    "apply-fix": async (job) => void (await applyFix(fixes, job.ref)),
    expire: async (job) => void (await expireApproval(fixes, job.ref)),
  },
  { concurrency: 4 },
);
await resumeRuns(runs);
await resumeFixes(fixes);
say("resumed");
const ready = performance.now();
if (orders.from === "run") {
  // What a predecessor left is ended first: this bot dies in its own run, and nothing piles up behind one host.
  await until("what was left has ended", nothingLeft, WAIT_MS);
  points.begin();
}
if (orders.task === "run") await oneFix();
else await endAll();
say(`passed ${points.passed}`);
await worker.stop();
await opened.close();

async function oneFix(): Promise<void> {
  const request = { host: orders.host.name, playbook: "crash" };
  const channel = `C${timeIds.next("msg").replaceAll("-", "").toUpperCase()}`;
  const started = await startRun(runs, { request, actor: PERSON, destination: { channel } });
  if (started.kind !== "started") throw new Error(started.kind);
  const runId = started.run.id;
  say(`accepted ${runId}`);
  await until("the run ended", async () => (await store.run(runId))?.state === "done", WAIT_MS);
  const bound = fixOf(runId);
  const at = realClock.now();
  const offer = { runId, host: bound.host, fixId: bound.fix.id, createdAt: at, expiresAt: at + 3_600_000 };
  await store.transaction((tx) =>
    tx.insertOffers([{ ...offer, payload: JSON.stringify(bound), digest: digestOf(bound) }]),
  );
  const pressed = await pressOffer(fixes, { runId, fixId: bound.fix.id, actor: PERSON });
  if (!("approval" in pressed)) throw new Error(pressed.text);
  await approve(pressed.approval.id);
}

async function approve(approvalId: string): Promise<void> {
  const decided = await decideApproval(fixes, { approvalId, actor: PERSON, decide: "approve" });
  if (decided.kind !== "approved") return;
  say(`approved ${approvalId}`);
  await until("the fix ended", async () => (await store.approval(approvalId))?.state === "finished", WAIT_MS);
}

/** Approves what waits, so that everything has an end, and waits for it. */
async function endAll(): Promise<void> {
  for (const a of await store.approvals({ state: ["requested"], limit: 1_000 })) await approve(a.id);
  await until("nothing is left to do", nothingLeft, WAIT_MS);
  say(`ended after ${Math.round(performance.now() - ready)} ms`);
}

async function nothingLeft(): Promise<boolean> {
  const some = await store.approvals({ state: ["approved", "applying"], limit: 1 });
  const running = await store.runs({ limit: NEWEST });
  const open = running.filter(
    (r) => r.destination !== undefined && (r.state === "queued" || r.state === "running"),
  );
  return some.length === 0 && open.length === 0;
}

async function until(what: string, condition: () => Promise<boolean>, ms: number): Promise<void> {
  const giveUp = performance.now() + ms;
  while (!(await condition())) {
    if (performance.now() > giveUp) throw new Error(`Waited ${ms} ms in vain: ${what}`);
    await realClock.wait(LOOK_MS);
  }
}

function fixOf(runId: string): BoundFix {
  const plain = aBoundFix();
  const [precondition] = plain.preconditions;
  const [front] = plain.verify.fronts;
  if (precondition === undefined || front === undefined) throw new Error("the stage has no such fix");
  const command = (argv: string[]): BoundFix["commands"][number] => ({ ...precondition.command, argv });
  const acts = orders.kind === "works" ? ["first", "second", "mend"] : ["first", "spoil"];
  return aBoundFix({
    runId,
    playbook: "crash",
    hostKey: orders.hostKey,
    preconditions: [{ name: "state", command: command(["state", runId, orders.kind]), value: "known" }],
    commands: acts.map((act) => command(["act", runId, act])),
    rollback: orders.kind === "works" ? [] : [command(["act", runId, "mend"])],
    verify: {
      ...plain.verify,
      fronts: [{ ...front, port: orders.sitePort, path: `/${orders.kind}/${runId}` }],
      target: null,
      unit: undefined,
      successes: 1,
      everyMs: 50,
      // What works is seen at once, on a busy machine a little later; only what does not is waited for in full.
      withinMs: orders.kind === "works" ? 10_000 : 300,
      stableMs: 0,
    },
  });
}
