import type { Report } from "../domain/report.ts";
import type { Schedule } from "../domain/schedule.ts";
import type { Actor } from "../domain/run.ts";
import type { ChannelWorld } from "./channel-world.ts";
import { type Answered, changeable } from "./manage-schedules.ts";
import { lastDue, nextTimes } from "./schedule-times.ts";
import { beginReport, planRuns } from "./start-report.ts";
import { hostsOf } from "./targets.ts";

/** A report that begins later than this after its due time says so. */
const LATE_MS = 2 * 60_000;
/** A report looks back at most so far. */
const LONGEST_MS = 31 * 86_400_000;
/** How often schedules are looked at, so that one another replica added is seen. */
const LOOK_MS = 20_000;

/**
 * Begins the report of every schedule that is due. What was missed while nobody ran is made up once, with the last
 * due time. Replicas may all do this at once: a due time has one report.
 * @returns the reports this replica began
 */
export async function tickSchedules(world: ChannelWorld): Promise<readonly Report[]> {
  const begun: Report[] = [];
  for (const schedule of await world.store.schedules()) {
    if (schedule.paused) continue;
    const [before] = await world.store.reports({ schedule: schedule.id, limit: 1 });
    const after = Math.max(before?.dueAt ?? 0, schedule.countsFrom);
    const due = lastDue(schedule.cron, schedule.zone, after, world.clock.now());
    if (due === undefined) continue;
    const report = await begin(world, schedule, due.dueAt, before);
    if (report !== undefined) begun.push(report);
  }
  return begun;
}

/** Works until the signal: looks at the schedules whenever one is due, and every 20 seconds. */
export async function runSchedules(
  world: ChannelWorld,
  signal: AbortSignal,
  onError: (error: unknown) => void,
): Promise<void> {
  while (!signal.aborted) {
    let next = LOOK_MS;
    try {
      await tickSchedules(world);
      next = await untilNext(world);
    } catch (error) {
      // The database is busy or gone: what is due stays due.
      onError(error);
    }
    await world.clock.wait(next, signal);
  }
}

async function untilNext(world: ChannelWorld): Promise<number> {
  const now = world.clock.now();
  const schedules = await world.store.schedules();
  const times = schedules.filter((s) => !s.paused).flatMap((s) => nextTimes(s.cron, s.zone, now, 1));
  return Math.max(50, Math.min(LOOK_MS, ...times.map((t) => t - now)));
}

/** `schedule run ID`: its report at once, for the period since the last one. */
export async function runScheduleNow(
  world: ChannelWorld,
  actor: Actor,
  id: string,
): Promise<Answered<{ readonly report: Report }>> {
  const found = await changeable(world, actor, id);
  if (!found.ok) return found;
  const [before] = await world.store.reports({ schedule: id, limit: 1 });
  const report = await begin(world, { ...found.schedule, quiet: false }, world.clock.now(), before);
  return report === undefined
    ? { ok: false, text: `The report of ${id} was begun at this very moment.` }
    : { ok: true, report };
}

async function begin(
  world: ChannelWorld,
  schedule: Schedule,
  dueAt: number,
  before: Report | undefined,
): Promise<Report | undefined> {
  const now = world.clock.now();
  const actor: Actor = { id: `schedule:${schedule.id}`, via: "schedule", channel: schedule.channel };
  const { hosts, unknown } = hostsOf(world, schedule.on);
  const request = schedule.playbook === undefined ? {} : { playbook: schedule.playbook };
  const planned = planRuns(world, hosts, actor, request);
  const late = now - dueAt;
  const report: Report = {
    id: world.ids.next("rep"),
    kind: "schedule",
    title: schedule.on.join(" "),
    runs: planned.runs.map((r) => ({ host: r.request.host, runId: r.id })),
    refused: [
      ...planned.refused,
      ...unknown.map((host) => ({ host, why: "it is no host or group of the inventory any more" })),
    ],
    actor,
    destination: { channel: schedule.channel },
    schedule: schedule.id,
    dueAt,
    zone: schedule.zone,
    since: Math.max(before?.dueAt ?? firstPeriod(schedule, dueAt), now - LONGEST_MS),
    quiet: schedule.quiet,
    ...(late > LATE_MS ? { missedMs: late } : {}),
    state: "open",
    createdAt: now,
  };
  const won = await world.store.transaction((tx) => beginReport(tx, world, report, planned.runs));
  return won ? report : undefined;
}

/** The first report looks back as far as the next one will be away. */
function firstPeriod(schedule: Schedule, dueAt: number): number {
  const [next] = nextTimes(schedule.cron, schedule.zone, dueAt, 1);
  return next === undefined ? dueAt - 86_400_000 : dueAt - (next - dueAt);
}
