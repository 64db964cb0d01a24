import { App } from "@slack/bolt";
import { makeLog } from "../../src/log.ts";
import { startWorkspace } from "../../src/playground/workspace/start.ts";
import { Connection } from "../../src/slack/connection.ts";
import { systemClock } from "../../src/system.ts";
import { command, WEATHER } from "./pace.ts";

/**
 * A process of its own, so that the product cannot slow it down: a Bolt app that acknowledges /502 and does nothing
 * else, over connections like the product's, in the same weather. Says "ready", waits for a word, tells its Acks.
 */
const ws = await startWorkspace({ faults: WEATHER });
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
const go = new Promise((resolve) => process.once("message", resolve));
process.send?.("ready");
await go;
process.send?.(await command(ws));
await Promise.all(connections.map((c) => c.stop()));
await ws.close();
process.disconnect();
