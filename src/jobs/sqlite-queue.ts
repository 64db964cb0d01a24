import { randomUUID } from "node:crypto";
import { JOB_KINDS, type Job, type Queue } from "../workflows/ports.ts";
import { runAttempt } from "./attempt.ts";
import type { QueueEngine, QueueLink } from "./link.ts";
import { LEASE_MS } from "./retry.ts";
import { completeJob, deadJobs, failJob, insertJob, reclaimJobs, renewJob, takeJob } from "./sqlite-table.ts";
import { Worker } from "./worker.ts";

/** How often an idle worker looks for jobs that another process enqueued or that became due, in milliseconds. */
const POLL_MS = 100;

/**
 * The queue in an SQLite table: a durable row per job, leased by whoever works it. A job is begun at most
 * MAX_ATTEMPTS times; one whose worker died comes back when its lease ends, or at once when the bot restarts.
 */
export function sqliteQueue(link: QueueLink): QueueEngine {
  const { db, now, onError } = link;
  const workers = new Set<Worker>();
  let owner = `process/${randomUUID()}`;

  const execute = (job: Job, by: string, handle: (job: Job) => Promise<void>): Promise<void> =>
    runAttempt(
      job,
      handle,
      {
        renewMs: LEASE_MS / 3,
        renew: () => renewJob(db, job, by, now()),
        complete: () => completeJob(db, job, by),
        fail: (error) => failJob(db, job, by, error, now()),
      },
      onError,
    );

  const queue: Queue = {
    work: async (handlers, opts) => {
      const by = owner;
      const kinds = JOB_KINDS.filter((kind) => handlers[kind] !== undefined);
      const wanted = opts.onlyRefs === undefined ? { kinds } : { kinds, onlyRefs: opts.onlyRefs };
      const worker = new Worker({ concurrency: opts.concurrency, pollMs: POLL_MS, onError }, async () => {
        const job = await takeJob(db, wanted, by, now());
        if (job === undefined) return undefined;
        if (job === "dead") return async () => undefined;
        const handle = handlers[job.kind];
        return handle === undefined ? undefined : () => execute(job, by, handle);
      });
      workers.add(worker);
      worker.start();
      return {
        stop: async () => {
          await worker.stop();
          workers.delete(worker);
        },
      };
    },
    dead: (limit) => deadJobs(db, limit),
  };

  return {
    queue,
    enqueue: (trx, job) => insertJob(trx, job, now()),
    wake: () => {
      for (const worker of workers) worker.wake();
    },
    claimed: async (holder) => {
      owner = holder;
      await reclaimJobs(db, holder);
    },
    close: async () => {
      await Promise.all([...workers].map((w) => w.stop()));
      workers.clear();
    },
  };
}
