import type { Settings } from "./config.ts";
import { isChannelId } from "./domain/channel.ts";
import { readSecret } from "./inventory/secret.ts";
import type { ChannelWorld } from "./workflows/channel-world.ts";
import type { Clock } from "./workflows/ports.ts";

const CALL_MS = 8_000;

/**
 * Lets the terminal find Slack's channels by name, with the bot's own token. Nothing is connected before a channel is
 * looked up, and a token that cannot be read is said then.
 */
export function channelFinder(
  { config, inventory, around }: Pick<Settings, "config" | "inventory" | "around">,
  clock: Clock,
): Pick<ChannelWorld, "findChannel"> {
  const { slack } = config;
  if (slack === undefined) return {};
  return {
    findChannel: async (called) => {
      let token: string;
      try {
        const place = slack.botToken ?? { kind: "env" as const, name: "SLACK_BOT_TOKEN" };
        token = readSecret(place, inventory.directory, around);
      } catch (error) {
        if (isChannelId(called)) return { kind: "found", id: called };
        const why = error instanceof Error ? error.message : String(error);
        return { kind: "unknown", because: `the bot's token cannot be read here. ${why}` };
      }
      const { LogLevel, WebClient } = await import("@slack/web-api");
      const { ChannelNames } = await import("./slack/channel-names.ts");
      const client = new WebClient(token, {
        timeout: CALL_MS,
        retryConfig: { retries: 0 },
        rejectRateLimitedCalls: true,
        logLevel: LogLevel.ERROR,
        ...(slack.apiUrl === undefined ? {} : { slackApiUrl: slack.apiUrl }),
      });
      return new ChannelNames(client, clock).find(called);
    },
  };
}
