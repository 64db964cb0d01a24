import { afterEach, expect, test } from "vitest";
import { startWorkspace, type Workspace } from "../../src/playground/workspace/start.ts";
import { examineWorkspace } from "../../src/slack/examine-workspace.ts";

let ws: Workspace | undefined;
afterEach(async () => {
  await ws?.close();
  ws = undefined;
});

async function findings(change: Partial<Parameters<typeof examineWorkspace>[0]> = {}): Promise<string[]> {
  ws ??= await startWorkspace();
  const { botToken, appToken, apiUrl } = ws;
  const found = await examineWorkspace({ botToken, appToken, apiUrl, scopes: ["chat:write"], ...change });
  return found.map((f) => `${f.outcome} ${f.what}: ${f.detail}`);
}

test("tokens that hold: whose bot it is, and that a connection is given", async () => {
  expect(await findings()).toEqual([
    expect.stringMatching(/^pass Slack: the bot is @fiveohtwo of /),
    "pass Slack connection: Socket Mode gives one",
  ]);
});

test("a permission that the manifest asks for and the installation lacks is named", async () => {
  expect(await findings({ scopes: ["chat:write", "pins:write"] })).toContain(
    "fail Slack permissions: the app was installed without pins:write",
  );
});

test("wrong tokens and no network are told apart", async () => {
  const wrong = await findings({ botToken: "xoxb-wrong", appToken: "xapp-wrong" });
  expect(wrong).toEqual([
    expect.stringContaining("fail Slack: Slack does not accept the bot token"),
    "fail Slack connection: Slack does not accept the app-level token (invalid_auth). Make a new one with connections:write on the app's page under Basic Information, App-Level Tokens.",
  ]);
  expect(await findings({ apiUrl: "http://127.0.0.1:9/api/" })).toContain(
    "unknown Slack: Slack cannot be reached.",
  );
});

test("the channels and groups that are named: which do not take messages, by whom they are named, and what to do", async () => {
  ws = await startWorkspace();
  const named = (...ids: string[]): { id: string; by: string }[] =>
    ids.map((id) => ({ id, by: "watch.channel" }));
  const general = ws.state.channels.get("general").id;
  expect(await findings({ places: named("C0OPS00001", general) })).toContain(
    "pass Slack channels: all 2 that are named take messages",
  );
  ws.state.channels.get("general").archived = true;
  const places = [
    ...named("C0OPS00001", general, "C0RANDOM01", "C0NONE00001", "S0NONE00001"),
    { id: "C0RANDOM01", by: "alerts.channels" },
  ];
  expect((await findings({ places })).filter((f) => /channel|group/.test(f))).toEqual([
    `fail Slack channel: #general (${general}) is archived; named by watch.channel`,
    "fail Slack channel: the bot is not in #random (C0RANDOM01); named by watch.channel, alerts.channels",
    "fail Slack channel: the bot sees no channel C0NONE00001; named by watch.channel",
    "fail Slack user group: there is no user group S0NONE00001; named by watch.channel",
  ]);
  ws.faults.set({ rules: [{ fault: "server-error", methods: ["conversations.info"] }] });
  expect(await findings({ places: named("C0OPS00001") })).toContain(
    "unknown Slack channel: C0OPS00001 could not be asked for: Slack has trouble; named by watch.channel",
  );
});
