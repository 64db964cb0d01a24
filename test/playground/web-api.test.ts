// chat.postMessage is Slack's method, not a window's:
/* oxlint-disable unicorn/require-post-message-target-origin */
import { ErrorCode, WebClient } from "@slack/web-api";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { record, str } from "../../src/playground/workspace/json.ts";
import type { Json } from "../../src/playground/workspace/json.ts";
import { startWorkspace } from "../../src/playground/workspace/start.ts";
import type { Workspace } from "../../src/playground/workspace/start.ts";

let workspace: Workspace;
let client: WebClient;

beforeEach(async () => {
  workspace = await startWorkspace();
  client = new WebClient(workspace.botToken, { slackApiUrl: workspace.apiUrl, retryConfig: { retries: 0 } });
});

afterEach(async () => {
  await workspace.close();
});

/** Calls by plain fetch with JSON, as a bot without Slack's library would. */
async function call(method: string, args: Json, token = workspace.botToken): Promise<Json> {
  const headers = { "content-type": "application/json; charset=utf-8", authorization: `Bearer ${token}` };
  const response = await fetch(workspace.apiUrl + method, {
    method: "POST",
    headers,
    body: JSON.stringify(args),
  });
  return record(await response.json());
}

const post = (args: Json): Promise<Json> => call("chat.postMessage", args);
const OPS = "C0OPS00001";

describe("tokens and scopes", () => {
  test.each<[string, string, string]>([
    ["no token", "", "not_authed"],
    ["an unknown one", "xoxb-nobody", "invalid_auth"],
  ])("%s", async (_what, token, error) => {
    const headers: Record<string, string> = token === "" ? {} : { authorization: `Bearer ${token}` };
    const response = await fetch(`${workspace.apiUrl}auth.test`, { method: "POST", headers });
    expect(await response.json()).toEqual({ ok: false, error });
  });

  test("an app token posts nothing, a bot token opens no socket, a revoked token does nothing", async () => {
    expect(await call("chat.postMessage", { channel: OPS, text: "a" }, workspace.appToken)).toMatchObject({
      error: "not_allowed_token_type",
    });
    expect(await call("apps.connections.open", {})).toMatchObject({ error: "not_allowed_token_type" });
    workspace.state.tokens.revoke(workspace.botToken);
    expect(await call("auth.test", {})).toEqual({ ok: false, error: "token_revoked" });
  });

  test("a missing scope says what is needed and what there is", async () => {
    const token = workspace.state.tokens.find(workspace.botToken);
    if (token === undefined) throw new Error("no token");
    token.scopes = ["commands"];
    expect(await post({ channel: OPS, text: "a" })).toEqual({
      ok: false,
      error: "missing_scope",
      needed: "chat:write",
      provided: "commands",
    });
  });

  test("auth.test knows both tokens", async () => {
    expect(await client.auth.test()).toMatchObject({
      user_id: "U0BOT00502",
      bot_id: "B0BOT00502",
      team_id: "T0PLAY0001",
    });
    expect(await call("auth.test", {}, workspace.appToken)).toMatchObject({ ok: true, app_id: "A0APP00502" });
  });
});

describe("refusals, each with Slack's code", () => {
  const chat = (args: Json): [string, Json] => ["chat.postMessage", args];
  test.each<[string, [string, Json]]>([
    ["channel_not_found", chat({ channel: "C0NOWHERE1", text: "a" })],
    ["not_in_channel", chat({ channel: "C0RANDOM01", text: "a" })],
    ["is_archived", chat({ channel: "C0OLDOPS01", text: "a" })],
    ["no_text", chat({ channel: OPS })],
    ["msg_too_long", chat({ channel: OPS, text: "x".repeat(40_001) })],
    ["thread_not_found", chat({ channel: OPS, text: "a", thread_ts: "1.000001" })],
    ["invalid_blocks_format", chat({ channel: OPS, blocks: "{" })],
    [
      "msg_blocks_too_long",
      chat({
        channel: OPS,
        blocks: Array.from({ length: 5 }, () => ({
          type: "section",
          text: { type: "mrkdwn", text: "x".repeat(2601) },
        })),
      }),
    ],
    [
      "invalid_attachments",
      chat({
        channel: OPS,
        blocks: Array.from({ length: 2 }, () => ({
          type: "table",
          rows: [[{ type: "raw_text", text: "a" }]],
        })),
      }),
    ],
    ["invalid_metadata_schema", chat({ channel: OPS, text: "a", metadata: { event_type: "a" } })],
    ["message_not_found", ["chat.update", { channel: OPS, ts: "1.000001", text: "a" }]],
    ["user_not_in_channel", ["chat.postEphemeral", { channel: "C0GENERAL1", user: "U0GUS00004", text: "a" }]],
    ["user_not_found", ["users.info", { user: "U0NOBODY01" }]],
    ["user_not_found", ["conversations.open", { users: "U0NOBODY01" }]],
    ["no_such_subteam", ["usergroups.users.list", { usergroup: "S0" }]],
    ["thread_not_found", ["conversations.replies", { channel: OPS, ts: "1.000001" }]],
    ["not_in_channel", ["conversations.history", { channel: "C0RANDOM01" }]],
    ["method_not_supported_for_channel_type", ["conversations.join", { channel: "G0SECRET01" }]],
    ["file_not_found", ["files.completeUploadExternal", { files: [{ id: "F0" }] }]],
    [
      "not_found",
      [
        "views.update",
        { view_id: "V0", view: { type: "modal", title: { type: "plain_text", text: "a" }, blocks: [] } },
      ],
    ],
    [
      "invalid_trigger_id",
      [
        "views.open",
        { trigger_id: "1.2", view: { type: "modal", title: { type: "plain_text", text: "a" }, blocks: [] } },
      ],
    ],
    ["invalid_arguments", ["views.open", { trigger_id: "1.2" }]],
    ["invalid_cursor", ["conversations.list", { cursor: "abc" }]],
    ["unknown_method", ["chat.shout", {}]],
  ])("%s", async (error, [method, args]) => {
    expect(await call(method, args)).toMatchObject({ ok: false, error });
  });

  test("invalid blocks come with pointers, in errors and in response_metadata", async () => {
    const answer = await post({
      channel: OPS,
      blocks: [{ type: "header", text: { type: "plain_text", text: "x".repeat(151) } }],
    });
    const what = "must be less than 151 characters [json-pointer:/blocks/0/text/text]";
    expect(answer["errors"]).toContain(what);
    expect(record(answer["response_metadata"])["messages"]).toContain(`[ERROR] ${what}`);
  });

  test("a private channel the bot is not in does not exist for it", async () => {
    workspace.state.channels.get("security-private").members.delete("U0BOT00502");
    expect(await post({ channel: "G0SECRET01", text: "a" })).toMatchObject({ error: "channel_not_found" });
  });

  test("JSON that is none, and JSON that is no object", async () => {
    const headers = { "content-type": "application/json", authorization: `Bearer ${workspace.botToken}` };
    const send = async (body: string): Promise<unknown> =>
      (await fetch(`${workspace.apiUrl}chat.postMessage`, { method: "POST", headers, body })).json();
    expect(await send("{")).toEqual({ ok: false, error: "invalid_json" });
    expect(await send("[]")).toEqual({ ok: false, error: "json_not_object" });
  });
});

describe("messages", () => {
  test("metadata is kept, and shown only where it is asked for", async () => {
    const metadata = { event_type: "verdict", event_payload: { run: "r1" } };
    const { ts } = await client.chat.postMessage({ channel: OPS, text: "a", metadata });
    const shown = await client.conversations.history({ channel: OPS, include_all_metadata: true });
    expect(shown.messages?.[0]?.metadata).toEqual(metadata);
    expect((await client.conversations.history({ channel: OPS })).messages?.[0]?.metadata).toBeUndefined();
    await client.chat.update({ channel: OPS, ts: ts ?? "", text: "b" });
    expect(workspace.messages("ops")[0]).toMatchObject({ text: "b", metadata });
  });

  test("nobody else's message can be changed or deleted", async () => {
    const { ts } = workspace.say("ada", "ops", "mine");
    expect(await call("chat.update", { channel: OPS, ts, text: "b" })).toMatchObject({
      error: "cant_update_message",
    });
    expect(await call("chat.delete", { channel: OPS, ts })).toMatchObject({ error: "cant_delete_message" });
  });

  test("threads: a reply to a reply lands in the same thread, history shows the parent only", async () => {
    const parent = str((await client.chat.postMessage({ channel: OPS, text: "parent" })).ts);
    const reply = str((await client.chat.postMessage({ channel: OPS, text: "1", thread_ts: parent })).ts);
    await client.chat.postMessage({ channel: OPS, text: "2", thread_ts: reply });
    const replies = await client.conversations.replies({ channel: OPS, ts: parent });
    expect(replies.messages?.map((message) => message.text)).toEqual(["parent", "1", "2"]);
    const history = await client.conversations.history({ channel: OPS });
    expect(history.messages).toHaveLength(1);
    expect(history.messages?.[0]).toMatchObject({ reply_count: 2, thread_ts: parent });
  });

  test("history is paged newest first, and can be cut by time", async () => {
    const stamps: string[] = [];
    for (const text of ["a", "b", "c"])
      stamps.push(str((await client.chat.postMessage({ channel: OPS, text })).ts));
    const first = await client.conversations.history({ channel: OPS, limit: 2 });
    expect(first.messages?.map((message) => message.text)).toEqual(["c", "b"]);
    expect(first.has_more).toBe(true);
    const cursor = first.response_metadata?.next_cursor ?? "";
    const rest = await client.conversations.history({ channel: OPS, limit: 2, cursor });
    expect(rest.messages?.map((message) => message.text)).toEqual(["a"]);
    expect(rest.has_more).toBe(false);
    const later = await client.conversations.history({
      channel: OPS,
      oldest: stamps[1] ?? "",
      inclusive: true,
    });
    expect(later.messages?.map((message) => message.text)).toEqual(["c", "b"]);
  });

  test("a user id is a channel for direct messages; an ephemeral message is in nobody's history", async () => {
    const sent = await client.chat.postMessage({ channel: "U0LIN00002", text: "psst" });
    expect(sent.channel).toBe("D0LIN00002");
    await client.chat.postEphemeral({ channel: OPS, user: "U0LIN00002", text: "only you" });
    expect((await client.conversations.history({ channel: OPS })).messages).toEqual([]);
    expect(workspace.ephemeral("lin", "ops")).toHaveLength(1);
    expect(workspace.ephemeral("ada", "ops")).toHaveLength(0);
  });

  test("a text alone takes the place of blocks; blocks alone leave the text", async () => {
    const blocks = [{ type: "section", text: { type: "mrkdwn", text: "b" } }];
    const { ts = "" } = await client.chat.postMessage({ channel: OPS, text: "a", blocks });
    const now = () => workspace.state.messages.find(OPS, ts);
    await call("chat.update", { channel: OPS, ts, blocks });
    expect(now()).toMatchObject({ text: "a", blocks: [{ type: "section" }] });
    await call("chat.update", { channel: OPS, ts, blocks: [] });
    expect(now()?.blocks).toEqual([]);
    await call("chat.update", { channel: OPS, ts, blocks });
    await client.chat.update({ channel: OPS, ts, text: "c" });
    expect(now()).toMatchObject({ text: "c", blocks: [] });
  });

  test("a file goes to a conversation, not to a person's id; a view has 250 kB at most", async () => {
    expect(
      await call("files.completeUploadExternal", { files: [{ id: "F0" }], channel_id: "U0ADA00001" }),
    ).toMatchObject({ error: "invalid_arguments" });
    const text = "x".repeat(2_990);
    const section = { type: "section", text: { type: "mrkdwn", text } };
    const view = { type: "home", blocks: Array.from({ length: 90 }, () => section) };
    expect(await call("views.publish", { user_id: "U0ADA00001", view })).toEqual({
      ok: false,
      error: "view_too_large",
    });
  });

  test("reactions go on once and come off once", async () => {
    const { ts = "" } = await client.chat.postMessage({ channel: OPS, text: "a" });
    const target = { channel: OPS, timestamp: ts, name: "eyes" };
    await client.reactions.add(target);
    expect(await call("reactions.add", target)).toMatchObject({ error: "already_reacted" });
    await client.reactions.remove(target);
    expect(await call("reactions.remove", target)).toMatchObject({ error: "no_reaction" });
  });

  test("a permalink names channel and message", async () => {
    const { ts = "" } = await client.chat.postMessage({ channel: OPS, text: "a" });
    const { permalink } = await client.chat.getPermalink({ channel: OPS, message_ts: ts });
    expect(permalink).toBe(`${workspace.url}archives/${OPS}/p${ts.replace(".", "")}`);
  });
});

test("people, groups and channels, as an access rule reads them", async () => {
  expect((await client.users.info({ user: "U0GUS00004" })).user).toMatchObject({
    is_restricted: true,
    is_stranger: false,
  });
  const olga = async () => (await client.users.info({ user: "U0OLGA0005" })).user;
  // Whom the app meets in a shared channel is no stranger to it: only the team tells.
  expect(await olga()).toMatchObject({ is_stranger: false, team_id: "T0OTHER001" });
  for (const channel of workspace.state.channels.all()) channel.members.delete("U0OLGA0005");
  expect(await olga()).toMatchObject({ is_stranger: true });
  expect((await client.usergroups.list({ include_users: true })).usergroups?.[0]).toMatchObject({
    handle: "oncall",
    users: ["U0ADA00001", "U0LIN00002"],
  });
  expect((await client.usergroups.users.list({ usergroup: "S0SECUR002" })).users).toEqual(["U0SAM00003"]);
  const listed = await client.conversations.list({
    exclude_archived: true,
    types: "public_channel,private_channel",
  });
  expect(listed.channels?.map((channel) => channel.name)).toEqual([
    "ops",
    "general",
    "random",
    "security-private",
  ]);
  expect((await client.conversations.info({ channel: "C0RANDOM01" })).channel).toMatchObject({
    is_member: false,
  });
  await client.conversations.join({ channel: "C0RANDOM01" });
  expect((await client.conversations.members({ channel: "C0RANDOM01" })).members).toContain("U0BOT00502");
});

test("the three-step upload, by Slack's own client: text and bytes arrive as they were", async () => {
  const { ts = "" } = await client.chat.postMessage({ channel: OPS, text: "a" });
  const bytes = Buffer.from([0, 255, 10, 13, 128, 7]);
  await client.filesUploadV2({
    channel_id: OPS,
    thread_ts: ts,
    initial_comment: "evidence",
    file_uploads: [
      { filename: "evidence.txt", content: "line 1\nlíne 2\n" },
      { filename: "chart.png", file: bytes, alt_text: "502s over time" },
    ],
  });
  const message = await workspace.waitForMessage("ops", (each) => each.files.length === 2);
  expect(message).toMatchObject({ text: "evidence", threadTs: ts });
  const [text, picture] = message.files.map((id) => workspace.state.files.find(id));
  expect(text?.data?.toString("utf8")).toBe("line 1\nlíne 2\n");
  expect(picture?.data?.equals(bytes)).toBe(true);
  expect(picture?.altText).toBe("502s over time");
  const served = await fetch(`${workspace.url}files/${picture?.id ?? ""}`);
  expect(served.headers.get("content-type")).toBe("image/png");
  expect(Buffer.from(await served.arrayBuffer()).equals(bytes)).toBe(true);
});

test("calls beyond a tier are answered 429 with Retry-After, when limits are on", async () => {
  const limited = await startWorkspace({ rateLimits: true });
  try {
    const headers = { authorization: `Bearer ${limited.botToken}` };
    const list = (): Promise<Response> => fetch(`${limited.apiUrl}users.list`, { method: "POST", headers });
    for (let calls = 0; calls < 20; calls += 1) expect((await list()).status).toBe(200);
    const refused = await list();
    expect(refused.status).toBe(429);
    expect(Number(refused.headers.get("retry-after"))).toBeGreaterThan(0);
    expect(await refused.json()).toEqual({ ok: false, error: "ratelimited" });
  } finally {
    await limited.close();
  }
});

test("Slack's client sees the codes as its own errors", async () => {
  const failing = client.chat.postMessage({ channel: "C0RANDOM01", text: "a" });
  await expect(failing).rejects.toMatchObject({
    code: ErrorCode.PlatformError,
    data: { error: "not_in_channel" },
  });
  expect(workspace.calls().at(-1)).toMatchObject({
    method: "chat.postMessage",
    ok: false,
    error: "not_in_channel",
  });
});
