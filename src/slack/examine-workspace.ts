import { LogLevel, WebClient } from "@slack/web-api";
import type { Finding } from "../workflows/examine-host.ts";
import { readTrouble } from "./api-errors.ts";
import { connectionTrouble } from "./app-token.ts";
import { examinePlaces, type NamedPlace } from "./examine-places.ts";

const CALL_MS = 8_000;

export interface WorkspaceAsked {
  readonly botToken: string;
  /** For Socket Mode; absent in HTTP mode. */
  readonly appToken?: string;
  /** Ends in a slash; undefined: Slack itself. */
  readonly apiUrl?: string;
  /** What the manifest asks for. */
  readonly scopes: readonly string[];
  /** What messages go to by themselves. */
  readonly places?: readonly NamedPlace[];
}

/** What `502 doctor` says of the workspace: whose bot the token is, which permissions it lacks, whether what is named takes messages, and whether a connection is given. */
export async function examineWorkspace(asked: WorkspaceAsked): Promise<Finding[]> {
  const client = (token: string): WebClient =>
    new WebClient(token, {
      timeout: CALL_MS,
      retryConfig: { retries: 0 },
      rejectRateLimitedCalls: true,
      logLevel: LogLevel.ERROR,
      ...(asked.apiUrl === undefined ? {} : { slackApiUrl: asked.apiUrl }),
    });
  const bot = await examine("Slack", async () => {
    const { team, user, response_metadata: meta } = await client(asked.botToken).auth.test();
    const own: Finding = { what: "Slack", outcome: "pass", detail: `the bot is @${user} of ${team}` };
    const given = new Set(meta?.scopes ?? []);
    const missing = given.size === 0 ? [] : asked.scopes.filter((s) => !given.has(s));
    const places = await examinePlaces(client(asked.botToken), asked.places ?? []);
    if (missing.length === 0) return [own, ...places];
    const detail = `the app was installed without ${missing.join(", ")}`;
    const mend = [
      "paste manifest.yml under App Manifest at https://api.slack.com/apps, then Install App again",
    ];
    return [own, { what: "Slack permissions", outcome: "fail", detail, mend }, ...places];
  });
  const { appToken } = asked;
  if (appToken === undefined) return bot;
  const socket = await examine("Slack connection", async () => {
    await client(appToken).apps.connections.open();
    return [{ what: "Slack connection", outcome: "pass", detail: "Socket Mode gives one" }];
  });
  return [...bot, ...socket];
}

async function examine(what: string, look: () => Promise<Finding[]>): Promise<Finding[]> {
  try {
    return await look();
  } catch (error) {
    const { sentence, code } = what === "Slack" ? readTrouble(error) : connectionTrouble(error, ".");
    return [{ what, outcome: code === "no answer" ? "unknown" : "fail", detail: sentence }];
  }
}
