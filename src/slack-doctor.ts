import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { z } from "zod";
import { ROOT, type Settings } from "./config.ts";
import { readSecret } from "./inventory/secret.ts";
import type { Finding } from "./workflows/examine-host.ts";
import type { Patience, SlackFinding } from "./workflows/slack-finding.ts";

const Manifest = z.object({ oauth_config: z.object({ scopes: z.object({ bot: z.array(z.string()) }) }) });

/** What `502 doctor` finds out about Slack with the tokens that 502.yml names; nothing where they cannot be read. */
export async function slackFindings({
  config,
  inventory,
  around,
}: Pick<Settings, "config" | "inventory" | "around">): Promise<Finding[]> {
  const { slack } = config;
  if (slack === undefined) return [];
  let botToken: string;
  let appToken: string | undefined;
  try {
    const read = (place: typeof slack.botToken, name: string): string =>
      readSecret(place ?? { kind: "env", name }, inventory.directory, around);
    botToken = read(slack.botToken, "SLACK_BOT_TOKEN");
    appToken = slack.mode === "socket" ? read(slack.appToken, "SLACK_APP_TOKEN") : undefined;
  } catch (error) {
    const detail = `cannot be asked: ${error instanceof Error ? error.message : String(error)}`;
    return [{ what: "Slack", outcome: "unknown", detail }];
  }
  return askSlack({ botToken, appToken, apiUrl: slack.apiUrl });
}

/** Asks Slack about tokens: whose bot it is, which of the manifest's permissions are missing, and for a connection. */
export async function askSlack(asked: {
  /** Each is asked about where it is given. */
  readonly botToken: string | undefined;
  readonly appToken: string | undefined;
  readonly apiUrl: string | undefined;
  readonly patience?: Patience;
}): Promise<SlackFinding[]> {
  const { botToken, appToken, apiUrl, patience } = asked;
  const manifest = Manifest.parse(parse(readFileSync(join(ROOT, "manifest.yml"), "utf8")));
  const { examineWorkspace } = await import("./slack/examine-workspace.ts");
  return examineWorkspace({
    ...(botToken === undefined ? {} : { botToken }),
    ...(patience === undefined ? {} : { patience }),
    ...(appToken === undefined ? {} : { appToken }),
    ...(apiUrl === undefined ? {} : { apiUrl }),
    scopes: manifest.oauth_config.scopes.bot,
  });
}
