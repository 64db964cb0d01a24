import { createServer } from "node:net";
import { afterEach, expect, test } from "vitest";
import { loadConfig } from "../src/inventory/load-config.ts";
import { startWorkspace, type Workspace } from "../src/playground/workspace/start.ts";
import { slackFindings } from "../src/slack-doctor.ts";
import { pretend } from "./support/surroundings.ts";

let ws: Workspace;
afterEach(() => ws.close());

test("of HTTP mode the doctor says whether requests can be judged, and whether anybody listens for them", async () => {
  ws = await startWorkspace();
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  const port = address !== null && typeof address === "object" ? address.port : 0;
  const look = async (env: Record<string, string>): Promise<string[]> => {
    const text = `slack: { mode: http, apiUrl: "${ws.apiUrl}", listen: "127.0.0.1:${port}" }\n`;
    const loaded = loadConfig(text, "502.yml");
    if (!loaded.ok) throw new Error("502.yml is wrong");
    const around = pretend({}, { SLACK_BOT_TOKEN: ws.botToken, ...env });
    const found = await slackFindings({
      config: loaded.config,
      inventory: { directory: "/" },
      around,
    });
    return found.slice(1).map((f) => `${f.outcome} ${f.what}: ${f.detail}`);
  };
  const missing = await look({});
  expect(missing).toEqual([
    "fail Slack requests: The environment variable SLACK_SIGNING_SECRET is not set; set it before the bot is started.",
  ]);
  const env = { SLACK_SIGNING_SECRET: "s".repeat(32) };
  expect(await look(env)).toEqual([`pass Slack requests: taken at http://127.0.0.1:${port}/slack/events`]);
  await new Promise<void>((resolve) => server.close(() => resolve()));
  expect(await look(env)).toEqual([`warn Slack requests: nobody listens at 127.0.0.1:${port}`]);
});
