// chat.postMessage is Slack's method, not a window's:
/* oxlint-disable unicorn/require-post-message-target-origin */
import { WebSocket } from "ws";
import { afterEach, expect, test } from "vitest";
import { parseJson, record, str } from "../../src/playground/workspace/json.ts";
import type { Json } from "../../src/playground/workspace/json.ts";
import { startWorkspace } from "../../src/playground/workspace/start.ts";
import type { Workspace, WorkspaceOptions } from "../../src/playground/workspace/start.ts";
import { startBolt } from "./bolt-app.ts";
import type { BoltApp } from "./bolt-app.ts";

let workspace: Workspace;
let bolt: BoltApp | undefined;
const sockets: WebSocket[] = [];

async function start(options: WorkspaceOptions = {}): Promise<void> {
  workspace = await startWorkspace(options);
}

afterEach(async () => {
  await bolt?.stop();
  bolt = undefined;
  for (const socket of sockets.splice(0)) socket.terminate();
  await workspace.close();
});

async function ticket(): Promise<string> {
  const headers = { authorization: `Bearer ${workspace.appToken}` };
  const response = await fetch(`${workspace.apiUrl}apps.connections.open`, { method: "POST", headers });
  return str(record(await response.json())["url"]);
}

/** A bare connection that acks nothing by itself; `next` waits for what comes. */
async function connect(): Promise<{
  socket: WebSocket;
  next: () => Promise<Json>;
  ack: (envelope: Json, payload?: Json) => void;
}> {
  const socket = new WebSocket(await ticket());
  sockets.push(socket);
  const arrived: Json[] = [];
  const waiting: ((message: Json) => void)[] = [];
  socket.on("message", (data) => {
    const message = record(parseJson(Buffer.isBuffer(data) ? data.toString("utf8") : ""));
    const first = waiting.shift();
    if (first === undefined) arrived.push(message);
    else first(message);
  });
  const next = (): Promise<Json> => {
    const first = arrived.shift();
    return first === undefined ? new Promise((resolve) => waiting.push(resolve)) : Promise.resolve(first);
  };
  const ack = (envelope: Json, payload: Json = {}): void => {
    socket.send(JSON.stringify({ envelope_id: envelope["envelope_id"], payload }));
  };
  expect(await next()).toMatchObject({ type: "hello", connection_info: { app_id: "A0APP00502" } });
  return { socket, next, ack };
}

test("a ticket is good once, and none is no entry", async () => {
  await start();
  const url = await ticket();
  const open = (address: string): Promise<string> =>
    new Promise((resolve) => {
      const socket = new WebSocket(address);
      sockets.push(socket);
      socket.on("open", () => resolve("open"));
      socket.on("error", (error) => resolve(error.message));
    });
  expect(await open(url)).toBe("open");
  expect(await open(url)).toContain("401");
  expect(await open(url.replace(/ticket=[^&]*/, "ticket=x"))).toContain("401");
});

test("a connection from another site's page is refused", async () => {
  await start();
  const socket = new WebSocket(await ticket(), { origin: "https://evil.example" });
  sockets.push(socket);
  const message = await new Promise((resolve) => socket.on("error", (error) => resolve(error.message)));
  expect(message).toContain("403");
});

test("each envelope goes to exactly one of the connections", async () => {
  await start();
  const [first, second] = [await connect(), await connect()];
  const seen: string[] = [];
  for (const [name, connection] of Object.entries({ first, second })) {
    void (async () => {
      for (;;) {
        const envelope = await connection.next();
        seen.push(`${name} ${str(record(envelope["payload"])["text"])}`);
        connection.ack(envelope);
      }
    })();
  }
  for (const host of ["a", "b", "c", "d"])
    expect((await workspace.postCommand("ada", "ops", `/502 ${host}`)).end).toBe("acked");
  expect(seen.map((each) => each.split(" ")[1])).toEqual(["a", "b", "c", "d"]);
  expect(new Set(seen.map((each) => each.split(" ")[0])).size).toBe(2);
});

test("no ack in time: the user is told, the command is not sent again", async () => {
  await start({ ackTimeoutMs: 100 });
  const connection = await connect();
  expect(await workspace.postCommand("ada", "ops", "/502 a")).toEqual({ end: "timeout" });
  expect(await connection.next()).toMatchObject({ type: "slash_commands", accepts_response_payload: true });
  expect(workspace.ephemeral("ada", "ops").map((message) => message.text)).toEqual([
    "/502 failed because the app did not respond in time (operation_timeout). It may still be at work: wait for its answer before you try again.",
  ]);
});

test("told to refresh and never back: the command was passed to nobody, and that is what is said", async () => {
  await start({ ackTimeoutMs: 100 });
  await connect();
  workspace.refresh("all");
  expect(await workspace.postCommand("ada", "ops", "/502 a")).toEqual({ end: "unreachable" });
});

test("nobody connected: dispatch_failed at once", async () => {
  await start();
  expect(await workspace.postCommand("ada", "ops", "/502 a")).toEqual({ end: "unreachable" });
  expect(workspace.ephemeral("ada", "ops")[0]?.text).toBe(
    "/502 failed because the app could not be reached (dispatch_failed). Nothing was started: try again in a few seconds. If that fails too, see whether the bot is running.",
  );
});

test("an event without ack comes again, with attempt and reason, the same event", async () => {
  await start({ ackTimeoutMs: 60, eventRetryDelaysMs: [0, 20, 20] });
  const connection = await connect();
  workspace.say("ada", "ops", "@fiveohtwo shop-1");
  const attempts: Json[] = [];
  for (let count = 0; count < 4; count += 1) attempts.push(await connection.next());
  expect(attempts.map((each) => [each["retry_attempt"], each["retry_reason"]])).toEqual([
    [0, ""],
    [1, "timeout"],
    [2, "timeout"],
    [3, "timeout"],
  ]);
  expect(new Set(attempts.map((each) => str(record(each["payload"])["event_id"]))).size).toBe(1);
  expect(record(attempts[0]?.["payload"])["event"]).toMatchObject({
    type: "app_mention",
    user: "U0ADA00001",
    text: "<@U0BOT00502> shop-1",
  });
});

test("a connection that closes before its ack: another one gets the envelope", async () => {
  await start();
  const first = await connect();
  const pending = workspace.postCommand("ada", "ops", "/502 a");
  const envelope = await first.next();
  const second = await connect();
  first.socket.terminate();
  const again = await second.next();
  expect(again).toMatchObject({
    envelope_id: envelope["envelope_id"],
    retry_attempt: 1,
    retry_reason: "connection_failed",
  });
  second.ack(again, { text: "here" });
  expect((await pending).end).toBe("acked");
  expect(workspace.ephemeral("ada", "ops").map((message) => message.text)).toEqual(["here"]);
});

test("a refresh: the connection is told, takes no more, and two connections lose nothing", async () => {
  await start();
  const answered: string[] = [];
  bolt = await startBolt(
    workspace,
    (app) => {
      app.command("/502", async ({ ack, command }) => {
        await ack();
        answered.push(command.text);
      });
    },
    2,
    500,
  );
  const back = bolt.receivers.map((each) => new Promise((resolve) => each.client.once("connected", resolve)));
  const sent = Array.from({ length: 20 }, (_, index) => String(index));
  for (const [index, host] of sent.entries()) {
    if (index === 10) workspace.refresh("one");
    expect((await workspace.postCommand("ada", "ops", `/502 ${host}`)).end).toBe("acked");
  }
  expect(answered).toEqual(sent);
  await Promise.any(back);
  await workspace.waitForConnections(2);
});

test("a connection lives for its time, then it is warned and takes nothing more", async () => {
  await start({ connectionTtlMs: 80 });
  const { next } = await connect();
  expect(await next()).toMatchObject({ type: "disconnect", reason: "warning" });
  expect(workspace.connections()).toBe(0);
});

test("what is no envelope is passed on as it is", async () => {
  await start();
  const { next } = await connect();
  workspace.sendRaw(JSON.stringify({ type: "app_rate_limited", minute_rate_limited: 1 }));
  expect(await next()).toEqual({ type: "app_rate_limited", minute_rate_limited: 1 });
});

test("the eleventh connection is turned away", async () => {
  await start();
  for (let count = 0; count < 10; count += 1) await connect();
  const socket = new WebSocket(await ticket());
  sockets.push(socket);
  const message = await new Promise((resolve) => {
    socket.on("message", (data) => resolve(Buffer.isBuffer(data) ? data.toString("utf8") : ""));
  });
  expect(parseJson(String(message))).toMatchObject({ type: "disconnect", reason: "too_many_websockets" });
});

test("a connection that answers no ping is cut", async () => {
  await start({ pingIntervalMs: 30 });
  const { socket } = await connect();
  const closed = new Promise((resolve) => socket.on("close", resolve));
  // ws answers pings in its receiver; a paused socket does not read them.
  socket.pause();
  await workspace.state.changes.until("the cut", () => (workspace.connections() === 0 ? true : undefined));
  socket.resume();
  await closed;
  expect(socket.readyState).toBe(WebSocket.CLOSED);
});

test("shortcuts, Home and direct messages reach a real app in their real shapes", async () => {
  await start();
  const heard: string[] = [];
  bolt = await startBolt(workspace, (app) => {
    app.shortcut("diagnose_this", async ({ ack, shortcut, client }) => {
      await ack();
      if (shortcut.type !== "message_action") throw new Error(shortcut.type);
      heard.push(`message ${shortcut.message.text ?? ""} in ${shortcut.channel.name}`);
      await client.chat.postMessage({
        channel: shortcut.channel.id,
        thread_ts: shortcut.message.ts,
        text: "looking",
      });
    });
    app.shortcut("new_run", async ({ ack, shortcut, client }) => {
      await ack();
      const blocks = [{ type: "section" as const, text: { type: "mrkdwn" as const, text: "which host?" } }];
      await client.views.open({
        trigger_id: shortcut.trigger_id,
        view: {
          type: "modal",
          notify_on_close: true,
          callback_id: "form",
          title: { type: "plain_text", text: "New run" },
          blocks,
        },
      });
    });
    app.view({ callback_id: "form", type: "view_closed" }, async ({ ack, body }) => {
      await ack();
      heard.push(`closed by ${body.user.id}`);
    });
    app.event("app_home_opened", async ({ event, client }) => {
      await client.views.publish({
        user_id: event.user,
        view: { type: "home", blocks: [{ type: "divider" }] },
      });
    });
    app.message(async ({ message, say }) => {
      if ("text" in message) await say(`you said ${message.text ?? ""}`);
    });
  });
  const alert = workspace.say("sam", "ops", "502 on shop-1");
  await workspace.messageShortcut("lin", alert, "diagnose_this");
  await workspace.waitForMessage(
    "ops",
    (message) => message.text === "looking" && message.threadTs === alert.ts,
  );
  await workspace.shortcut("lin", "new_run");
  await workspace.waitForView("lin");
  await workspace.closeView("lin");
  expect(heard).toEqual(["message 502 on shop-1 in ops", "closed by U0LIN00002"]);
  await workspace.openHome("lin");
  await workspace.waitForHome("lin");
  await workspace.postCommand("lin", "D0LIN00002", "hello");
  await workspace.waitForMessage("D0LIN00002", (message) => message.text === "you said hello");
});
