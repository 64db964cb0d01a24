import { readWhen } from "../domain/schedule-words.ts";
import type { Schedule } from "../domain/schedule.ts";
import type { Actor } from "../domain/run.ts";
import { listed } from "../wording/headline.ts";
import { several } from "../wording/run.ts";
import type { ChannelWorld } from "./channel-world.ts";
import { deniedOn } from "./denied-on.ts";
import { nextTimes, whenRefused } from "./schedule-times.ts";
import { hostsOf, isSeenBy } from "./targets.ts";

const MOST_NAMES = 20;

export interface ScheduleRequest {
  readonly actor: Actor;
  /** "weekdays 09:00 Europe/Berlin", or a cron expression; without a zone, `zone` counts. */
  readonly when: string;
  readonly zone?: string;
  readonly channel: string;
  /** Hosts and "@group"s. */
  readonly on: readonly string[];
  readonly playbook?: string;
  readonly quiet?: boolean;
}

export type Answered<T> =
  | ({ readonly ok: true } & T)
  /** `about`: the part of the request that is refused. */
  | { readonly ok: false; readonly text: string; readonly about?: "when" | "on" | "playbook" };
type Planned = Answered<{ readonly schedule: Schedule; readonly next: readonly number[] }>;

/** What a schedule would be, with its next three times, for confirmation; nothing is kept. */
export function planSchedule(world: ChannelWorld, request: ScheduleRequest): Planned {
  const read = readWhen(request.when);
  if (!read.ok) return { ok: false, text: read.because, about: "when" };
  const zone = read.when.zone ?? request.zone ?? "UTC";
  const now = world.clock.now();
  const refused = whenRefused(read.when.cron, zone, now);
  if (refused !== undefined)
    return { ok: false, text: `This time cannot be used: ${refused}.`, about: "when" };
  const { hosts, unknown } = hostsOf(world, request.on);
  if (unknown.length > 0)
    return { ok: false, text: `There is no host or group ${listed(unknown)}.`, about: "on" };
  if (hosts.length === 0)
    return { ok: false, text: "Say which hosts the report is about, as web-1 or @web.", about: "on" };
  if (request.playbook !== undefined && !world.playbooks.has(request.playbook)) {
    return {
      ok: false,
      text: `There is no playbook ${request.playbook}. There are: ${[...world.playbooks.keys()].join(", ")}.`,
      about: "playbook",
    };
  }
  const denied = deniedOn(world, request.actor, "schedule", hosts);
  if (denied !== undefined) return { ok: false, text: denied, about: "on" };
  const schedule: Schedule = {
    id: world.ids.next("sch"),
    when: request.when,
    cron: read.when.cron,
    zone,
    channel: request.channel,
    on: request.on,
    ...(request.playbook === undefined ? {} : { playbook: request.playbook }),
    quiet: request.quiet ?? false,
    paused: false,
    owner: "people",
    createdBy: request.actor.id,
    createdAt: now,
    countsFrom: now,
  };
  return { ok: true, schedule, next: nextTimes(schedule.cron, zone, now, 3) };
}

/** Keeps a schedule. */
export async function addSchedule(world: ChannelWorld, request: ScheduleRequest): Promise<Planned> {
  const planned = planSchedule(world, request);
  if (planned.ok) await keep(world, request.actor, planned.schedule, "schedule-added");
  return planned;
}

/** Pauses a schedule, or lets it go on; due times in between are not made up. */
export async function pauseSchedule(
  world: ChannelWorld,
  actor: Actor,
  id: string,
  paused: boolean,
): Promise<Answered<{ schedule: Schedule }>> {
  const found = await changeable(world, actor, id);
  if (!found.ok) return found;
  const schedule = { ...found.schedule, paused, ...(paused ? {} : { countsFrom: world.clock.now() }) };
  await keep(world, actor, schedule, paused ? "schedule-paused" : "schedule-resumed");
  return { ok: true, schedule };
}

/** Removes a schedule of people's; one of 502.yml is removed there. */
export async function removeSchedule(
  world: ChannelWorld,
  actor: Actor,
  id: string,
): Promise<Answered<{ schedule: Schedule }>> {
  const found = await changeable(world, actor, id);
  if (!found.ok) return found;
  const { schedule } = found;
  if (schedule.owner === "file")
    return { ok: false, text: `${id} is written in 502.yml; take it out there, or pause it.` };
  await world.store.transaction(async (tx) => {
    await tx.removeSchedule(id);
    await tx.audit(entry(world, actor, schedule, "schedule-removed"));
  });
  return { ok: true, schedule };
}

/** @returns the schedule when it exists and the actor may change it */
export async function changeable(
  world: ChannelWorld,
  actor: Actor,
  id: string,
): Promise<Answered<{ schedule: Schedule }>> {
  const all = await world.store.schedules();
  const schedule = all.find((s) => s.id === id);
  if (schedule === undefined) {
    const seen = all.filter((s) => isSeenBy(world, actor, s.on)).map((s) => s.id);
    const none = all.length === 0 ? "There are none yet." : "There are none on hosts that you may diagnose.";
    const known = seen.length === 0 ? none : `There are: ${several(seen, MOST_NAMES)}.`;
    return { ok: false, text: `There is no schedule ${id}. ${known}` };
  }
  const denied = deniedOn(world, actor, "schedule", hostsOf(world, schedule.on).hosts);
  return denied === undefined ? { ok: true, schedule } : { ok: false, text: denied };
}

/**
 * Brings the schedules of 502.yml into the store: new ones are added, changed ones changed, those that are gone
 * removed; a pause stays.
 */
export async function syncSchedules(
  world: ChannelWorld,
  written: readonly {
    readonly name: string;
    readonly when: string;
    readonly zone: string;
    readonly channel: string;
    readonly on: readonly string[];
    readonly playbook?: string | undefined;
    readonly quiet: boolean;
  }[],
): Promise<readonly string[]> {
  const problems: string[] = [];
  const now = world.clock.now();
  const kept = await world.store.schedules();
  const ids = new Set<string>();
  for (const w of written) {
    const read = readWhen(w.when);
    const zone = read.ok ? (read.when.zone ?? w.zone) : w.zone;
    const refused = read.ok ? whenRefused(read.when.cron, zone, now) : read.because;
    if (!read.ok || refused !== undefined) {
      problems.push(`The schedule ${w.name} of 502.yml is not run: ${refused ?? ""}.`);
      continue;
    }
    ids.add(w.name);
    const before = kept.find((s) => s.id === w.name);
    const same = before?.cron === read.when.cron && before.zone === zone;
    const { name, playbook, ...rest } = w;
    const schedule: Schedule = {
      ...rest,
      id: name,
      ...(playbook === undefined ? {} : { playbook }),
      cron: read.when.cron,
      zone,
      paused: before?.paused ?? false,
      owner: "file",
      createdBy: "502.yml",
      createdAt: before?.createdAt ?? now,
      // At another time than before: what was due under the old words is not made up.
      countsFrom: same ? before.countsFrom : now,
    };
    await world.store.transaction((tx) => tx.putSchedule(schedule));
  }
  for (const gone of kept.filter((s) => s.owner === "file" && !ids.has(s.id))) {
    await world.store.transaction((tx) => tx.removeSchedule(gone.id));
  }
  return problems;
}

async function keep(world: ChannelWorld, actor: Actor, schedule: Schedule, action: string): Promise<void> {
  await world.store.transaction(async (tx) => {
    await tx.putSchedule(schedule);
    await tx.audit(entry(world, actor, schedule, action));
  });
}

function entry(
  world: ChannelWorld,
  actor: Actor,
  schedule: Schedule,
  action: string,
): { at: number; actor: string; via: string; action: string; detail: Record<string, unknown> } {
  const { id, when, zone, channel, on } = schedule;
  return {
    at: world.clock.now(),
    actor: actor.id,
    via: actor.via,
    action,
    detail: { id, when, zone, channel, on },
  };
}
