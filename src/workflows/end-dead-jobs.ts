import type { HostLine, Report } from "../domain/report.ts";
import type { ChannelWorld } from "./channel-world.ts";
import { lineOfFailure, lineOfRun } from "./line-of-run.ts";
import { postReport } from "./post-report.ts";
import type { DeadJob } from "./ports.ts";
import { fixesIn } from "./report-fixes.ts";
import { failRun } from "./work-run.ts";

/**
 * Ends what jobs that were given up left open, so that nobody waits for it: a run is said to have failed, a report
 * says what is known of its hosts, and that the rest is not. Fixes see to themselves (resume-fixes.ts).
 * @throws what the first failing end threw, when all have been tried
 */
export async function endDeadJobs(world: ChannelWorld, dead: readonly DeadJob[]): Promise<void> {
  const ends = await Promise.allSettled(dead.map((job) => endOne(world, job)));
  for (const end of ends) if (end.status === "rejected") throw end.reason;
}

async function endOne(world: ChannelWorld, { kind, ref, attempt }: DeadJob): Promise<void> {
  const why = `it was given up after ${attempt} attempts, the log of the bot says why; ask for it again`;
  if (kind === "report") {
    const report = await world.store.report(ref);
    if (report?.state === "open") await endReport(world, report, why);
  }
  if (kind === "execute-run") await endRun(world, ref, why);
}

async function endReport(world: ChannelWorld, report: Report, why: string): Promise<void> {
  const lines: HostLine[] = [];
  for (const { host, runId } of report.runs) {
    const run = await world.store.run(runId);
    if (run?.diagnosis === undefined) await endRun(world, runId, why);
    lines.push(
      run?.diagnosis === undefined
        ? lineOfFailure(host, runId, why, 0)
        : lineOfRun(run.diagnosis, undefined, world.findHost(host)),
    );
  }
  const at = world.clock.now();
  const hosts = report.runs.map((r) => r.host);
  const fixes = await fixesIn(world.store, hosts, report.since, at);
  const summary = { lines, odd: [], until: at, periods: {}, ...fixes };
  await postReport(world, { ...report, state: "done", finishedAt: at, summary });
}

async function endRun(world: ChannelWorld, runId: string, why: string): Promise<void> {
  const run = await world.store.run(runId);
  if (run?.state === "queued" || run?.state === "running") await failRun(world, run, why);
}
