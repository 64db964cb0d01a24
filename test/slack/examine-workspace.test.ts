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
