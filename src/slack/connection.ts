import { type App, SocketModeReceiver, type webApi } from "@slack/bolt";
import type { Logger } from "pino";
import type { Clock } from "../workflows/ports.ts";
import { connectionTrouble } from "./app-token.ts";
import { slackLog } from "./slack-log.ts";

const HELLO_MS = 15_000;
const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 15_000;
const REFRESH_MS = 1_000;

export interface ConnectionOptions {
  readonly appToken: string;
  readonly clientOptions: webApi.WebClientOptions;
  readonly log: Logger;
  readonly clock: Clock;
}

/**
 * One Socket Mode connection that is opened again for as long as it is wanted. The client's own reconnecting waits
 * for five seconds and ends the process when Slack refuses the token, so it is switched off.
 */
export class Connection {
  readonly #receiver: SocketModeReceiver;
  readonly #opts: ConnectionOptions;
  readonly #stop = new AbortController();
  #loop: Promise<void> = Promise.resolve();
  /** Whether Slack has said hello on it. */
  open = false;
  /** Why it is not open, as sentences that say what to do. */
  why: string | undefined;

  constructor(app: App, opts: ConnectionOptions) {
    this.#opts = opts;
    this.#receiver = new SocketModeReceiver({
      appToken: opts.appToken,
      logger: slackLog(opts.log),
      autoReconnectEnabled: false,
      installerOptions: { clientOptions: { ...opts.clientOptions, retryConfig: { retries: 0 } } },
    });
    this.#receiver.init(app);
    guardMessages(this.#receiver, opts, this.#stop.signal);
  }

  start(): void {
    this.#loop = this.#run();
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#disconnect();
    await this.#loop;
  }

  async #run(): Promise<void> {
    const { clock, log } = this.#opts;
    let failures = 0;
    while (!this.#stop.signal.aborted) {
      try {
        const over = this.#over();
        await this.#connect();
        failures = 0;
        this.open = true;
        this.why = undefined;
        await over;
        log.debug("a Socket Mode connection ended; it is opened again");
      } catch (error) {
        this.why = connectionTrouble(error, ", set it, then restart the bot.").sentence;
        log.warn({ err: error }, "a Socket Mode connection could not be opened");
        const wait = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** failures);
        failures = Math.min(failures + 1, 10);
        await clock.wait(wait, this.#stop.signal);
      } finally {
        this.open = false;
      }
    }
  }

  /** Resolves when the connection that is about to be opened has ended. */
  #over(): Promise<void> {
    return new Promise((resolve) => {
      this.#receiver.client.once("disconnected", () => resolve());
    });
  }

  async #connect(): Promise<void> {
    const enough = new AbortController();
    const late = this.#opts.clock.wait(HELLO_MS, enough.signal).then(() => "late" as const);
    const hello = this.#receiver.client.start().then(() => "hello" as const);
    try {
      if ((await Promise.race([hello, late])) === "hello") return;
      hello.catch(() => undefined);
      await this.#disconnect();
      throw new Error(`Slack did not greet the connection within ${HELLO_MS / 1000} seconds`);
    } finally {
      enough.abort();
    }
  }

  async #disconnect(): Promise<void> {
    const enough = new AbortController();
    // The other side may never say goodbye.
    await Promise.race([this.#receiver.client.disconnect(), this.#opts.clock.wait(2_000, enough.signal)]);
    enough.abort();
  }
}

/**
 * An envelope of a kind the client does not know (app_rate_limited) would end the process: it is logged instead. When
 * Slack asks for a refresh the client would close at once, and what is still being acknowledged would be lost: it
 * closes a moment later, Slack sends nothing new on it by then.
 */
function guardMessages(
  { client }: SocketModeReceiver,
  { log, clock }: Pick<ConnectionOptions, "log" | "clock">,
  stop: AbortSignal,
): void {
  const listeners = client.listeners("ws_message");
  client.removeAllListeners("ws_message");
  client.on("ws_message", (...args: unknown[]) => {
    for (const listener of listeners) {
      Promise.resolve()
        .then(async (): Promise<unknown> => {
          if (!isRefresh(args[0])) return listener.apply(client, args);
          let over = false;
          client.once("disconnected", () => (over = true));
          await clock.wait(REFRESH_MS, stop);
          // Closed by the other side meanwhile: what is open now is the next connection.
          return over ? undefined : listener.apply(client, args);
        })
        .catch((error: unknown) => log.warn({ err: error }, "an envelope of an unknown kind was left out"));
    }
  });
}

function isRefresh(data: unknown): boolean {
  const text = typeof data === "string" ? data : Buffer.isBuffer(data) ? data.toString("utf8") : "";
  return text.length < 2_000 && /^\{"type":\s*"disconnect"/.test(text);
}
