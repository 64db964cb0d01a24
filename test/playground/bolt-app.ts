import { App, LogLevel, SocketModeReceiver } from "@slack/bolt";
import type { Workspace } from "../../src/playground/workspace/start.ts";

/** A real Bolt app connected to a simulated workspace, as the product's adapter would be. */
export interface BoltApp {
  app: App;
  receivers: SocketModeReceiver[];
  stop: () => Promise<void>;
}

/**
 * Starts the app with so many Socket Mode connections, after `wire` registered its handlers. A short
 * `clientPingTimeout` lets a cut connection come back soon, but a busy machine then costs it connections, too.
 */
export async function startBolt(
  workspace: Workspace,
  wire: (app: App) => void,
  connections = 1,
  clientPingTimeout?: number,
): Promise<BoltApp> {
  const receivers = Array.from({ length: connections }, () => {
    return new SocketModeReceiver({
      appToken: workspace.appToken,
      logLevel: LogLevel.ERROR,
      ...(clientPingTimeout === undefined ? {} : { clientPingTimeout }),
      installerOptions: { clientOptions: { slackApiUrl: workspace.apiUrl } },
    });
  });
  const [first] = receivers;
  if (first === undefined) throw new Error("at least one connection");
  const app = new App({
    token: workspace.botToken,
    receiver: first,
    logLevel: LogLevel.ERROR,
    deferInitialization: true,
    clientOptions: { slackApiUrl: workspace.apiUrl, timeout: 8_000, retryConfig: { retries: 0 } },
  });
  await app.init();
  wire(app);
  for (const receiver of receivers) {
    receiver.init(app);
    await receiver.start();
  }
  return {
    app,
    receivers,
    stop: async () => {
      for (const receiver of receivers) await receiver.client.disconnect();
    },
  };
}
