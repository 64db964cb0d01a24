import { createHash, randomUUID } from "node:crypto";
import { sql, type Transaction } from "kysely";
import { fromKysely, PgBoss, type Job as BossJob } from "pg-boss";
import { JOB_KINDS, type DeadJob, type Job, type JobKind, type Queue } from "../workflows/ports.ts";
import { runAttempt } from "./attempt.ts";
import type { JobTables, NewJob, QueueEngine, QueueLink } from "./link.ts";
import { MAX_ATTEMPTS } from "./retry.ts";
import { Worker } from "./worker.ts";

/** How often an idle worker looks for what other processes enqueued, in milliseconds. */
const POLL_MS = 500;
/** A worker that stays silent this long is taken for dead; pg-boss allows no less. */
const HEARTBEAT_SECONDS = 10;

interface Data {
  readonly ref: string;
}

/**
 * A terminal command's jobs carry a priority made from their ref, so that the command can fetch just them;
 * bots fetch without regard to it, theirs (0) before these (below 0).
 */
function priorityOf(ref: string): number {
  return -1 - (createHash("sha256").update(ref).digest().readUInt32BE(0) >>> 1);
}

/**
 * pg-boss with a queue per kind. Policy "short": of the jobs with one singleton key one waits at most,
 * whatever is active. Started jobs send heartbeats; those of a dead worker come back.
 */
export async function postgresQueue(link: QueueLink): Promise<QueueEngine> {
  const { onError } = link;
  const connectionString = link.url ?? "";
  const boss = new PgBoss({ connectionString, max: 4, supervise: false, schedule: false });
  boss.on("error", onError);
  await boss.start();
  const existing = new Set((await boss.getQueues([...JOB_KINDS])).map((q) => q.name));
  for (const kind of JOB_KINDS) {
    if (existing.has(kind)) continue;
    await boss.createQueue(kind, {
      policy: "short",
      retryLimit: MAX_ATTEMPTS - 1,
      retryDelay: 1,
      retryBackoff: true,
      retryDelayMax: 60,
      heartbeatSeconds: HEARTBEAT_SECONDS,
      expireInSeconds: 4 * 3600,
    });
  }
  const workers = new Set<Worker>();
  let supervisor: PgBoss | undefined;
  let bot = false;

  /** Brings back the jobs of dead workers: done by whoever works for all. */
  async function supervise(): Promise<void> {
    if (supervisor !== undefined) return;
    supervisor = new PgBoss({
      connectionString,
      max: 2,
      schedule: false,
      superviseIntervalSeconds: 5,
      monitorIntervalSeconds: 5,
    });
    supervisor.on("error", onError);
    await supervisor.start();
  }

  async function enqueue(trx: Transaction<JobTables>, job: NewJob): Promise<void> {
    const inside = { db: fromKysely(trx) };
    const data: Data = { ref: job.ref };
    const startAfter = new Date(job.dueAt ?? 0);
    const priority = bot ? 0 : priorityOf(job.ref);
    const later = startAfter.getTime() > link.now() ? { startAfter } : {};
    if (job.singleton === undefined) {
      await boss.send(job.kind, data, { ...inside, ...later, priority, singletonKey: randomUUID() });
      return;
    }
    const key = job.singleton;
    for (;;) {
      const id = await boss.send(job.kind, data, { ...inside, ...later, priority, singletonKey: key });
      if (id !== null) return;
      // One waits. Editing it locks it until this commits: a worker that took it now would not see our rows.
      const [waiting] = await boss.findJobs(job.kind, { ...inside, key, queued: true });
      if (waiting === undefined) continue;
      const earlier = waiting.startAfter < startAfter ? waiting.startAfter : startAfter;
      const { updated } = await boss.update(job.kind, undefined, {
        ...inside,
        id: waiting.id,
        startAfter: earlier,
      });
      if (updated === 1) return;
    }
  }

  async function take(
    kinds: readonly JobKind[],
    refs: ReadonlySet<string> | undefined,
  ): Promise<Job | undefined> {
    for (const kind of kinds) {
      if (refs === undefined) {
        const [job] = await boss.fetch<Data>(kind);
        if (job !== undefined) return toJob(kind, job);
        continue;
      }
      for (const ref of refs) {
        const priority = priorityOf(ref);
        const [job] = await boss.fetch<Data>(kind, { minPriority: priority, maxPriority: priority });
        if (job === undefined) continue;
        if (job.data.ref === ref) return toJob(kind, job);
        // Two refs with one priority: this one belongs to somebody else, who gets it back.
        await boss.fail(kind, job.id, { message: "fetched by a terminal command it does not belong to" });
      }
    }
    return undefined;
  }

  function execute(job: Job, handle: (job: Job) => Promise<void>): Promise<void> {
    const attempt = { id: job.id, retryCount: job.attempt - 1 };
    const settle = {
      renewMs: (HEARTBEAT_SECONDS * 1000) / 3,
      renew: async () => void (await boss.touch(job.kind, attempt)),
      complete: async () => void (await boss.complete(job.kind, attempt)),
      fail: async (message: string) => {
        await boss.fail(job.kind, attempt, { message });
        return job.attempt >= MAX_ATTEMPTS;
      },
    };
    return runAttempt(job, handle, settle, onError);
  }

  const queue: Queue = {
    work: async (handlers, opts) => {
      const kinds = JOB_KINDS.filter((kind) => handlers[kind] !== undefined);
      if (opts.onlyRefs === undefined) await supervise();
      const worker = new Worker({ concurrency: opts.concurrency, pollMs: POLL_MS, onError }, async () => {
        const job = await take(kinds, opts.onlyRefs);
        const handle = job === undefined ? undefined : handlers[job.kind];
        return job === undefined || handle === undefined ? undefined : () => execute(job, handle);
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
    dead: (limit) => deadJobs(link, limit),
  };

  return {
    queue,
    enqueue,
    wake: () => {
      for (const worker of workers) worker.wake();
    },
    claimed: async () => {
      bot = true;
    },
    close: async () => {
      await Promise.all([...workers].map((w) => w.stop()));
      workers.clear();
      await supervisor?.stop({ graceful: false });
      await boss.stop({ graceful: false });
    },
  };
}

function toJob(kind: JobKind, job: BossJob<Data>): Job {
  return { id: job.id, kind, ref: job.data.ref, attempt: job.retryCount + 1 };
}

/** pg-boss keeps failed jobs for a week; it has no call that lists them over all queues. */
async function deadJobs({ db }: QueueLink, limit: number): Promise<DeadJob[]> {
  const { rows } = await sql<{
    id: string;
    kind: JobKind;
    ref: string;
    attempt: number;
    error: string | null;
    at: string | number;
  }>`select id::text, name as kind, data ->> 'ref' as ref, retry_count + 1 as attempt,
      coalesce(output ->> 'message', output::text) as error,
      floor(extract(epoch from completed_on) * 1000)::bigint as at
    from pgboss.job where state = 'failed' order by completed_on desc limit ${limit}`.execute(db);
  return rows.map((row) => ({ ...row, error: row.error ?? "", at: Number(row.at) }));
}
