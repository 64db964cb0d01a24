import { afterEach, describe, expect, test } from "vitest";
import { namedTarget } from "../../src/slack/named-target.ts";
import { type SlackBot, startBot } from "../support/slack-bot.ts";

let bot: SlackBot | undefined;
afterEach(async () => {
  await bot?.stop();
  bot = undefined;
});

describe("Diagnose this", () => {
  test("the host an alert names is diagnosed in the alert's thread", async () => {
    bot = await startBot();
    const { ws } = bot;
    ws.say("lin", "ops", "FIRING: HighErrorRate on web-2 (https://shop.example.test/cart)");
    const alert = await ws.waitForMessage("ops", (m) => m.text.startsWith("FIRING"));
    expect(await ws.messageShortcut("ada", alert, "diagnose_this")).toMatchObject({ end: "acked" });
    const verdict = await ws.waitForMessage("ops", (m) => m.text.startsWith("502 now on web-2"));
    expect(verdict.threadTs).toBe(alert.ts);
  });

  test("a message that names no host is answered in private, a guest is denied", async () => {
    bot = await startBot();
    const { ws } = bot;
    ws.say("lin", "ops", "lunch, anybody?");
    const said = await ws.waitForMessage("ops", (m) => m.text.startsWith("lunch"));
    await ws.messageShortcut("ada", said, "diagnose_this");
    await ws.waitForMessage(
      "ops",
      (m) => m.ephemeralFor !== undefined && m.text.includes("No host or site of the inventory"),
    );
    ws.say("lin", "ops", "web-1 is sick");
    const sick = await ws.waitForMessage("ops", (m) => m.text === "web-1 is sick");
    await ws.messageShortcut("gus", sick, "diagnose_this");
    await ws.waitForMessage("ops", (m) => m.ephemeralFor === "U0GUS00004" && m.text.includes("guests"));
    expect(await bot.store.runs({ limit: 5 })).toEqual([]);
  });
});

const SITES: Readonly<Record<string, readonly string[]>> = { "shop.example.test": ["web-1", "web-2"] };

test.each([
  ["web-10 and web-1 are down", { host: "web-10" }],
  ["instance=web-1:9100.", { host: "web-1" }],
  ["see https://web-1.example.test/x", { host: "web-1.example.test" }],
  ["web-1x is another", undefined],
  ["", undefined],
  [
    "web-1: <https://graphs.example/d/7|graph> of <https://shop.example.test/cart|the cart>",
    { host: "web-1", url: "https://shop.example.test/cart" },
  ],
  ["https://shop.example.test/cart answers 502.", { url: "https://shop.example.test/cart" }],
  ["web-10 and https://shop.example.test/, which is not its", { host: "web-10" }],
])("%s is about %j", (text, target) => {
  const found = namedTarget(text, {
    names: ["web-1", "web-10"],
    host: (n) => n === "web-1.example.test",
    site: (url) => SITES[new URL(url).hostname],
  });
  expect(found).toEqual(target);
});
