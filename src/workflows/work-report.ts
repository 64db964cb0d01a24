import type { BundledCommand } from "../domain/bundle.ts";
import { oddOnes, type Profiled } from "../domain/host-profile.ts";
import type { HostLine, HostPeriod, Report, ReportSummary } from "../domain/report.ts";
import { type ChannelWorld, GRACE_MS } from "./channel-world.ts";
import { lineOfFailure, lineOfRun } from "./line-of-run.ts";
import { periodOf } from "./period-of-run.ts";
import type { Session } from "./ports.ts";
import { profileOf } from "./profile-host.ts";
import { groupBody, reportKey } from "./report-message.ts";
import { postReport } from "./post-report.ts";
import { fixesIn } from "./report-fixes.ts";
import { spread } from "./spread.ts";
import { survey } from "./survey.ts";
import { type TakeTurn, turns } from "./turns.ts";
import { workRun } from "./work-run.ts";

/** At most one update a second: a channel is no terminal. */
const PROGRESS_MS = 1000;
/** Many hosts of a group may lead to one machine: so many of their runs look at it at once. */
const AT_ONE_MACHINE = 4;
/** Bars in a picture of a period. */
const BUCKETS = 48;

interface Seen {
  readonly line: HostLine;
  readonly profiled?: Profiled;
  readonly period?: HostPeriod;
}

/**
 * The job "report": diagnoses every host of it within its bounds, each with its own time limit, and says one answer.
 * Runs that are done are not repeated, so a redelivered job goes on where the first one ended.
 */
export async function workReport(world: ChannelWorld, reportId: string): Promise<Report | undefined> {
  const report = await world.store.report(reportId);
  if (report === undefined || report.state === "done") return report;
  const until = world.clock.now();
  const bucketMs =
    report.since === undefined ? undefined : Math.max(60_000, Math.ceil((until - report.since) / BUCKETS));
  const period =
    bucketMs === undefined || report.since === undefined
      ? undefined
      : { since: report.since, until, bucketMs };
  const seen = new Map<string, Seen>();
  const takeTurn = turns(AT_ONE_MACHINE);
  const fromHere = report.site === undefined ? undefined : world.askFromHere?.(report.site);
  let said = 0;
  await spread(
    report.runs,
    {
      total: world.limits.hosts,
      perKey: world.limits.hostsPerBastion,
      keyOf: (r) => world.findHost(r.host)?.jumps[0]?.name,
    },
    async (one) => {
      seen.set(one.runId, await within(world, one, lookAt(world, one, period, takeTurn)));
      world.progress?.(report.id, `${seen.size} of ${report.runs.length} hosts`);
      if (
        report.kind !== "group" ||
        report.destination === undefined ||
        world.clock.now() - said < PROGRESS_MS
      )
        return;
      said = world.clock.now();
      await sayProgress(world, report, seen.size).catch(() => undefined);
    },
  );
  const all = report.runs.flatMap((r) => seen.get(r.runId) ?? []);
  const lines = all.map((s) => s.line);
  const summary: ReportSummary = {
    ...(fromHere === undefined ? {} : { fromHere: await fromHere }),
    lines,
    odd: oddOnes(all.flatMap((s) => s.profiled ?? [])),
    until,
    ...(period === undefined ? {} : { since: period.since, bucketMs: period.bucketMs }),
    periods: Object.fromEntries(
      all.flatMap((s) => (s.period === undefined ? [] : [[s.line.host, s.period]])),
    ),
    ...(await fixesIn(
      world.store,
      report.runs.map((r) => r.host),
      report.since,
      until,
    )),
  };
  const done: Report = { ...report, state: "done", finishedAt: world.clock.now(), summary };
  await postReport(world, done);
  return done;
}

/** One host's time limit: what takes longer is said as such and no longer waited for. */
async function within(world: ChannelWorld, one: Report["runs"][number], work: Promise<Seen>): Promise<Seen> {
  const limit = new AbortController();
  const ms = world.runMs + GRACE_MS;
  const late = world.clock.wait(ms, limit.signal).then((): Seen => ({
    line: lineOfFailure(one.host, one.runId, `no answer within ${Math.round(ms / 1000)} seconds`, ms),
  }));
  try {
    return await Promise.race([work, late]);
  } catch (error) {
    return {
      line: lineOfFailure(one.host, one.runId, error instanceof Error ? error.message : String(error), 0),
    };
  } finally {
    limit.abort();
  }
}

async function lookAt(
  world: ChannelWorld,
  one: Report["runs"][number],
  period: { since: number; until: number; bucketMs: number } | undefined,
  takeTurn: TakeTurn,
): Promise<Seen> {
  const host = world.findHost(one.host);
  let open: Session | undefined;
  // The survey goes over the run's own connection, so the run must not close it.
  const lent: ChannelWorld = {
    ...world,
    shell: {
      open: async (target, opts) => {
        // A peer's machine is none of the report's hosts: its connection is the run's alone.
        if (target.name !== one.host) return inTurn(world, await takeTurn(target.name), target, opts);
        const session = (open = await world.shell.open(target, opts));
        return { ...bound(session), close: async () => undefined };
      },
    },
  };
  try {
    const diagnosis = await workRun(lent, one.runId);
    if (diagnosis === undefined)
      return { line: lineOfFailure(one.host, one.runId, "the run failed; nothing is known of the host", 0) };
    const bundle = await world.store.bundle(one.runId);
    const line = lineOfRun(diagnosis, bundle, host);
    if (bundle === undefined || bundle.unreachable !== undefined) return { line };
    const own = bundle.commands.filter((c) => c.host === undefined);
    const more = open === undefined ? [] : await survey(open, own);
    const commands: readonly BundledCommand[] = [...own, ...more];
    return {
      line,
      profiled: { host: one.host, healthy: diagnosis.verdict === "healthy", profile: profileOf(commands) },
      ...(period === undefined ? {} : { period: periodOf(commands, period) }),
    };
  } finally {
    await open?.close().catch(() => undefined);
  }
}

/** Opens a session whose end ends the turn. */
async function inTurn(
  world: ChannelWorld,
  end: () => void,
  ...args: Parameters<ChannelWorld["shell"]["open"]>
): Promise<Session> {
  try {
    const session = await world.shell.open(...args);
    return { ...bound(session), close: () => session.close().finally(end) };
  } catch (error) {
    end();
    throw error;
  }
}

/** A session's methods, bound: a class's methods are not copied by spreading. */
function bound(session: Session): Session {
  return {
    hostKey: session.hostKey,
    runWave: (commands, onResult) => session.runWave(commands, onResult),
    runFix: (commands, opts) => session.runFix(commands, opts),
    close: () => session.close(),
  };
}

async function sayProgress(world: ChannelWorld, report: Report, done: number): Promise<void> {
  const { destination } = report;
  if (destination === undefined) return;
  await world.store.transaction((tx) =>
    tx.putOutbox({
      id: world.ids.next("msg"),
      channel: destination.channel,
      key: reportKey(report.id),
      body: JSON.stringify(groupBody(report, done)),
      createdAt: world.clock.now(),
    }),
  );
}
