import { createServer } from "node:net";
import { afterEach, expect, test } from "vitest";
import { type SlackBot, startBot } from "../support/slack-bot.ts";

let bot: SlackBot;
afterEach(async () => bot.stop());

/** A port that is free now. */
async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  await new Promise<void>((resolve) => server.close(() => resolve()));
  if (address === null || typeof address === "string") throw new Error("no port");
  return address.port;
}

test("signed requests: the same conversation; an unsigned or old one is refused", async () => {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}/slack/events`;
  bot = await startBot({ http: { port }, requestUrl: url });
  const { ws } = bot;
  expect(await ws.verifyRequestUrl()).toBe(true);
  expect((await ws.postCommand("ada", "ops", "/502 web-1")).end).toBe("acked");
  const verdict = await ws.waitForMessage("ops", (m) =>
    JSON.stringify(m.blocks).includes("fix:start-shop-api"),
  );
  await ws.click("ada", verdict, "fix:start-shop-api");
  await ws.waitForView("ada", (v) => v.payload["callback_id"] === "approve-fix");
  expect(await ws.submitView("ada", {})).toMatchObject({ outcome: "cleared" });
  await ws.waitForMessage("ops", (m) => m.text.startsWith("Fixed:"));

  const body = new URLSearchParams({
    command: "/502",
    text: "web-2",
    user_id: "U0ADA00001",
    channel_id: "C0OPS00001",
  });
  const forged = await fetch(url, {
    method: "POST",
    body,
    headers: {
      "x-slack-signature": "v0=00",
      "x-slack-request-timestamp": String(Math.floor(Date.now() / 1000)),
    },
  });
  expect(forged.status).toBe(401);
  expect((await fetch(url, { method: "POST", body })).status).toBe(401);
  expect(await bot.store.runs({ limit: 10 })).toHaveLength(1);
});
