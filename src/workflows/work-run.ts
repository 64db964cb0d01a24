import type { Diagnosis } from "../domain/diagnosis.ts";
import { type BoundFix, digestOf } from "../domain/fix.ts";
import type { Host } from "../domain/host.ts";
import type { Actor, Run } from "../domain/run.ts";
import { executeRun, type RunOutput } from "./execute-run.ts";
import { post, record } from "./fix-record.ts";
import type { Offer, Session, StoreTx } from "./ports.ts";
import { type RunBody, runKey } from "./run-message.ts";
import type { RunWorld } from "./run-world.ts";
import { OFFER_MS } from "./fix-offer.ts";

const PROGRESS_MS = 1000;

/** The job execute-run: runs it, keeps bundle, diagnosis and offers, and says the verdict. Runs nothing twice once done. */
export async function workRun(
  world: RunWorld,
  runId: string,
  session?: Session,
): Promise<Diagnosis | undefined> {
  const run = await world.store.run(runId);
  if (!run || run.state === "done" || run.state === "failed") return run?.diagnosis;
  const host = world.findHost(run.request.host);
  const loaded = world.playbooks.get(run.request.playbook);
  if (!host || !loaded)
    return failRun(
      world,
      run,
      `${run.request.host} or the playbook ${run.request.playbook} is no longer configured`,
    );
  if (!(await world.store.transaction((tx) => tx.startRun(runId))))
    return (await world.store.run(runId))?.diagnosis;
  const { vhost, url, site } = run.request;
  const fromHere = site === undefined ? undefined : world.askFromHere?.(site);
  let said = 0;
  try {
    const seen = await executeRun(
      {
        runId,
        host,
        runMs: world.runMs,
        ...(world.permits === undefined ? {} : { permits: world.permits(host) }),
        neighbour: async (peer) => {
          const there = await world.machineAt?.(peer);
          if (there === undefined || !("hostName" in there)) return there;
          return { host: there, ...mayLook(world, run.actor, there) };
        },
        ...(vhost === undefined ? {} : { vhost }),
        ...(url === undefined ? {} : { url }),
        ...(fromHere === undefined ? {} : { fromHere }),
      },
      loaded,
      { shell: world.shell, clock: world.clock, ...(session ? { session } : {}) },
      (text) => {
        world.progress?.(runId, text);
        // At most one update a second: a thread is no terminal.
        if (world.clock.now() - said < PROGRESS_MS) return;
        said = world.clock.now();
        void world.store
          .transaction(async (tx) => {
            // Nobody waits for it: on a busy database it may come after the verdict, which must stand.
            if (await tx.startRun(runId)) await say(tx, world, run, { state: "running", progress: text });
          })
          .catch(() => undefined);
      },
    );
    const output = { ...seen, diagnosis: await holdBack(world, seen) };
    await keep(world, run, output);
    return output.diagnosis;
  } catch (error) {
    return failRun(world, run, error instanceof Error ? error.message : String(error));
  }
}

/** Who set up a schedule, an alert or a watch was asked then; its runs look at what 502.yml itself names. */
function mayLook(
  world: RunWorld,
  actor: Actor,
  there: Host,
): { readonly allowed: boolean; readonly why: string } {
  if (actor.via === "slack" || actor.via === "terminal") return world.mayDiagnose(actor, there);
  return there.source === "ssh"
    ? { allowed: false, why: `a run by ${actor.via} looks at the hosts written in 502.yml alone` }
    : { allowed: true, why: "" };
}

async function keep(world: RunWorld, run: Run, output: RunOutput): Promise<void> {
  const at = world.clock.now();
  const waiting = await world.store.approvals({ state: ["requested"], limit: 1_000 });
  const runs = new Map(
    await Promise.all(waiting.map(async (a) => [a.runId, await world.store.run(a.runId)] as const)),
  );
  await world.store.transaction(async (tx) => {
    if (!(await tx.finishRun(run.id, "done", at, output.diagnosis))) return;
    await tx.saveBundle(run.id, output.bundle);
    for (const ended of await tx.supersede(run.request.host, run.id, at)) {
      await record(tx, world, ended, "bot", "approval.supersede", { by: run.id });
      await post(tx, world, runs.get(ended.runId), ended, undefined);
    }
    await tx.insertOffers(output.bound.map((b) => offerOf(b, at, world.offerMs ?? OFFER_MS)));
    await tx.audit({
      at,
      actor: run.actor.id,
      via: run.actor.via,
      action: "run-finished",
      host: run.request.host,
      runId: run.id,
      detail: {
        verdict: output.diagnosis.verdict,
        causes: output.diagnosis.causes.map((c) => `${c.id} (${c.grade})`),
      },
    });
    await say(tx, world, run, { state: "done", diagnosis: output.diagnosis });
  });
}

/**
 * Says of a fix whose restart budget is spent why it is no button; where somebody may break glass it stays one. The
 * fix itself stays as it was bound: it is refused at the press.
 */
async function holdBack(
  world: RunWorld,
  { diagnosis, bound }: Pick<RunOutput, "diagnosis" | "bound">,
): Promise<Diagnosis> {
  const fixes = await Promise.all(
    diagnosis.fixes.map(async (fix) => {
      const own = fix.offered ? bound.find((b) => b.fix.id === fix.id) : undefined;
      const held = own === undefined ? undefined : await world.heldBack?.(own);
      return held === undefined ? fix : { ...fix, offered: held.glass, held: held.why };
    }),
  );
  return { ...diagnosis, fixes };
}

function offerOf(bound: BoundFix, at: number, offerMs: number): Offer {
  return {
    runId: bound.runId,
    host: bound.host,
    fixId: bound.fix.id,
    createdAt: at,
    expiresAt: at + offerMs,
    payload: JSON.stringify(bound),
    digest: digestOf(bound),
  };
}

/** A run that broke is said as such: it never looks like an answer about the host. */
export async function failRun(world: RunWorld, run: Run, why: string): Promise<undefined> {
  const at = world.clock.now();
  await world.store.transaction(async (tx) => {
    if (!(await tx.finishRun(run.id, "failed", at, undefined))) return;
    await tx.audit({
      at,
      actor: run.actor.id,
      via: run.actor.via,
      action: "run-failed",
      host: run.request.host,
      runId: run.id,
      detail: { why },
    });
    await say(tx, world, run, { state: "failed", failure: why });
  });
  world.progress?.(run.id, `the run failed: ${why}`);
  return undefined;
}

async function say(
  tx: StoreTx,
  world: RunWorld,
  run: Run,
  what: Pick<RunBody, "state" | "progress" | "diagnosis" | "failure">,
): Promise<void> {
  if (!run.destination) return;
  const body: RunBody = { kind: "run", runId: run.id, host: run.request.host, actor: run.actor.id, ...what };
  await tx.putOutbox({
    id: world.ids.next("msg"),
    channel: run.destination.channel,
    key: runKey(run.id),
    body: JSON.stringify(body),
    createdAt: world.clock.now(),
  });
}
