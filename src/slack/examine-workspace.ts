import { LogLevel, WebClient } from "@slack/web-api";
import type { Patience, SlackFinding } from "../workflows/slack-finding.ts";
import { type ApiTrouble, readTrouble } from "./api-errors.ts";
import { connectionTrouble } from "./app-token.ts";
import { examinePlaces, type NamedPlace } from "./examine-places.ts";

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
  /** What messages go to by themselves. */
  readonly places?: readonly NamedPlace[];
  /** Absent: Slack is asked once. */
  readonly patience?: Patience;
}

/** What `502 doctor` says of the workspace: whose bot the token is, which permissions it lacks, whether what is named takes messages, and whether a connection is given. */
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
    const places = await examinePlaces(client(token), asked.places ?? []);
    return [
      { what: "Slack", token: "bot", outcome: "pass", detail: `the bot is @${user} of ${team}` },
      ...permissions(meta?.scopes, asked.scopes),
      ...places.map((finding): SlackFinding => ({ ...finding, token: "bot" })),
    ];
  };
  const app = async (token: string): Promise<SlackFinding[]> => {
    await client(token).apps.connections.open();
    return [{ what: "Slack connection", token: "app", outcome: "pass", detail: "Socket Mode gives one" }];
  };
  return [
    ...(botToken === undefined ? [] : await examine("bot", () => bot(botToken), patience)),
    ...(appToken === undefined ? [] : await examine("app", () => app(appToken), patience)),
  ];
}

function permissions(given: readonly string[] | undefined, wanted: readonly string[]): SlackFinding[] {
  const missing = given === undefined || given.length === 0 ? [] : wanted.filter((s) => !given.includes(s));
  if (missing.length === 0) return [];
  const detail = `the app was installed without ${missing.join(", ")}`;
  const mend = [
    "paste manifest.yml under App Manifest at https://api.slack.com/apps, then Install App again",
  ];
  return [
    { what: "Slack permissions", token: "bot", outcome: "fail", trouble: "installation", detail, mend },
  ];
}

/** A busy Slack says nothing about a token: it is asked again, and only what it says of the token counts. */
async function examine(
  token: SlackFinding["token"],
  look: () => Promise<SlackFinding[]>,
  patience: Patience | undefined,
): Promise<SlackFinding[]> {
  for (let tries = 0; ; tries++) {
    try {
      return await look();
    } catch (error) {
      const { retryMs, sentence, ...read } = readTrouble(error);
      const trouble = reasonOf(read);
      const more = trouble === "busy" && tries < MORE_TRIES && retryMs <= LONGEST_WAIT_MS;
      if (!more || patience === undefined) return [finding(token, trouble, error)];
      await patience(retryMs, sentence);
    }
  }
}

/** What Slack says of the token itself; of the rest of its kind the installation is to be mended. */
const REFUSALS = new Set([
  "invalid_auth",
  "not_authed",
  "token_revoked",
  "token_expired",
  "account_inactive",
  "not_allowed_token_type",
  "missing_scope",
]);

function reasonOf({ kind, code }: Pick<ApiTrouble, "kind" | "code">): NonNullable<SlackFinding["trouble"]> {
  if (REFUSALS.has(code)) return "refused";
  if (kind === "token") return "installation";
  return code === "no answer" ? "unreachable" : "busy";
}

const REACH = "This machine must reach https://slack.com; behind a proxy set HTTPS_PROXY.";

function finding(
  token: SlackFinding["token"],
  trouble: NonNullable<SlackFinding["trouble"]>,
  error: unknown,
): SlackFinding {
  const { kind, code, sentence } = readTrouble(error);
  // The sentences of the other kinds speak of a message that was to be sent.
  const ofSlack = kind === "token" || kind === "retry" || kind === "unsure";
  const own = token === "app" ? connectionTrouble(error, ".").sentence : sentence;
  return {
    what: token === "app" ? "Slack connection" : "Slack",
    token,
    trouble,
    outcome: trouble === "refused" || trouble === "installation" ? "fail" : "unknown",
    detail: ofSlack ? own : `Slack answers ${code}, which says nothing of the token.`,
    ...(trouble === "unreachable" ? { mend: [REACH] } : {}),
  };
}
