import { LogLevel, WebClient } from "@slack/web-api";
import type { Patience, SlackFinding } from "../workflows/slack-finding.ts";
import { type ApiTrouble, readTrouble } from "./api-errors.ts";

const CALL_MS = 8_000;
/** How often a Slack that is busy is asked again, and the longest it may ask to wait. */
const MORE_TRIES = 3;
const LONGEST_WAIT_MS = 60_000;

export interface WorkspaceAsked {
  /** Each is asked about where it is given; in HTTP mode there is no app-level token. */
  readonly botToken?: string;
  readonly appToken?: string;
  /** Ends in a slash; undefined: Slack itself. */
  readonly apiUrl?: string;
  /** What the manifest asks for. */
  readonly scopes: readonly string[];
  /** Absent: Slack is asked once. */
  readonly patience?: Patience;
}

const APP_TOKEN_WHERE =
  "generate one at https://api.slack.com/apps: the app → Basic Information → App-Level Tokens, with the scope connections:write (xapp-…)";

/** What Slack says against an app-level token; each is mended at the same place. */
const APP_TOKEN: Readonly<Record<string, string>> = {
  invalid_auth: "Slack does not accept the app-level token (invalid_auth).",
  not_authed: "No app-level token is sent (not_authed).",
  token_revoked: "The app-level token was revoked (token_revoked).",
  token_expired: "The app-level token has expired (token_expired).",
  account_inactive: "The app of the app-level token was deleted or its workspace closed (account_inactive).",
  not_allowed_token_type: "The app-level token is a token of another kind (not_allowed_token_type).",
  missing_scope: "The app-level token lacks connections:write (missing_scope).",
};

/** What `502 doctor` says of the workspace: whose bot the token is, which permissions it lacks, and whether a connection is given. */
export async function examineWorkspace(asked: WorkspaceAsked): Promise<SlackFinding[]> {
  const { botToken, appToken, patience } = asked;
  const client = (token: string): WebClient =>
    new WebClient(token, {
      timeout: CALL_MS,
      retryConfig: { retries: 0 },
      rejectRateLimitedCalls: true,
      logLevel: LogLevel.ERROR,
      ...(asked.apiUrl === undefined ? {} : { slackApiUrl: asked.apiUrl }),
    });
  const bot = async (token: string): Promise<SlackFinding[]> => {
    const { team, user, response_metadata: meta } = await client(token).auth.test();
    const detail = `the bot is @${user} of ${team}`;
    return [
      { what: "Slack", token: "bot", outcome: "pass", detail },
      ...permissions(meta?.scopes, asked.scopes),
    ];
  };
  const app = async (token: string): Promise<SlackFinding[]> => {
    await client(token).apps.connections.open();
    return [{ what: "Slack connection", token: "app", outcome: "pass", detail: "Socket Mode gives one" }];
  };
  return [
    ...(botToken === undefined ? [] : await examine(() => bot(botToken), botTrouble, patience)),
    ...(appToken === undefined ? [] : await examine(() => app(appToken), appTrouble, patience)),
  ];
}

function permissions(given: readonly string[] | undefined, wanted: readonly string[]): SlackFinding[] {
  const missing = given === undefined || given.length === 0 ? [] : wanted.filter((s) => !given.includes(s));
  if (missing.length === 0) return [];
  const detail = `the app was installed without ${missing.join(", ")}`;
  const mend = [
    "paste manifest.yml under App Manifest at https://api.slack.com/apps, then Install App again",
  ];
  return [{ what: "Slack permissions", token: "bot", outcome: "fail", trouble: "scopes", detail, mend }];
}

/** A busy Slack says nothing about a token: it is asked again, and only what it says of the token counts. */
async function examine(
  look: () => Promise<SlackFinding[]>,
  say: (trouble: ApiTrouble) => SlackFinding,
  patience: Patience | undefined,
): Promise<SlackFinding[]> {
  for (let tries = 0; ; tries++) {
    try {
      return await look();
    } catch (error) {
      const trouble = readTrouble(error);
      const busy = reasonOf(trouble) === "busy";
      if (!busy || patience === undefined || tries >= MORE_TRIES || trouble.retryMs > LONGEST_WAIT_MS)
        return [say(trouble)];
      await patience(trouble.retryMs, trouble.sentence);
    }
  }
}

function reasonOf({ kind, code }: ApiTrouble): NonNullable<SlackFinding["trouble"]> {
  if (kind === "token") return "refused";
  return code === "no answer" ? "unreachable" : "busy";
}

const REACH = "This machine must reach https://slack.com; behind a proxy set HTTPS_PROXY.";

function outcomeOf(trouble: ApiTrouble): Pick<SlackFinding, "outcome" | "trouble" | "mend"> {
  const reason = reasonOf(trouble);
  return {
    outcome: reason === "refused" ? "fail" : "unknown",
    trouble: reason,
    ...(reason === "unreachable" ? { mend: [REACH] } : {}),
  };
}

function botTrouble(trouble: ApiTrouble): SlackFinding {
  return { what: "Slack", token: "bot", ...outcomeOf(trouble), detail: trouble.sentence };
}

function appTrouble(trouble: ApiTrouble): SlackFinding {
  const detail = trouble.kind === "token" ? APP_TOKEN[trouble.code] : undefined;
  return {
    what: "Slack connection",
    token: "app",
    ...outcomeOf(trouble),
    detail: detail ?? trouble.sentence,
    ...(trouble.kind === "token" ? { mend: [APP_TOKEN_WHERE] } : {}),
  };
}
