import type { WebClient } from "@slack/web-api";
import type { Logger } from "pino";
import type { FixWorld } from "../workflows/fix-world.ts";
import type { ChannelStore } from "../workflows/channel-store.ts";
import type { ChannelWorld } from "../workflows/channel-world.ts";
import type { Clock } from "../workflows/ports.ts";
import type { RunWorld } from "../workflows/run-world.ts";

/** What the adapter works with; the composition gives it. */
export interface SlackWorld {
  readonly store: ChannelStore;
  readonly clock: Clock;
  readonly runs: RunWorld;
  readonly fixes: FixWorld;
  /** Groups, schedules and silences; absent where the composition offers none. */
  readonly channels?: ChannelWorld;
  readonly log: Logger;
  /** The process's name among replicas. */
  readonly instance: string;
  readonly client: WebClient;
  /** Names of the inventory that the listings show. */
  readonly hostNames: () => readonly string[];
  /** Channels that rules of the policy are bound to; absent: none. */
  readonly policyChannels?: () => readonly string[];
  /** True where 502.yml has no policy: nobody may approve in Slack then. */
  readonly withoutPolicy?: boolean;
  /** Where people read on; absent: nowhere but in the help. */
  readonly docs?: string;
}
