import { App, HTTPReceiver, type webApi } from "@slack/bolt";
import { WebClient } from "@slack/web-api";
import { slackTrouble } from "./api-errors.ts";
import { ChannelNames } from "./channel-names.ts";
import { onClaims } from "./claims.ts";
import { onCommand } from "./command.ts";
import { Connection } from "./connection.ts";
import { Deliverer } from "./deliver.ts";
import { onEvents } from "./events.ts";
import { onFirstSteps } from "./first-steps.ts";
import { foreignMessages } from "./foreign-messages.ts";
import { onForms } from "./forms.ts";
import { onHome } from "./home.ts";
import { InHand } from "./in-hand.ts";
import { lostWarnings } from "./lost.ts";
import { Unanswered } from "./unanswered.ts";
import { onNewRun } from "./new-run.ts";
import { People } from "./people.ts";
import { onPresses } from "./presses.ts";
import { onShortcuts } from "./shortcuts.ts";
import { onSuggestions } from "./suggestions.ts";
import { onScheduleForm } from "./schedule-form.ts";
import { slackLog } from "./slack-log.ts";
import type { SlackWorld } from "./world.ts";

export interface SlackSettings {
  readonly botToken: string;
  /** Ends in a slash; undefined: Slack itself. */
  readonly apiUrl?: string;
  readonly receive:
    | { readonly mode: "socket"; readonly appToken: string }
    | {
        readonly mode: "http";
        readonly signingSecret: string;
        readonly address: string;
        readonly port: number;
      };
}

/** The running adapter. */
export interface Slack {
  /** What stands in the way of answering, as sentences; empty: ready. */
  troubles(): string[];
  /** What somebody should see to, while the bot works all the same: messages that reached nobody. */
  warnings(): Promise<string[]>;
  /** What other apps have just posted in a channel. @param oldest epoch milliseconds */
  foreignMessages(channel: string, oldest: number): ReturnType<typeof foreignMessages>;
  /** Takes nothing new, waits for what is in hand (bounded), and gives the channels back. */
  stop(): Promise<void>;
}

const CALL_MS = 8_000;
const RESPOND_MS = 4_000;
const CONNECTIONS = 2;
const DRAIN_MS = 10_000;

/**
 * Connects the product to a workspace: the command, the buttons, the forms, and the outbox. It starts also while
 * Slack cannot be reached, and goes on trying.
 */
export async function startSlack(settings: SlackSettings, base: Omit<SlackWorld, "client">): Promise<Slack> {
  const clientOptions = optionsFor(settings, base);
  const client = new WebClient(settings.botToken, clientOptions);
  const channelNames = new ChannelNames(client, base.clock);
  const world: SlackWorld = {
    ...base,
    client,
    ...(base.channels === undefined
      ? {}
      : { channels: { ...base.channels, findChannel: (called) => channelNames.find(called) } }),
  };
  const people = new People(client, base.clock);
  const inHand = new InHand(base);
  const unanswered = new Unanswered(world);
  const identity = new Identity(client, base);
  const { receive } = settings;
  const http = receive.mode === "http" ? httpReceiver(receive.signingSecret, base) : undefined;
  const app = new App({
    // Without asking Slack: an acknowledgement must not wait for a call of its own.
    authorize: async () => ({ botToken: settings.botToken, ...identity.ids }),
    receiver: http ?? { init: () => undefined, start: async () => undefined, stop: async () => undefined },
    logger: slackLog(base.log),
    clientOptions: { ...clientOptions, fetch: fetchInTime },
  });
  onCommand(app, world, people, inHand);
  onPresses(app, world, people, inHand);
  onForms(app, world, people, inHand);
  onClaims(app, world, people, inHand);
  onEvents(app, world, people, inHand);
  onHome(app, world, people, inHand);
  onShortcuts(app, world, people, inHand);
  onNewRun(app, world, people, inHand);
  onScheduleForm(app, world, people, inHand);
  onFirstSteps(app, world, inHand);
  onSuggestions(app, world, people, inHand);
  app.error(async (error) => base.log.error({ err: error }, "a handler failed"));

  const deliverer = new Deliverer(world);
  const connections =
    receive.mode === "socket"
      ? Array.from(
          { length: CONNECTIONS },
          () =>
            new Connection(app, {
              appToken: receive.appToken,
              clientOptions,
              log: base.log,
              clock: base.clock,
            }),
        )
      : [];
  if (receive.mode === "http" && http !== undefined)
    await http.start({ port: receive.port, host: receive.address });
  for (const connection of connections) connection.start();
  deliverer.start();
  identity.start();
  unanswered.start();
  return {
    troubles: () => {
      const why = connections.find((c) => c.why !== undefined)?.why ?? "It is being opened.";
      const closed = connections.length > 0 && !connections.some((c) => c.open);
      const all = [
        identity.trouble,
        deliverer.trouble,
        deliverer.storeTrouble,
        closed ? `No connection to Slack is open. ${why}` : undefined,
      ];
      return [...new Set(all.filter((t) => t !== undefined))];
    },
    warnings: () => lostWarnings(world),
    foreignMessages: (channel, oldest) => foreignMessages(world, channel, oldest),
    stop: async () => {
      identity.stop();
      await unanswered.stop();
      await Promise.all(connections.map((c) => c.stop()));
      await http?.stop();
      if (!(await inHand.drain(base.clock, DRAIN_MS))) base.log.warn("some answers were still in hand");
      await deliverer.stop();
    },
  };
}

function optionsFor(settings: SlackSettings, base: Pick<SlackWorld, "log">): webApi.WebClientOptions {
  return {
    timeout: CALL_MS,
    // A call that failed is tried again by whoever knows whether that does harm.
    retryConfig: { retries: 0 },
    rejectRateLimitedCalls: true,
    logger: slackLog(base.log),
    ...(settings.apiUrl === undefined ? {} : { slackApiUrl: settings.apiUrl }),
  };
}

/**
 * Bolt answers at an interaction's response URL by this; by itself it would wait there for ever, and the other ways
 * to answer with it.
 */
const fetchInTime: typeof fetch = async (input, init) => {
  const enough = AbortSignal.timeout(RESPOND_MS);
  const given = init?.signal;
  return fetch(input, { ...init, signal: given ? AbortSignal.any([given, enough]) : enough });
};

function httpReceiver(signingSecret: string, base: Pick<SlackWorld, "log">): HTTPReceiver {
  return new HTTPReceiver({ signingSecret, logger: slackLog(base.log), endpoints: "/slack/events" });
}

/** Asks Slack now and then whether the token still holds. */
class Identity {
  readonly #client: WebClient;
  readonly #base: Pick<SlackWorld, "clock" | "log">;
  readonly #stop = new AbortController();
  ids: { readonly botUserId?: string; readonly botId?: string } = {};
  trouble: string | undefined = "Slack has not been asked yet who the bot is.";

  constructor(client: WebClient, base: Pick<SlackWorld, "clock" | "log">) {
    this.#client = client;
    this.#base = base;
  }

  start(): void {
    void this.#run();
  }

  stop(): void {
    this.#stop.abort();
  }

  async #run(): Promise<void> {
    while (!this.#stop.signal.aborted) {
      const good = await this.#ask();
      await this.#base.clock.wait(good ? 60_000 : 5_000, this.#stop.signal);
    }
  }

  async #ask(): Promise<boolean> {
    try {
      const { user_id: botUserId, bot_id: botId } = await this.#client.auth.test();
      this.ids = {
        ...(botUserId === undefined ? {} : { botUserId }),
        ...(botId === undefined ? {} : { botId }),
      };
      this.trouble = undefined;
      return true;
    } catch (error) {
      this.trouble = slackTrouble(error)?.sentence ?? "Slack gave no usable answer about the bot token.";
      this.#base.log.warn({ err: error }, "Slack could not be asked who the bot is");
      return false;
    }
  }
}
