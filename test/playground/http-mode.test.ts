import { createServer } from "node:http";
import type { RequestListener, Server } from "node:http";
import { App, HTTPReceiver, LogLevel } from "@slack/bolt";
import { afterEach, expect, test } from "vitest";
import { sign } from "../../src/playground/workspace/delivery/signature.ts";
import { startWorkspace } from "../../src/playground/workspace/start.ts";
import type { Workspace } from "../../src/playground/workspace/start.ts";

let workspace: Workspace | undefined;
let server: Server | undefined;

afterEach(async () => {
  await workspace?.close();
  await new Promise((resolve) => (server === undefined ? resolve(undefined) : server.close(resolve)));
  workspace = undefined;
  server = undefined;
});

/** Listens on a free port of loopback; the handler can be set later. */
async function listen(): Promise<{
  url: string;
  answer: (handler: RequestListener) => void;
}> {
  const own = createServer();
  server = own;
  await new Promise<void>((resolve) => own.listen(0, "127.0.0.1", resolve));
  const address = own.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  return {
    url: `http://127.0.0.1:${String(port)}/slack/events`,
    answer: (handler) => {
      own.on("request", handler);
    },
  };
}

test("the signature is Slack's, by the example of its documentation", () => {
  const body =
    "token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V&channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text=&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c";
  expect(sign("8f742231b10e8888abcd99yyyzzz85a5", 1_531_420_618, body)).toBe(
    "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503",
  );
});

test("a real HTTPReceiver takes the challenge, commands, buttons and events; a wrong secret it refuses", async () => {
  const { url, answer } = await listen();
  const running = await startWorkspace({ requestUrl: url, eventRetryDelaysMs: [] });
  workspace = running;
  const receiver = new HTTPReceiver({ signingSecret: running.signingSecret, logLevel: LogLevel.ERROR });
  const app = new App({
    token: running.botToken,
    receiver,
    logLevel: LogLevel.ERROR,
    clientOptions: { slackApiUrl: running.apiUrl },
  });
  answer((request, response) => {
    receiver.requestListener(request, response);
  });
  const button = {
    type: "button" as const,
    action_id: "go",
    text: { type: "plain_text" as const, text: "Go" },
  };
  app.command("/502", async ({ ack }) => {
    await ack({
      response_type: "in_channel",
      text: "verdict",
      blocks: [{ type: "actions", elements: [button] }],
    });
  });
  app.action("go", async ({ ack, respond }) => {
    await ack();
    await respond({ text: "pressed", replace_original: true });
  });
  app.event("app_mention", async ({ say }) => {
    await say("you called");
  });
  expect(await running.verifyRequestUrl()).toBe(true);
  expect((await running.postCommand("ada", "ops", "/502 shop-1")).end).toBe("acked");
  const verdict = await running.waitForMessage("ops", (message) => message.text === "verdict");
  await running.click("lin", verdict, "go");
  await running.waitForMessage("ops", (message) => message.text === "pressed" && message.ts === verdict.ts);
  running.say("sam", "ops", "@fiveohtwo?  @fiveohtwo");
  await running.waitForMessage("ops", (message) => message.text === "you called");
});

test("an event without an answer is tried again, and says so in its headers", async () => {
  const { url, answer } = await listen();
  const running = await startWorkspace({
    requestUrl: url,
    ackTimeoutMs: 200,
    eventRetryDelaysMs: [0, 10, 10],
  });
  workspace = running;
  const retries: unknown[] = [];
  answer((request, response) => {
    retries.push([request.headers["x-slack-retry-num"], request.headers["x-slack-retry-reason"]]);
    response.statusCode = 500;
    response.end();
  });
  running.say("sam", "ops", "@fiveohtwo hello");
  await expect
    .poll(() => retries)
    .toEqual([
      [undefined, undefined],
      ["1", "http_error"],
      ["2", "http_error"],
      ["3", "http_error"],
    ]);
});

test("a command that is not answered in time fails for the user, and is not repeated", async () => {
  const { url, answer } = await listen();
  const running = await startWorkspace({ requestUrl: url, ackTimeoutMs: 100 });
  workspace = running;
  let requests = 0;
  answer(() => {
    requests += 1;
  });
  expect(await running.postCommand("ada", "ops", "/502 a")).toEqual({ end: "timeout" });
  expect(requests).toBe(1);
  expect(running.ephemeral("ada", "ops")[0]?.text).toContain("operation_timeout");
  server?.closeAllConnections();
});
