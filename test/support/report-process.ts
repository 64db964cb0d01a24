import { channelStageOn } from "./channel-stage.ts";
import { workReport } from "../../src/workflows/work-report.ts";
import { tickSchedules } from "../../src/workflows/run-schedules.ts";
import { openStore } from "../../src/store/open.ts";
import { openQueue } from "../../src/jobs/open-queue.ts";
import { realClock, TEST_KEY } from "./place.ts";
import { recorded, replayedShell } from "./replayed-shell.ts";

/**
 * A bot's part in reports as a process of its own, for tests that kill it: works the schedules and jobs of the state
 * it is given in one JSON argument. A slow one holds its second host until it is killed.
 */
interface Orders {
  readonly dir: string;
  readonly url: string;
  readonly hosts: readonly string[];
  readonly slow: boolean;
}

const orders: Orders = JSON.parse(process.argv[2] ?? "{}");
const store = await openStore({
  dir: orders.dir,
  auditKey: TEST_KEY,
  clock: realClock,
  queue: openQueue,
  url: orders.url,
});
const never = new Promise<never>(() => undefined);
let opened = 0;
const shell = replayedShell(async () => {
  opened += 1;
  process.stdout.write(`opened ${opened}\n`);
  return orders.slow && opened > 1 ? never : recorded("healthy");
});
const world = channelStageOn(
  { hosts: orders.hosts, groups: { web: orders.hosts }, shell, limits: { hosts: 1, hostsPerBastion: 1 } },
  store,
);
await store.queue.work(
  { report: async (job) => void (await workReport(world, job.ref)) },
  { concurrency: 1 },
);
process.stdout.write("ready\n");
for (;;) {
  await tickSchedules(world);
  await realClock.wait(200);
}
