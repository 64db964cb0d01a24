import { setTimeout as wait } from "node:timers/promises";
import { afterEach, expect, test } from "vitest";
import { WebSocket } from "ws";
import { parseJson, record, str } from "../../src/playground/workspace/json.ts";
import { startWorkspace } from "../../src/playground/workspace/start.ts";
import type { Workspace, WorkspaceOptions } from "../../src/playground/workspace/start.ts";

/** The workspace's own process stands still, as on a busy machine: nobody is blamed for it. */
let workspace: Workspace;
const sockets: WebSocket[] = [];

async function start(options: WorkspaceOptions = {}): Promise<void> {
  workspace = await startWorkspace(options);
}

afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.terminate();
  await workspace.close();
});

/** The process stands still, its event loop and all. */
function standStill(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}

/** A connection that acks what it gets, `delayMs` later. */
async function connect(delayMs = 0): Promise<WebSocket> {
  const headers = { authorization: `Bearer ${workspace.appToken}` };
  const response = await fetch(`${workspace.apiUrl}apps.connections.open`, { method: "POST", headers });
  const socket = new WebSocket(str(record(await response.json())["url"]));
  sockets.push(socket);
  const hello = new Promise((resolve) => socket.once("message", resolve));
  socket.on("message", (data) => {
    const { envelope_id: id } = record(parseJson(Buffer.isBuffer(data) ? data.toString("utf8") : ""));
    if (id !== undefined) setTimeout(() => socket.send(JSON.stringify({ envelope_id: id })), delayMs);
  });
  await hello;
  return socket;
}

test("an ack that waits to be read while the process stands still is not late", async () => {
  await start({ ackTimeoutMs: 300 });
  await connect();
  const command = workspace.postCommand("ada", "ops", "/502 a");
  standStill(700);
  expect((await command).end).toBe("acked");
  expect(workspace.ephemeral("ada", "ops")).toEqual([]);
});

test("an app that is late is late, though the process stood still as well", async () => {
  await start({ ackTimeoutMs: 300 });
  await connect(2_000);
  const command = workspace.postCommand("ada", "ops", "/502 a");
  standStill(700);
  const woke = performance.now();
  expect(await command).toEqual({ end: "timeout" });
  // What was left of its time when the process woke, and no more.
  expect(performance.now() - woke).toBeGreaterThan(150);
});

test("a connection whose pong waits to be read is not cut", async () => {
  await start({ pingIntervalMs: 150 });
  const socket = await connect();
  const pinged = new Promise((resolve) => socket.once("ping", resolve));
  await pinged;
  standStill(600);
  await wait(200);
  expect(workspace.connections()).toBe(1);
});

test("a trigger does not expire while the process stands still, and does while it runs", async () => {
  await start({ triggerTtlMs: 200 });
  const { grants } = workspace.state;
  const trigger = grants.trigger("U0ADA00001", undefined);
  standStill(600);
  expect(grants.redeemTrigger(trigger).ok).toBe(true);
  const late = grants.trigger("U0ADA00001", undefined);
  await wait(400);
  expect(grants.redeemTrigger(late)).toEqual({ ok: false, error: "expired_trigger_id" });
});

test("connections lost while the process stood still: the command waits for the app to be back", async () => {
  await start();
  const before = await connect();
  standStill(1_200);
  before.terminate();
  await workspace.state.changes.until("it is gone", () => (workspace.connections() === 0 ? true : undefined));
  const command = workspace.postCommand("ada", "ops", "/502 a");
  await connect();
  expect((await command).end).toBe("acked");
});

test("connections lost while it stood still, and nobody comes back: that is said, in time", async () => {
  await start({ ackTimeoutMs: 200 });
  standStill(1_200);
  expect(await workspace.postCommand("ada", "ops", "/502 a")).toEqual({ end: "unreachable" });
});
