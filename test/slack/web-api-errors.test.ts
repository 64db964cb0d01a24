import { WebClient } from "@slack/web-api";
import nock from "nock";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { timeIds } from "../../src/system.ts";
import { makeLog } from "../../src/log.ts";
import { ERRORS, readTrouble } from "../../src/slack/api-errors.ts";
import { Deliverer } from "../../src/slack/deliver.ts";
import { noticeView } from "../../src/slack/draw/views.ts";
import { People } from "../../src/slack/people.ts";
import { openView } from "../../src/slack/opened-view.ts";
import { upload } from "../../src/slack/channel-message.ts";
import type { SlackWorld } from "../../src/slack/world.ts";
import { runKey } from "../../src/workflows/run-message.ts";
import { hostlessRuns, ShiftedClock } from "../support/slack-bot.ts";
import { Stage } from "../support/fix-stage.ts";
import { makePlace, type OpenedStore, type Place, realClock, until } from "../support/place.ts";

const SLACK = "https://slack.example.test";
let place: Place;
let store: OpenedStore;
let deliverer: Deliverer;
let world: SlackWorld;
let clock: ShiftedClock;
let api: nock.Scope;
const log: string[] = [];

beforeEach(async () => {
  nock.disableNetConnect();
  api = nock(SLACK);
  log.length = 0;
  place = await makePlace("SQLite");
  clock = new ShiftedClock();
  store = await place.open({ clock });
  const client = new WebClient("xoxb-fake", {
    slackApiUrl: `${SLACK}/api/`,
    timeout: 300,
    retryConfig: { retries: 0 },
    rejectRateLimitedCalls: true,
  });
  world = {
    store,
    client,
    clock,
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

/** Takes what is posted to ada directly. */
function toldDirectly(): { fields: Record<string, unknown> } {
  const sent: { fields: Record<string, unknown> } = { fields: {} };
  api.post("/api/conversations.open").reply(200, { ok: true, channel: { id: "D0ADA00001" } });
  onPost(200, { ...TAKEN, channel: "D0ADA00001" }, (fields) => {
    if (fields["channel"] === "D0ADA00001") sent.fields = fields;
    return fields["channel"] === "D0ADA00001";
  });
  return sent;
}

/** What becomes of each error of Slack's: who sees what. */
const SEEN: Readonly<Record<string, Seen>> = {
  not_in_channel: "requester",
  channel_not_found: "requester",
  is_archived: "requester",
  restricted_action: "requester",
  restricted_action_read_only_channel: "requester",
  restricted_action_thread_only_channel: "requester",
  restricted_action_non_threadable_channel: "requester",
  restricted_action_thread_locked: "requester",
  thread_not_found: "requester",
  cannot_reply_to_message: "requester",
  user_not_found: "requester",
  cannot_dm_bot: "requester",
  messages_tab_disabled: "requester",
  user_disabled: "requester",
  ekm_access_denied: "requester",
  access_denied: "requester",
  file_uploads_disabled: "requester",
  file_upload_size_restricted: "requester",
  storage_limit_reached: "requester",
  slack_connect_file_link_sharing_blocked: "requester",
  no_permission: "requester",
  posting_to_channel_denied: "requester",
  invalid_channel: "requester",
  is_inactive: "requester",
  external_channel_migrating: "requester",
  team_not_found: "requester",
  team_access_not_granted: "requester",
  message_limit_exceeded: "requester",
  user_not_in_channel: "requester",
  user_not_visible: "requester",
  not_enabled: "requester",
  invalid_blocks: "text alone",
  invalid_blocks_format: "text alone",
  msg_too_long: "text alone",
  msg_blocks_too_long: "text alone",
  no_text: "text alone",
  invalid_arguments: "text alone",
  too_many_attachments: "text alone",
  metadata_too_large: "text alone",
  invalid_metadata_format: "text alone",
  invalid_metadata_schema: "text alone",
  metadata_must_be_sent_from_app: "text alone",
  block_mismatch: "text alone",
  view_too_large: "text alone",
  missing_argument: "text alone",
  alt_txt_too_large: "text alone",
  invalid_arg_name: "text alone",
  invalid_array_arg: "text alone",
  invalid_charset: "text alone",
  invalid_form_data: "text alone",
  invalid_post_type: "text alone",
  missing_post_type: "text alone",
  invalid_auth: "readiness",
  not_authed: "readiness",
  token_revoked: "readiness",
  token_expired: "readiness",
  account_inactive: "readiness",
  not_allowed_token_type: "readiness",
  missing_scope: "readiness",
  two_factor_setup_required: "readiness",
  enterprise_is_restricted: "readiness",
  accesslimited: "readiness",
  org_login_required: "readiness",
  method_deprecated: "readiness",
  deprecated_endpoint: "readiness",
  fatal_error: "looked up",
  internal_error: "looked up",
  service_unavailable: "looked up",
  request_timeout: "looked up",
  team_added_to_org: "looked up",
  update_failed: "looked up",
  file_update_failed: "looked up",
  file_not_found: "looked up",
  ratelimited: "waits",
  rate_limited: "waits",
  message_not_found: "left alone",
  cant_update_message: "left alone",
  edit_window_closed: "left alone",
  expired_trigger_id: "press again",
  exchanged_trigger_id: "press again",
  invalid_trigger_id: "press again",
  trigger_expired: "press again",
  trigger_exchanged: "press again",
  not_found: "closed form",
  view_not_found: "form",
  hash_conflict: "form",
  push_limit_reached: "form",
};
type Seen =
  | "requester"
  | "text alone"
  | "readiness"
  | "looked up"
  | "waits"
  | "left alone"
  | "press again"
  | "closed form"
  | "form";

function those(seen: Seen): string[] {
  return Object.keys(SEEN).filter((error) => SEEN[error] === seen);
}

test("every error that the adapter tells apart is in the table", () => {
  expect(Object.keys(SEEN).toSorted()).toEqual(ERRORS.toSorted());
});

const TIME_OUT = "no answer";
const unanswered = (): Error => Object.assign(new Error("connect ETIMEDOUT"), { code: "ETIMEDOUT" });
/** Answers after which nobody knows whether the message was taken. */
const UNSURE: readonly (readonly [string, object | string, number])[] = [
  ...those("looked up").map((error): [string, object, number] => [error, { ok: false, error }, 200]),
  ["a gateway's page", "<html>bad gateway</html>", 502],
  ["a page instead of JSON", "<html>please log in to the proxy</html>", 200],
  ["an error of tomorrow", { ok: false, error: "an_error_of_tomorrow" }, 200],
  ["no answer in time", TIME_OUT, 200],
];
const TAKEN = { ok: true, ts: "1700000000.000100", channel: "C0OPS00001" };
const NOTHING = { ok: true, messages: [] };
const delivered = (): Promise<boolean> => store.outboxTs(runKey("run-1")).then((at) => at !== undefined);

test.each(those("requester"))("%s: who asked gets it directly, with the reason", async (error) => {
  api.get("/api/conversations.history").query(true).optionally().reply(200, NOTHING);
  api.post("/api/conversations.history").optionally().times(3).reply(200, NOTHING);
  onPost(200, { ok: false, error });
  const sent = toldDirectly();
  await say();
  await until("the requester is told", () => sent.fields["channel"] === "D0ADA00001");
  expect(sent.fields["text"]).toMatch(
    /^I could not post this in <#C0OPS00001>: .+\. The diagnosis of web-1 failed/,
  );
  await until("all is settled", async () => (await store.depths()).outbox === 0);
  expect((await store.depths()).lost).toBe(0);
});

test("a word of Slack's that is not known: tried a few times, then who asked gets it directly", async () => {
  api.post("/api/conversations.history").times(10).reply(200, NOTHING);
  const refused = onPost(200, { ok: false, error: "an_error_of_tomorrow" });
  for (let n = 1; n < 4; n += 1) onPost(200, { ok: false, error: "an_error_of_tomorrow" });
  const sent = toldDirectly();
  await say();
  for (let n = 0; n < 4; n += 1) {
    await until("it is put off or told", async () => (await store.outboxDue(5)).length === 0);
    clock.shift += 6_000;
  }
  await until("the requester is told", () => sent.fields["channel"] === "D0ADA00001");
  expect(refused.pendingMocks().filter((m) => m.includes("postMessage"))).toEqual([]);
  expect(sent.fields["text"]).toMatch(
    /^I could not post this in <#C0OPS00001>: Slack answers an_error_of_tomorrow, which I do not know: .+\. The diagnosis of web-1 failed/,
  );
  await until("all is settled", async () => (await store.depths()).outbox === 0);
});

test.each(those("text alone"))("%s: the text alone is posted", async (error) => {
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

test.each(UNSURE)(
  "%s: it may have been taken, so it is looked up and found",
  async (_, answer, status) => {
    if (answer === TIME_OUT) api.post("/api/chat.postMessage").replyWithError(unanswered());
    else onPost(status, answer);
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

test.each(those("waits"))("%s without a 429: it is posted later", async (error) => {
  api.post("/api/conversations.history").optionally().times(5).reply(200, NOTHING);
  onPost(200, { ok: false, error });
  await say();
  await until("it is put off", async () => (await store.outboxDue(5)).length === 0);
  expect(await delivered()).toBe(false);
  expect(api.isDone()).toBe(true);
});

test("429: it waits as long as Slack asks, and is posted once", async () => {
  api.post("/api/conversations.history").times(5).reply(200, NOTHING);
  api.post("/api/chat.postMessage").reply(429, { ok: false, error: "ratelimited" }, { "Retry-After": "1" });
  const began = Date.now();
  onPost(200, TAKEN);
  await say();
  await until("it is delivered", delivered);
  expect(Date.now() - began).toBeGreaterThanOrEqual(950);
});

test.each(those("readiness"))("%s: readiness says what to do, and the message waits", async (error) => {
  api.post("/api/conversations.history").optionally().times(5).reply(200, NOTHING);
  onPost(200, { ok: false, error });
  await say();
  await until("the trouble is told", () => deliverer.trouble !== undefined);
  expect(deliverer.trouble).toMatch(/restart the bot|manifest\.yml|messages wait until/);
  expect(await delivered()).toBe(false);
});

test("an error that is not Slack's is thrown on", () => {
  expect(() => readTrouble(new TypeError("a bug"))).toThrow("a bug");
});

test.each(those("left alone"))(
  "%s: a message that cannot be changed is left alone, and nothing is posted anew",
  async (error) => {
    api.post("/api/conversations.history").optionally().times(5).reply(200, NOTHING);
    onPost(200, TAKEN);
    await say();
    await until("it is delivered", delivered);
    api.post("/api/chat.update").reply(200, { ok: false, error });
    const id = timeIds.next("msg");
    const body = {
      kind: "run",
      runId: "run-1",
      host: "web-1",
      actor: "U0ADA00001",
      state: "failed",
      failure: "x",
    };
    await store.transaction((tx) =>
      tx.putOutbox({
        id,
        channel: "C0OPS00001",
        key: runKey("run-1"),
        body: JSON.stringify(body),
        createdAt: Date.now(),
      }),
    );
    await until("it is given up", async () => api.isDone() && (await store.outboxDue(5)).length === 0);
    expect(await store.overdue(Date.now() + 1, ["run-1"], 5)).toEqual([]);
  },
);

const TO = { user: "U0ADA00001", channel: "C0OPS00001" };
/** Takes what is said to ada alone. */
function told(): { text: () => string } {
  let text = "";
  api
    .post("/api/chat.postEphemeral", (fields: Record<string, unknown>) => {
      text = String(fields["text"]);
      return fields["user"] === TO.user;
    })
    .reply(200, { ok: true });
  return { text: () => text };
}

test.each(those("press again"))(
  "%s: whoever pressed is asked to press again, nothing is decided",
  async (error) => {
    api.post("/api/views.open").reply(200, { ok: false, error });
    const said = told();
    expect(await openView(world, { triggerId: "t-1", title: "Approve a fix", to: TO })).toBeUndefined();
    expect(said.text()).toBe(
      "The press reached me too late for a form. Nothing was decided: press the button again.",
    );
  },
);

test.each([...those("form"), "view_too_large", "not_enabled", "internal_error", "invalid_auth", TIME_OUT])(
  "%s: a form that cannot be opened or filled says so beside it",
  async (error) => {
    const opens = api.post("/api/views.open");
    if (error === TIME_OUT) opens.replyWithError(unanswered());
    else opens.reply(200, { ok: false, error });
    const said = told();
    await openView(world, { triggerId: "t-1", title: "Approve a fix", to: TO });
    expect(said.text()).toMatch(
      /^The form could not be opened\. [A-Z].+\. Nothing was decided: press the button again\.$/,
    );
    api.post("/api/views.open").reply(200, { ok: true, view: { id: "V1" } });
    const opened = await openView(world, { triggerId: "t-2", title: "Approve a fix", to: TO });
    const updates = api.post("/api/views.update");
    if (error === TIME_OUT) updates.replyWithError(unanswered());
    else updates.reply(200, { ok: false, error });
    const again = told();
    await opened?.fill(noticeView("Approve a fix", "the plan"));
    expect(again.text()).toMatch(/^The form could not be filled\. [A-Z].+\. Press the button again\.$/);
  },
);

test.each(those("closed form"))("%s: a form that was closed meanwhile needs no word", async (error) => {
  api.post("/api/views.open").reply(200, { ok: true, view: { id: "V1" } });
  const opened = await openView(world, { triggerId: "t-3", title: "Approve a fix", to: TO });
  api.post("/api/views.update").reply(200, { ok: false, error });
  await opened?.fill(noticeView("Approve a fix", "the plan"));
  expect(nock.pendingMocks()).toEqual([]);
});

describe("a file", () => {
  const file = { name: "bundle.json.gz", title: "Bundle of web-1", bytes: Buffer.from("x") };
  const sent = async (): Promise<string> => {
    let text = "";
    await upload(
      world.client,
      { channel: "C0OPS00001" },
      undefined,
      { text: "Everything.", blocks: [], file },
      (said) => {
        text = said.text;
        return Promise.resolve("1.2");
      },
    );
    return text;
  };
  const urlGiven = (): void =>
    void api
      .post("/api/files.getUploadURLExternal")
      .reply(200, { ok: true, upload_url: `${SLACK}/upload/1`, file_id: "F1" });

  test.each(["missing_scope", "file_uploads_disabled", "invalid_arguments", "storage_limit_reached"])(
    "%s: what could not be uploaded is said in words",
    async (error) => {
      api.post("/api/files.getUploadURLExternal").reply(200, { ok: false, error });
      expect(await sent()).toMatch(
        new RegExp(`^bundle.json.gz could not be uploaded \\(${error}\\): [A-Z].+\\. Everything`),
      );
    },
  );

  test("the upload itself fails: another try may help", async () => {
    urlGiven();
    api.post("/upload/1").reply(500, "no");
    await expect(sent()).rejects.toThrow("500");
  });

  test.each(["fatal_error", "an_error_of_tomorrow"])(
    "%s: it may stand there, so it is looked for",
    async (error) => {
      urlGiven();
      api.post("/upload/1").reply(200, "OK");
      api.post("/api/files.completeUploadExternal").reply(200, { ok: false, error });
      await expect(sent()).rejects.toThrow(error);
    },
  );

  test.each(["channel_not_found", "not_in_channel"])("%s at its end", async (error) => {
    urlGiven();
    api.post("/upload/1").reply(200, "OK");
    api.post("/api/files.completeUploadExternal").reply(200, { ok: false, error });
    expect(await sent()).toContain(`could not be uploaded (${error})`);
  });
});

test("who somebody is cannot be asked: they are no full member, and may nothing", async () => {
  api.post("/api/users.info").reply(200, { ok: false, error: "user_not_found" });
  api.post("/api/usergroups.list").reply(200, { ok: false, error: "missing_scope" });
  const actor = await new People(world.client, realClock).actor("U0GONE0001", "C0OPS00001");
  expect(actor).toMatchObject({ fullMember: false, groups: [] });
});
