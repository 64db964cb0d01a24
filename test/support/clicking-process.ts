import { appendFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { openQueue } from "../../src/jobs/open-queue.ts";
import { openStore } from "../../src/store/open.ts";
import { applyFix } from "../../src/workflows/apply-fix.ts";
import { decideApproval } from "../../src/workflows/decide-approval.ts";
import { pressOffer } from "../../src/workflows/press-offer.ts";
import { START, Stage } from "./fix-stage.ts";
import { realClock, TEST_KEY } from "./place.ts";

/**
 * A bot of its own process on a shared state: on the line "go" all its people press the same button and submit the
 * form at once, while it works the queue. Says in one line of JSON what each was told.
 */
interface Orders {
  readonly dir: string;
  readonly url: string;
  readonly instance: string;
  readonly people: readonly string[];
  /** A line is added each time the fix's command runs. */
  readonly ran: string;
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

const orders: Orders = JSON.parse(process.argv[2] ?? "{}");
const store = await openStore({
  dir: orders.dir,
  url: orders.url,
  auditKey: TEST_KEY,
  clock: realClock,
  queue: openQueue,
});
const stage = new Stage();
stage.host.on.set(START, () => {
  appendFileSync(orders.ran, `${orders.instance}\n`);
  stage.host.start();
  return { stdout: "" };
});
let ids = 0;
const world = stage.world({
  store,
  clock: realClock,
  instance: orders.instance,
  ids: { next: (prefix) => `${prefix}-${orders.instance}-${(ids += 1)}` },
});
await store.queue.work(
  { "apply-fix": async (job) => void (await applyFix(world, job.ref)) },
  { concurrency: 4 },
);

async function click(id: string): Promise<void> {
  const actor = { id, via: "slack", channel: "C0000FAKE1" } as const;
  const pressed = await pressOffer(world, { runId: "run-1", fixId: "start-shop-api", actor });
  if (!("bound" in pressed)) return say(JSON.stringify({ id, kind: pressed.kind, text: pressed.text }));
  const { kind, text } = await decideApproval(world, {
    approvalId: pressed.approval.id,
    actor,
    decide: "approve",
  });
  say(JSON.stringify({ id, kind, text }));
}

createInterface({ input: process.stdin }).on("line", () => {
  Promise.all(orders.people.map(click)).catch((error: unknown) => say(`failed ${String(error)}`));
});
process.stdin.on("end", () => process.exit(0));
say("ready");
