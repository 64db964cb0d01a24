import { writeFileSync } from "node:fs";
import { gzipSync } from "node:zlib";
import { type Diagnosis, exitCodeOf } from "../domain/diagnosis.ts";
import type { Actor } from "../domain/run.ts";
import type { Job, Queue, Store } from "../workflows/ports.ts";
import type { RunWorld } from "../workflows/run-world.ts";
import { startRun } from "../workflows/start-run.ts";
import { workRun } from "../workflows/work-run.ts";
import { diagnosisText } from "../wording/diagnosis-text.ts";
import { type Answer, failure, USAGE } from "./output.ts";

export interface DiagnoseCommand {
  readonly host: string;
  readonly playbook: string;
  readonly vhost?: string;
  readonly url?: string;
  readonly json: boolean;
  readonly verbose: boolean;
  readonly save?: string;
}

/** `502 HOST`: the terminal enqueues the run and works that one job, beside a bot or without one. */
export async function diagnoseCommand(world: RunWorld & { readonly store: Store & { readonly queue: Queue } }, actor: Actor, c: DiagnoseCommand): Promise<Answer> {
  const request = { host: c.host, playbook: c.playbook, ...(c.vhost === undefined ? {} : { vhost: c.vhost }), ...(c.url === undefined ? {} : { url: c.url }) };
  const started = await startRun(world, { request, actor });
  if (!("run" in started)) {
    return failure(c.json, started.kind, started.text, started.kind === "not-allowed" ? "ask the owner of 502.yml" : "list the hosts with: 502 hosts", started.kind === "not-allowed" ? 3 : USAGE);
  }
  const diagnosis = await workOwn(world, started.run.id);
  if (!diagnosis) {
    return failure(c.json, "run-failed", `the run ${started.run.id} failed; nothing is known of ${c.host}`, "see the log on standard error, and try again", 3);
  }
  if (c.save !== undefined) {
    const bundle = await world.store.bundle(started.run.id);
    writeFileSync(c.save, gzipSync(JSON.stringify(bundle)), { mode: 0o600 });
  }
  return { exitCode: exitCodeOf(diagnosis), out: c.json ? `${JSON.stringify(diagnosis, null, 2)}\n` : diagnosisText(diagnosis, { verbose: c.verbose }) };
}

/** Works until the run has ended, whoever worked it. */
async function workOwn(world: RunWorld & { readonly store: Store & { readonly queue: Queue } }, runId: string): Promise<Diagnosis | undefined> {
  const worker = await world.store.queue.work(
    { "execute-run": async (job: Job) => void (await workRun(world, job.ref)) },
    { onlyRefs: new Set([runId]), concurrency: 1 },
  );
  try {
    for (;;) {
      const run = await world.store.run(runId);
      if (run?.state === "done" || run?.state === "failed") return run.diagnosis;
      await world.clock.wait(20);
    }
  } finally {
    await worker.stop();
  }
}
