import { openQueue } from "../../src/jobs/open-queue.ts";
import { auditFile } from "../../src/store/audit-file.ts";
import { openStore } from "../../src/store/open.ts";
import { AuditStream } from "../../src/workflows/stream-audit.ts";
import { realClock, TEST_KEY } from "./place.ts";

/**
 * A process of its own on the same state, for tests that kill it or race it. Started with one JSON argument;
 * says what happens in lines on standard output and ends when its standard input does.
 */
interface Orders {
  readonly dir: string;
  readonly url?: string;
  /** Becomes this bot first. */
  readonly claim?: string;
  /** Works apply-fix jobs and never ends one. */
  readonly hang?: readonly string[] | "all";
  /** Tries to approve this approval so many times at once. */
  readonly approve?: { readonly id: string; readonly times: number; readonly at: number };
  /** Appends so many audit entries. */
  readonly audit?: number;
  /** Passes each entry on to this file as soon as it is written. */
  readonly stream?: string;
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

const orders: Orders = JSON.parse(process.argv[2] ?? "{}");
const store = await openStore({
  dir: orders.dir,
  auditKey: TEST_KEY,
  clock: realClock,
  queue: openQueue,
  ...(orders.url === undefined ? {} : { url: orders.url }),
});
say("open");

if (orders.claim !== undefined) {
  try {
    await store.claimInstance(orders.claim);
    say("claimed");
  } catch (error) {
    say(error instanceof Error ? error.message : "refused");
  }
}

const { hang, approve, audit = 0 } = orders;
if (hang !== undefined) {
  const only = hang === "all" ? {} : { onlyRefs: new Set(hang) };
  const forever = new Promise<void>(() => undefined);
  const begin = async (job: { readonly ref: string; readonly attempt: number }): Promise<void> => {
    say(`began ${job.ref} ${job.attempt}`);
    await forever;
  };
  await store.queue.work({ "apply-fix": begin }, { concurrency: 1, ...only });
}

if (approve !== undefined) {
  const { id, times, at } = approve;
  await Promise.all(
    Array.from({ length: times }, async (_, n) => {
      const by = `${process.pid}-${n}`;
      const won = await store.transaction((tx) => tx.moveApproval(id, "requested", "approved", { at, by }));
      say(won === undefined ? "lost" : `won ${by}`);
    }),
  );
}

const stream =
  orders.stream === undefined
    ? undefined
    : new AuditStream({ store, clock: realClock, owner: String(process.pid) }, auditFile(orders.stream));
for (let n = 0; n < audit; n += 1) {
  const entry = { at: n, actor: `local:${process.pid}`, via: "terminal", action: "test", detail: { n } };
  await store.transaction((tx) => tx.audit(entry));
  await stream?.drain();
}

say("ready");
process.stdin.resume();
process.stdin.on("end", () => {
  // A handler that hangs would keep close() waiting.
  if (hang !== undefined) process.exit(0);
  store.close().then(
    () => process.exit(0),
    () => process.exit(1),
  );
});
