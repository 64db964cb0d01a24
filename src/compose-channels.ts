import type { Settings } from "./config.ts";
import type { Host } from "./domain/host.ts";
import type { Actor } from "./domain/run.ts";
import { groupNames, membersOf } from "./inventory/resolve.ts";
import type { ChannelStore } from "./workflows/channel-store.ts";
import type { ChannelWorld } from "./workflows/channel-world.ts";
import type { RunWorld } from "./workflows/run-world.ts";

/** What reports, schedules, alerts and watches work with. */
export function channelWorld(
  settings: Settings,
  runs: RunWorld,
  store: ChannelStore,
  may: (actor: Actor, host: Host, action: "schedule" | "silence") => { allowed: boolean; why: string },
): ChannelWorld {
  const { config, inventory } = settings;
  return {
    ...runs,
    store,
    // Whoever set up the schedule, alert or watch was asked then; these hosts are the owner's own.
    mayDiagnose: (actor, host) =>
      actor.via === "slack" || actor.via === "terminal"
        ? runs.mayDiagnose(actor, host)
        : { allowed: true, why: `502.yml lets a ${actor.via} diagnose` },
    limits: { hosts: config.limits.hosts, hostsPerBastion: config.limits.hostsPerBastion },
    membersOf: (group) => membersOf(inventory, group),
    groupNames: () => groupNames(inventory),
    may: (actor, action, host) => may(actor, host, action),
  };
}
