import { createServer } from "node:net";
import { afterEach, expect, test } from "vitest";
import { sign } from "../../src/playground/workspace/delivery/signature.ts";
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

  // A form over HTTP: searched, refused at its field, submitted.
  expect((await ws.shortcut("ada", "new_run", "general")).end).toBe("acked");
  await ws.waitForView("ada", (v) => v.payload["callback_id"] === "new-run");
  const { options } = await ws.suggest("ada", { actionId: "host", value: "web-2" });
  expect((await ws.submitView("ada", {})).outcome).toBe("errors");
  expect((await ws.submitView("ada", { host: JSON.stringify(options[0]) })).outcome).toBe("cleared");
  await ws.waitForMessage("general", (m) => m.text.includes("web-2: "));

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
  // Well signed, but of ten minutes ago: somebody plays it back.
  const signed = async (at: number): Promise<number> => {
    const signature = sign(ws.signingSecret, at, body.toString());
    const headers = {
      "content-type": "application/x-www-form-urlencoded",
      "x-slack-signature": signature,
      "x-slack-request-timestamp": String(at),
    };
    return (await fetch(url, { method: "POST", body: body.toString(), headers })).status;
  };
  const now = Math.floor(Date.now() / 1000);
  expect(await signed(now - 600)).toBe(401);
  expect(await bot.store.runs({ limit: 10 })).toHaveLength(2);
  expect(await signed(now)).toBe(200);
});
