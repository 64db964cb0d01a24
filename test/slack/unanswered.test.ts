import { WebClient } from "@slack/web-api";
import { afterEach, beforeEach, expect, test } from "vitest";
import { InHand } from "../../src/slack/in-hand.ts";
import { makeLog } from "../../src/log.ts";
import { tellLeftBehind } from "../../src/slack/unanswered.ts";
import { makePlace, type OpenedStore, type Place, realClock } from "../support/place.ts";
import { type SlackBot, startBot } from "../support/slack-bot.ts";

const [ADA, OPS] = ["U0ADA00001", "C0OPS00001"];
const said = "`/502 web-1`";

/** Somebody's word that is never answered: its bot was killed. */
const forever = (): Promise<void> => new Promise(() => undefined);

test("whose command a killed bot had acknowledged is told once, by any replica, and not before a minute", async () => {
  const bot: SlackBot = await startBot();
  try {
    const { ws, store, clock } = bot;
    const world = { ...bot.world, client: new WebClient(ws.botToken, { slackApiUrl: ws.apiUrl }) };
    const killed = new InHand({ store, clock, log: makeLog("silent"), instance: "bot-2" });
    void killed.hold(forever, { said, to: { user: ADA, channel: OPS } });
    await expect.poll(async () => (await store.memos("asked")).length).toBe(1);
    await tellLeftBehind(world);
    expect(ws.ephemeral("ada", "ops")).toEqual([]);
    clock.shift += 61_000;
    await Promise.all([tellLeftBehind(world), tellLeftBehind(world)]);
    await ws.waitForMessage("ops", (m) => m.ephemeralFor === ADA);
    const told = ws.ephemeral("ada", "ops").map((m) => m.text);
    expect(told).toEqual([
      "I was interrupted over `/502 web-1`. If no answer to it stands here, please ask again.",
    ]);
    expect(await store.memos("asked")).toEqual([]);
  } finally {
    await bot.stop();
  }
});

let place: Place;
let store: OpenedStore;
beforeEach(async () => {
  place = await makePlace("SQLite");
  store = await place.open();
});
afterEach(async () => place.end());

test("what was asked is kept before the work begins, and forgotten when it ends, also when it fails", async () => {
  const inHand = new InHand({ store, clock: realClock, log: makeLog("silent"), instance: "bot-1" });
  const seen: number[] = [];
  const work = async (): Promise<void> => {
    seen.push((await store.memos("asked")).length);
    throw new Error("no");
  };
  await expect(inHand.hold(work, { said, to: { user: ADA } })).rejects.toThrow("no");
  expect(seen).toEqual([1]);
  expect(await store.memos("asked")).toEqual([]);
});

test("a store that is away holds up no work", async () => {
  const away = { transaction: (): Promise<never> => Promise.reject(new Error("no database")) };
  const log: string[] = [];
  const world = {
    store: { ...store, ...away },
    clock: realClock,
    log: makeLog("warn", { write: (line) => log.push(line) }),
    instance: "bot-1",
  };
  let worked = false;
  await new InHand(world).hold(async () => void (worked = true), { said, to: { user: ADA } });
  expect(worked).toBe(true);
  expect(log.join()).toContain("could not be kept");
});
