import { afterEach, expect, test } from "vitest";
import type { Message } from "../../src/playground/workspace/state/messages.ts";
import { type SlackBot, startBot } from "../support/slack-bot.ts";
import { until } from "../support/place.ts";

let bot: SlackBot;
afterEach(async () => bot.stop());

const COMPLETE = ["files.completeUploadExternal"];
const isVerdict = (m: Message): boolean => JSON.stringify(m.blocks).includes("fix:start-shop-api");
const emptied = (): Promise<void> =>
  until("everything is settled", async () => (await bot.store.depths()).outbox === 0, 30_000);

/** Asks for everything under a verdict, in this weather. @returns the thread when all of it was said */
async function everything(rules: object[]): Promise<readonly Message[]> {
  bot = await startBot();
  const { ws } = bot;
  await ws.postCommand("ada", "ops", "/502 web-1");
  const verdict = await ws.waitForMessage("ops", isVerdict);
  await emptied();
  ws.faults.set({ rules });
  await ws.click("ada", verdict, "everything");
  await until("it is asked for", async () => (await bot.store.depths()).outbox > 0);
  await emptied();
  return ws.thread("ops", verdict.ts);
}

/** The diagnosis, whole, and the bundle. */
const FILES = 2;
const files = (thread: readonly Message[]): number => thread.flatMap((m) => m.files).length;
const failed = (thread: readonly Message[]): string[] =>
  thread.map((m) => m.text).filter((t) => t.includes("could not be uploaded"));

test.each(["lost-reply", "server-error"])(
  "%s at the end of an upload: the file stands there once",
  async (fault) => {
    const thread = await everything([{ fault, methods: COMPLETE, times: 1 }]);
    expect(bot.ws.faults.counts()).toMatchObject({ [fault]: 1 });
    expect(files(thread)).toBe(FILES);
    expect(failed(thread)).toEqual([]);
  },
);

test("a bot that takes over finds the file that its predecessor uploaded", async () => {
  const thread = await everything([]);
  const root = thread[0]?.ts ?? "";
  const run = (await bot.store.runs({ limit: 1 }))[0];
  await bot.slack.stop();
  // As if the process had died between the upload and its note of it: the row is there, the key is not known.
  await bot.store.transaction((tx) =>
    tx.putOutbox({
      id: "msg-lost",
      channel: "C0OPS00001",
      key: "details:lost:9",
      threadKey: `run:${run?.id}`,
      body: JSON.stringify({ kind: "details", runId: run?.id, part: thread.length - 2 }),
      createdAt: bot.clock.now(),
    }),
  );
  await bot.again();
  await emptied();
  expect(files(bot.ws.thread("ops", root))).toBe(FILES);
  expect(bot.ws.thread("ops", root)).toHaveLength(thread.length);
});

test("uploads that never end well hold nothing up for long: words stand for the file", async () => {
  const thread = await everything([{ fault: "server-error", methods: COMPLETE }]);
  expect(files(thread)).toBe(0);
  expect(failed(thread)).toHaveLength(FILES);
  expect(failed(thread)[0]).toContain("Slack has trouble.");
}, 60_000);
