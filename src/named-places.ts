import type { Settings } from "./config.ts";
import type { Schedule } from "./domain/schedule.ts";
import type { Finding } from "./workflows/examine-host.ts";
import { isDirectId } from "./domain/channel.ts";
import { policyChannels } from "./inventory/access.ts";

type Named = readonly [id: string | undefined, by: string];

/** Every channel and user group of Slack's that 502.yml or a schedule names, and where. */
export function namedPlaces(
  { config }: Pick<Settings, "config">,
  schedules: readonly Pick<Schedule, "id" | "channel" | "owner">[],
): { readonly id: string; readonly by: string }[] {
  const { slack, alerts, watch, policy } = config;
  const all: Named[] = [
    [slack?.auditChannel, "slack.auditChannel"],
    [slack?.defaultChannel, "slack.defaultChannel"],
    [slack?.onCallGroup, "slack.onCallGroup"],
    [slack?.securityGroup, "slack.securityGroup"],
    [watch.channel, "watch.channel"],
    ...alerts.channels.map(({ channel }): Named => [channel, "alerts.channels"]),
    ...config.schedules.map(({ channel, name }): Named => [channel, `the schedule ${name}`]),
    ...schedules
      .filter((s) => s.owner === "people")
      .map(({ channel, id }): Named => [channel, `the schedule ${id}`]),
    // A rule may speak of a conversation with one person, whose commands are answered there anyway.
    ...policyChannels(policy)
      .filter((id) => !isDirectId(id))
      .map((id): Named => [id, "policy"]),
  ];
  return all.flatMap(([id, by]) => (id === undefined ? [] : [{ id, by }]));
}

/** What would be said of itself, and is posted nowhere, for want of a channel: in words, with what mends it. */
export function unheard({ config }: Pick<Settings, "config">): readonly Finding[] {
  const { slack, alerts, watch, sites, hosts } = config;
  if (slack === undefined || slack.defaultChannel !== undefined) return [];
  const mend = ["slack: { defaultChannel: C0123456789 }"];
  const missing = (what: string, detail: string): Finding => ({ what, outcome: "warn", detail, mend });
  const watched = [...Object.values(hosts), ...Object.values(sites)].some((each) => each.watch !== undefined);
  const all = alerts.channels.some((c) => c.on === undefined);
  return [
    ...(alerts.token !== undefined && !all
      ? [missing("alerts", "no channel is named for alerts of other hosts: they are answered nowhere")]
      : []),
    ...(watched && watch.channel === undefined
      ? [missing("watch", "no channel is named for what is watched: its changes are posted nowhere")]
      : []),
  ];
}
