import type { Settings } from "./config.ts";
import type { Schedule } from "./domain/schedule.ts";
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
      .filter((id) => !id.startsWith("D"))
      .map((id): Named => [id, "policy"]),
  ];
  return all.flatMap(([id, by]) => (id === undefined ? [] : [{ id, by }]));
}
