import { randomUUID } from "node:crypto";
import { JOB_KINDS, type Job, type Queue } from "../workflows/ports.ts";
import type { QueueEngine, QueueLink } from "./link.ts";
import { errorText, LEASE_MS } from "./retry.ts";
import { completeJob, deadJobs, failJob, insertJob, reclaimJobs, renewJob, takeJob } from "./sqlite-table.ts";
import { Worker } from "./worker.ts";

/**
 * The queue in an SQLite table: a durable row per job, leased by whoever works it. A job is begun at most
 * MAX_ATTEMPTS times; one whose worker died comes back when its lease ends, or at once when the bot restarts.
 */
export function sqliteQueue(link: QueueLink): QueueEngine {
  const { db, now, onError } = link;
  const workers = new Set<Worker>();
  let owner = `process/${randomUUID()}`;

  const execute = async (job: Job, by: string, handle: (job: Job) => Promise<void>): Promise<void> => {
    const renewal = setInterval(() => {
      renewJob(db, job, by, now()).catch(onError);
    }, LEASE_MS / 3);
    try {
      await handle(job);
    } catch (error) {
      const dead = await failJob(db, job, by, errorText(error), now());
      if (dead)
        onError(
          new Error(`The job ${job.kind} ${job.ref} was given up after ${job.attempt} attempts.`, {
            cause: error,
          }),
        );
      return;
    } finally {
      clearInterval(renewal);
    }
    await completeJob(db, job, by);
  };

  const queue: Queue = {
    work: async (handlers, opts) => {
      const by = owner;
      const kinds = JOB_KINDS.filter((kind) => handlers[kind] !== undefined);
      const wanted = opts.onlyRefs === undefined ? { kinds } : { kinds, onlyRefs: opts.onlyRefs };
      const worker = new Worker(opts.concurrency, onError, async () => {
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
    reclaim: async (holder) => {
      owner = holder;
      await reclaimJobs(db, holder);
    },
    close: async () => {
      await Promise.all([...workers].map((w) => w.stop()));
      workers.clear();
    },
  };
}
