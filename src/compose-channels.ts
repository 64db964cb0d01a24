import type { Settings } from "./config.ts";
import type { Host } from "./domain/host.ts";
import type { Actor } from "./domain/run.ts";
import { alertmanagerSilences } from "./http/alertmanager-silences.ts";
import { probeSite } from "./http/site-probe.ts";
import { groupNames, hostNames, membersOf, resolveHost } from "./inventory/resolve.ts";
import type { AlertWorld } from "./workflows/alert-world.ts";
import type { ChannelStore } from "./workflows/channel-store.ts";
import type { ChannelWorld } from "./workflows/channel-world.ts";
import type { RunWorld } from "./workflows/run-world.ts";
import type { HostWatchWorld } from "./workflows/watch-host.ts";
import type { SiteWatchWorld } from "./workflows/watch-site.ts";

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

/** What alerts work with: the channels' world, and `alerts:` of 502.yml. */
export function alertWorld(settings: Settings, channels: ChannelWorld): AlertWorld {
  const { config, inventory, around } = settings;
  const { names, channels: places, dampMinutes, silences } = config.alerts;
  const called = hostsByName(settings);
  return {
    ...channels,
    alerts: {
      names,
      channels: places,
      dampMs: dampMinutes * 60_000,
      ...(config.slack?.defaultChannel === undefined ? {} : { defaultChannel: config.slack.defaultChannel }),
    },
    hostNames: () => hostNames(inventory, around),
    hostAt: (address) => {
      const at = called().filter((h) => h.called.includes(address));
      return at.length === 1 ? at[0]?.name : undefined;
    },
    ...(silences === undefined
      ? {}
      : {
          foreignSilences: alertmanagerSilences(silences.alertmanagerUrl, called, () => channels.clock.now()),
        }),
  };

  /** Reading ssh_config for every host takes a while, so it is done once, when first asked. */
  function hostsByName({
    config,
  }: Settings): () => readonly { readonly name: string; readonly called: readonly string[] }[] {
    let kept: { name: string; called: string[] }[] | undefined;
    return () =>
      (kept ??= hostNames(inventory, around).map((name) => {
        const host = resolveHost(name, inventory, around);
        const mapped = Object.entries(config.alerts.names).flatMap(([label, to]) =>
          to === name ? [label] : [],
        );
        return {
          name,
          called: [name, ...mapped, ...(host === undefined ? [] : [host.hostName, ...host.addresses])],
        };
      }));
  }
}

/** What watches work with: the hosts and sites that have `watch:`, and where their changes are posted. */
export function watchWorld(
  { config, inventory, around }: Settings,
  channels: ChannelWorld,
): HostWatchWorld & SiteWatchWorld {
  const channel = config.watch.channel ?? config.slack?.defaultChannel;
  const names = Object.entries(inventory.hosts).flatMap(([name, entry]) =>
    entry.watch === undefined ? [] : [name],
  );
  const sites = Object.entries(config.sites).flatMap(([name, { url, watch, hosts }]) =>
    url === undefined || watch === undefined ? [] : [{ name, url, on: hosts, everyMs: watch }],
  );
  return {
    ...channels,
    watchedSites: () => sites,
    probe: (url) => probeSite(url),
    watch: { rounds: config.watch.rounds, ...(channel === undefined ? {} : { channel }) },
    watched: () => names.flatMap((name) => resolveHost(name, inventory, around) ?? []),
  };
}
