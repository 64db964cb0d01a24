import { WebClient } from "@slack/web-api";
import nock from "nock";
import { afterEach, beforeEach, expect, test } from "vitest";
import { timeIds } from "../../src/system.ts";
import { makeLog } from "../../src/log.ts";
import { readTrouble } from "../../src/slack/api-errors.ts";
import { Deliverer } from "../../src/slack/deliver.ts";
import type { SlackWorld } from "../../src/slack/world.ts";
import { runKey } from "../../src/workflows/run-message.ts";
import { hostlessRuns } from "../support/slack-bot.ts";
import { Stage } from "../support/fix-stage.ts";
import { makePlace, type OpenedStore, type Place, realClock, until } from "../support/place.ts";

const SLACK = "https://slack.example.test";
let place: Place;
let store: OpenedStore;
let deliverer: Deliverer;
let api: nock.Scope;
const log: string[] = [];

beforeEach(async () => {
  nock.disableNetConnect();
  api = nock(SLACK);
  log.length = 0;
  place = await makePlace("SQLite");
  store = await place.open();
  const client = new WebClient("xoxb-fake", {
    slackApiUrl: `${SLACK}/api/`,
    timeout: 300,
    retryConfig: { retries: 0 },
    rejectRateLimitedCalls: true,
  });
  const world: SlackWorld = {
    store,
    client,
    clock: realClock,
    runs: hostlessRuns(store),
    fixes: new Stage().world(),
    log: makeLog("debug", { write: (line) => log.push(line) }),
    instance: "bot-1",
    hostNames: () => [],
  };
  deliverer = new Deliverer(world);
});

afterEach(async () => {
  await deliverer.stop();
  await place.end();
  nock.cleanAll();
  nock.enableNetConnect();
});

/** Puts the verdict of a run into the outbox, which was asked for by ada in #ops. */
async function say(): Promise<void> {
  const runId = "run-1";
  const createdAt = Date.now();
  await store.transaction(async (tx) => {
    await tx.insertRun({
      id: runId,
      request: { host: "web-1", playbook: "502" },
      actor: { id: "U0ADA00001", via: "slack" },
      destination: { channel: "C0OPS00001" },
      state: "queued",
      createdAt,
    });
    const body = {
      kind: "run",
      runId,
      host: "web-1",
      actor: "U0ADA00001",
      state: "failed",
      failure: "no disk",
    };
    const message = {
      id: timeIds.next("msg"),
      channel: "C0OPS00001",
      key: runKey(runId),
      body: JSON.stringify(body),
    };
    await tx.putOutbox({ ...message, createdAt });
  });
  deliverer.start();
}

/** One answer of chat.postMessage; the matcher sees the sent fields. */
function onPost(
  status: number,
  answer: object | string,
  match?: (fields: Record<string, unknown>) => boolean,
): nock.Scope {
  const taking =
    match === undefined ? api.post("/api/chat.postMessage") : api.post("/api/chat.postMessage", match);
  return taking.reply(status, answer);
}

const TAKEN = { ok: true, ts: "1700000000.000100", channel: "C0OPS00001" };
const NOTHING = { ok: true, messages: [] };
const delivered = (): Promise<boolean> => store.outboxTs(runKey("run-1")).then((at) => at !== undefined);

test.each([
  "not_in_channel",
  "channel_not_found",
  "is_archived",
  "restricted_action",
  "restricted_action_thread_locked",
])("%s: who asked gets it directly, with the reason", async (error) => {
  api.get("/api/conversations.history").query(true).optionally().reply(200, NOTHING);
  api.post("/api/conversations.history").optionally().times(3).reply(200, NOTHING);
  onPost(200, { ok: false, error });
  let sent: Record<string, unknown> = {};
  onPost(200, { ...TAKEN, channel: "D0ADA00001" }, (fields) => {
    sent = fields;
    return fields["channel"] === "U0ADA00001";
  });
  await say();
  await until("the requester is told", () => sent["channel"] === "U0ADA00001");
  expect(sent["text"]).toMatch(/^I could not post this in <#C0OPS00001>: .+\. The diagnosis of web-1 failed/);
  await until("it is given up", async () => (await store.outboxDue(5)).length === 0);
});

test.each(["invalid_blocks", "msg_blocks_too_long"])("%s: the text alone is posted", async (error) => {
  api.post("/api/conversations.history").optionally().times(3).reply(200, NOTHING);
  onPost(200, { ok: false, error });
  let blocks: unknown;
  onPost(200, TAKEN, (fields) => {
    blocks = fields["blocks"];
    return true;
  });
  await say();
  await until("it is delivered", delivered);
  expect(blocks).toBe("[]");
});

test.each([
  ["internal_error", { ok: false, error: "internal_error" }, 200],
  ["a gateway's page", "<html>bad gateway</html>", 502],
  ["fatal_error", { ok: false, error: "fatal_error" }, 200],
])(
  "%s: it may have been taken, so it is looked up and found",
  async (_, answer, status) => {
    onPost(status, answer);
    const found = {
      ok: true,
      messages: [
        {
          ts: "1700000000.000200",
          metadata: { event_type: "fiveohtwo", event_payload: { key: "run:run-1" } },
        },
      ],
    };
    // The first look is before the first post: this process has only just taken the channel.
    api.post("/api/conversations.history").reply(200, NOTHING);
    api.post("/api/conversations.history").times(5).reply(200, found);
    api.post("/api/chat.update").reply(200, { ok: true, ts: "1700000000.000200" });
    await say();
    await until("it is delivered", delivered, 10_000);
    expect((await store.outboxTs(runKey("run-1")))?.ts).toBe("1700000000.000200");
    expect(api.pendingMocks().filter((m) => m.includes("postMessage"))).toEqual([]);
  },
  20_000,
);

test("429: it waits as long as Slack asks, and is posted once", async () => {
  api.post("/api/conversations.history").times(5).reply(200, NOTHING);
  api.post("/api/chat.postMessage").reply(429, { ok: false, error: "ratelimited" }, { "Retry-After": "1" });
  const began = Date.now();
  onPost(200, TAKEN);
  await say();
  await until("it is delivered", delivered);
  expect(Date.now() - began).toBeGreaterThanOrEqual(950);
});

test.each(["invalid_auth", "token_revoked", "account_inactive", "missing_scope"])(
  "%s: readiness says what to do, and the message waits",
  async (error) => {
    api.post("/api/conversations.history").optionally().times(5).reply(200, NOTHING);
    onPost(200, { ok: false, error });
    await say();
    await until("the trouble is told", () => deliverer.trouble !== undefined);
    expect(deliverer.trouble).toMatch(/restart the bot|manifest\.yml/);
    expect(await delivered()).toBe(false);
  },
);

test("an error that is not Slack's is thrown on", () => {
  expect(() => readTrouble(new TypeError("a bug"))).toThrow("a bug");
});
