import { App } from "@slack/bolt";
import { makeLog } from "../../src/log.ts";
import {
  startWorkspace,
  type Workspace,
  type WorkspaceOptions,
} from "../../src/playground/workspace/start.ts";
import { Connection } from "../../src/slack/connection.ts";
import { systemClock } from "../../src/compose.ts";

/** A Bolt app that acknowledges /502 and does nothing else, over connections like the product's. */
export interface EmptyHandler {
  readonly ws: Workspace;
  stop(): Promise<void>;
}

export async function startEmptyHandler(options: WorkspaceOptions): Promise<EmptyHandler> {
  const ws = await startWorkspace(options);
  const clientOptions = { slackApiUrl: ws.apiUrl, timeout: 8_000 };
  const app = new App({
    authorize: async () => ({ botToken: ws.botToken }),
    receiver: { init: () => undefined, start: async () => undefined, stop: async () => undefined },
    clientOptions,
  });
  app.command("/502", async ({ ack }) => ack());
  const log = makeLog("error", { write: () => undefined });
  const connections = [1, 2].map(
    () => new Connection(app, { appToken: ws.appToken, clientOptions, log, clock: systemClock }),
  );
  for (const connection of connections) connection.start();
  await ws.waitForConnections(2);
  return {
    ws,
    stop: async () => {
      await Promise.all(connections.map((c) => c.stop()));
      await ws.close();
    },
  };
}
