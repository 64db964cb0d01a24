import type { ChannelFound } from "../domain/channel.ts";
import type { Host } from "../domain/host.ts";
import type { Actor } from "../domain/run.ts";
import type { ChannelStore } from "./channel-store.ts";
import type { RunWorld } from "./run-world.ts";

/** What reports, alerts and watches need of the world beside what runs need; the composition gives it. */
export interface ChannelWorld extends RunWorld {
  readonly store: ChannelStore;
  /** How many hosts one report looks at at once, in all and behind one bastion. */
  readonly limits: { readonly hosts: number; readonly hostsPerBastion: number };
  /** The hosts of a group, without "@"; empty for a group that does not exist. */
  membersOf(group: string): readonly string[];
  groupNames(): readonly string[];
  /** Finds the Slack channel that a person names, as "#ops" or by its id; absent where there is no Slack. */
  findChannel?(called: string): Promise<ChannelFound>;
  may(
    actor: Actor,
    action: "schedule" | "silence",
    host: Host,
  ): { readonly allowed: boolean; readonly why: string };
}

/** Milliseconds beyond a run's own limit after which a report stops waiting for one host. */
export const GRACE_MS = 10_000;
