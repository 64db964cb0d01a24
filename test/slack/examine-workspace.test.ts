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

test.each(["invalid_auth", "token_revoked", "missing_scope", "not_allowed_token_type"])(
  "%s against the app-level token speaks of that token, and of where it is made",
  async (error) => {
    ws = await startWorkspace({ faults: { rules: [{ fault: "error", error, methods: ["apps.*"] }] } });
    const { botToken, appToken, apiUrl } = ws;
    const [, app] = await examineWorkspace({ botToken, appToken, apiUrl, scopes: [] });
    expect(app).toMatchObject({ token: "app", outcome: "fail", trouble: "refused" });
    expect(app?.detail).toMatch(/^(?:Slack does not accept the|The) app-level token/);
    expect(app?.detail).toContain("under Basic Information, App-Level Tokens.");
    expect(app?.detail).not.toMatch(/bot token|Bot User|manifest/);
  },
);

test("a busy Slack says nothing about a token: unknown, and asked again where somebody has the patience", async () => {
  const limited = { fault: "ratelimited", retryAfterSeconds: 7, times: 2 } as const;
  ws = await startWorkspace({ faults: { rules: [limited] } });
  expect(await findings()).toEqual([
    "unknown Slack: Slack asks to wait.",
    "unknown Slack connection: Slack asks to wait.",
  ]);
  const waits: number[] = [];
  ws.faults.set({ rules: [limited] });
  const patience = async (ms: number): Promise<void> => void waits.push(ms);
  expect(await findings({ patience })).toContain("pass Slack connection: Socket Mode gives one");
  expect(waits).toEqual([7000, 7000]);
});

test("what says nothing of a token is told apart from what refuses it", async () => {
  ws = await startWorkspace();
  const asked = async (error: string): Promise<unknown> => {
    ws?.faults.set({ rules: [{ fault: "error", error }] });
    const [found] = await examineWorkspace({ botToken: "xoxb-1", apiUrl: ws?.apiUrl ?? "", scopes: [] });
    return found;
  };
  expect(await asked("org_login_required")).toMatchObject({ outcome: "fail", trouble: "installation" });
  expect(await asked("a_new_error")).toMatchObject({
    outcome: "unknown",
    trouble: "busy",
    detail: "Slack answers a_new_error, which says nothing of the token.",
  });
});
