import { writeFileSync } from "node:fs";
import { gzipSync } from "node:zlib";
import { type Diagnosis, exitCodeOf } from "../domain/diagnosis.ts";
import type { Actor } from "../domain/run.ts";
import { nearestVerbs } from "../grammar/help.ts";
import { diagnosisText } from "../wording/diagnosis-text.ts";
import type { AskedFor } from "../workflows/asked-for.ts";
import type { Job, Queue, Store } from "../workflows/ports.ts";
import type { RunWorld } from "../workflows/run-world.ts";
import { startRun } from "../workflows/start-run.ts";
import { workRun } from "../workflows/work-run.ts";
import type { Call } from "./call.ts";
import { type Answer, document, failure, USAGE } from "./output.ts";

type World = RunWorld & { readonly store: Store & { readonly queue: Queue } };

/** `502 HOST`: the terminal enqueues the run and works that one job, beside a bot or without one. */
export async function diagnoseCommand(
  world: World,
  actor: Actor,
  call: Call,
  { host, url, site }: AskedFor & { readonly kind: "host" },
): Promise<Answer> {
  const [vhost, save] = ["vhost", "save"].map((name) => call.text(name));
  const request = {
    host,
    playbook: call.text("playbook") ?? world.findHost(host)?.playbook ?? "502",
    ...(vhost === undefined ? {} : { vhost }),
    ...(url === undefined ? {} : { url }),
    ...(site === undefined ? {} : { site }),
  };
  const started = await startRun(world, { request, actor });
  if (!("run" in started)) {
    const { kind, text } = started;
    if (kind === "not-allowed") return failure(call.json, kind, text, "ask the owner of 502.yml", 3);
    const hint = kind === "unknown-host" ? unknownHostHint(host) : "list the playbooks with: 502 playbooks";
    return failure(call.json, kind, text, hint, USAGE);
  }
  const diagnosis = await workOwn(world, started.run.id);
  if (!diagnosis) {
    const message = `the run ${started.run.id} failed; nothing is known of ${host}`;
    return failure(call.json, "run-failed", message, "see the log on standard error, and try again", 3);
  }
  if (save !== undefined) {
    const bundle = await world.store.bundle(started.run.id);
    writeFileSync(save, gzipSync(JSON.stringify(bundle)), { mode: 0o600 });
  }
  const exitCode = exitCodeOf(diagnosis);
  if (call.json) return document(diagnosis, exitCode);
  return { exitCode, out: diagnosisText(diagnosis, { verbose: call.flag("verbose") }) };
}

/** A first word that is no host may be a misspelt command. */
function unknownHostHint(word: string): string {
  const verbs = nearestVerbs(word, "terminal").map((verb) => `502 ${verb}`);
  const list = "list the hosts with: 502 hosts";
  return verbs.length === 0 ? list : `if a command was meant: ${verbs.join(" or ")}; ${list}`;
}

/** Works until the run has ended, whoever worked it. */
async function workOwn(world: World, runId: string): Promise<Diagnosis | undefined> {
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
