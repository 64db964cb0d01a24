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
    expect.stringContaining("fail Slack connection:"),
  ]);
  expect(await findings({ apiUrl: "http://127.0.0.1:9/api/" })).toContain(
    "unknown Slack: Slack cannot be reached.",
  );
});

test.each(["invalid_auth", "token_revoked", "missing_scope", "not_allowed_token_type", "account_inactive"])(
  "%s against the app-level token speaks of that token, and of where it is made",
  async (error) => {
    ws = await startWorkspace({ faults: { rules: [{ fault: "error", error, methods: ["apps.*"] }] } });
    const { botToken, appToken, apiUrl } = ws;
    const [, app] = await examineWorkspace({ botToken, appToken, apiUrl, scopes: [] });
    expect(app).toMatchObject({
      what: "Slack connection",
      token: "app",
      outcome: "fail",
      trouble: "refused",
    });
    expect(app?.detail).toMatch(/app-level token/);
    expect(app?.detail).toContain(`(${error})`);
    expect(`${app?.detail}${app?.mend?.join("")}`).not.toMatch(/bot token|Bot User|manifest/);
    expect(app?.mend?.join("")).toContain("Basic Information → App-Level Tokens");
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
