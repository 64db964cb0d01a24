import {
  WebAPIHTTPError,
  WebAPIPlatformError,
  WebAPIRateLimitedError,
  WebAPIRequestError,
} from "@slack/web-api";

/**
 * What a failed Web API call means for what was to be said.
 * retry: later, the same; unsure: it may have been done although no answer came; unknown: likewise, by a word of
 * Slack's that is not known; place: the conversation cannot be written to; content: Slack refuses what was drawn;
 * token: nothing goes until somebody mends the installation.
 */
export interface ApiTrouble {
  readonly kind: "retry" | "unsure" | "unknown" | "place" | "content" | "gone" | "token";
  /** Slack's own word, or the network's. */
  readonly code: string;
  readonly retryMs: number;
  /** What a person is told. */
  readonly sentence: string;
}

const PLACE: Readonly<Record<string, string>> = {
  not_in_channel: "I am not in that channel: invite me with /invite @fiveohtwo",
  channel_not_found: "I cannot see that channel: invite me with /invite @fiveohtwo",
  is_archived: "that channel is archived; ask in another one",
  restricted_action: "the workspace does not let me post there; ask in another channel",
  restricted_action_read_only_channel: "that channel is read-only; ask in another one",
  restricted_action_thread_only_channel: "that channel allows only replies in threads; ask in another one",
  restricted_action_non_threadable_channel: "that channel allows no threads; ask in another one",
  restricted_action_thread_locked: "that thread is locked; ask in the channel itself",
  thread_not_found: "the thread is gone; ask in the channel itself",
  cannot_reply_to_message: "that message takes no replies; ask in the channel itself",
  user_not_found: "Slack knows no such person; choose somebody else",
  cannot_dm_bot: "a bot takes no direct messages; choose a person",
  messages_tab_disabled: "my messages tab is switched off in the app's settings; ask in a channel",
  user_disabled: "that account is deactivated; choose somebody else",
  ekm_access_denied:
    "the administrators of the workspace have suspended access there; ask them, or ask in another channel",
  access_denied: "the workspace does not let me do that; ask its administrators",
  file_uploads_disabled: "the workspace takes no files; its administrators can allow them",
  file_upload_size_restricted:
    "the workspace takes no files of this size; 502 HOST in the terminal shows it all",
  storage_limit_reached: "the workspace's space for files is full; its administrators can free some",
  slack_connect_file_link_sharing_blocked:
    "the workspace shares no files with other organisations; ask in a channel of its own",
  no_permission:
    "the app may not do that there: invite me with /invite @fiveohtwo, or ask in another channel",
  posting_to_channel_denied: "the app may not post there; ask in another channel",
  invalid_channel: "I cannot see that channel: invite me with /invite @fiveohtwo",
  is_inactive: "that channel is archived or frozen; ask in another one",
  external_channel_migrating: "that channel is being moved to another workspace; ask in another one",
  team_not_found: "the workspace of that channel cannot be found; ask in another channel",
  team_access_not_granted:
    "the app has no access to that workspace: its administrators can grant it; ask in another channel",
  message_limit_exceeded:
    "the workspace has used up its messages (a limit of free ones); its administrators can lift it",
  user_not_in_channel: "you are not in that channel: join it, or ask in another one",
  user_not_visible: "that person cannot be seen from here; choose somebody else",
  not_enabled: "my Home tab is switched off in the app's settings; use /502 in a channel",
};

const OURS = "That is a mistake of the bot's own: tell whoever runs it.";

const CONTENT = new Set([
  "invalid_blocks",
  "invalid_blocks_format",
  "msg_too_long",
  "msg_blocks_too_long",
  "no_text",
  "invalid_arguments",
  "too_many_attachments",
  "metadata_too_large",
  "invalid_metadata_format",
  "invalid_metadata_schema",
  "metadata_must_be_sent_from_app",
  "block_mismatch",
  "view_too_large",
  "missing_argument",
  "alt_txt_too_large",
  "invalid_arg_name",
  "invalid_array_arg",
  "invalid_charset",
  "invalid_form_data",
  "invalid_post_type",
  "missing_post_type",
]);

/** What was to be changed is not there any more, or nobody waits for it. */
const GONE: Readonly<Record<string, string>> = {
  message_not_found: "the message is gone; type /502 and the host's name for a new one",
  cant_update_message: "the message is not mine to change; type /502 and the host's name for a new one",
  edit_window_closed: "the message is too old to be changed; type /502 and the host's name for a new one",
  not_found: "the form is closed; open it again",
  view_not_found: "the form is closed; open it again",
  hash_conflict: "the form has changed meanwhile; open it again",
  push_limit_reached: "too many forms lie on top of each other: close them first",
  ...Object.fromEntries(
    [
      "expired_trigger_id",
      "exchanged_trigger_id",
      "invalid_trigger_id",
      "trigger_expired",
      "trigger_exchanged",
    ].map((code) => [code, "the press is too old for a form; press again"]),
  ),
};

/** Slack's own failures: what was sent may have been taken. */
const TROUBLED = new Set([
  "fatal_error",
  "internal_error",
  "service_unavailable",
  "request_timeout",
  "team_added_to_org",
  "update_failed",
  "file_update_failed",
  "file_not_found",
]);

const LIMITED = new Set(["ratelimited", "rate_limited"]);

const TOKEN: Readonly<Record<string, string>> = {
  invalid_auth:
    "Slack does not accept the bot token (invalid_auth). Set the Bot User OAuth Token of the app's page, then restart the bot.",
  not_authed: "No bot token is sent (not_authed). Set the bot token, then restart the bot.",
  token_revoked: "The bot token was revoked. Install the app again, set the new token, then restart the bot.",
  token_expired: "The bot token has expired. Install the app again, set the new token, then restart the bot.",
  account_inactive:
    "The app was uninstalled or its workspace closed (account_inactive). Install it again, then restart the bot.",
  not_allowed_token_type:
    "The bot token is one of another kind (not_allowed_token_type). Set the Bot User OAuth Token (xoxb-…), then restart the bot.",
  missing_scope:
    "A permission of the app is missing (missing_scope). Paste manifest.yml again and install the app again.",
  two_factor_setup_required:
    "Slack asks for two-factor sign-in (two_factor_setup_required). Whoever installed the app sets it up, then restart the bot.",
  enterprise_is_restricted:
    "The app is installed where it may not be used (enterprise_is_restricted). Install it in the workspace itself, set the new token, then restart the bot.",
  accesslimited:
    "Slack takes no calls from this network (accesslimited). The workspace's administrators can allow the bot's address; messages wait until then.",
  org_login_required:
    "The workspace is being moved into an organisation (org_login_required). There is nothing to do: messages wait until Slack is done.",
  ...Object.fromEntries(
    ["method_deprecated", "deprecated_endpoint"].map((code) => [
      code,
      `Slack has switched off a call that this version makes (${code}). Update fiveohtwo, then restart the bot.`,
    ]),
  ),
};

/** Every error of Slack's that is told apart here. */
export const ERRORS: readonly string[] = [
  ...Object.keys(PLACE),
  ...CONTENT,
  ...Object.keys(GONE),
  ...Object.keys(TOKEN),
  ...TROUBLED,
  ...LIMITED,
];

/** True where a form came too late, or a second time, for the press that asks for it. */
export function isLatePress(error: unknown): boolean {
  return error instanceof WebAPIPlatformError && /trigger/.test(error.data.error);
}

/** Reads an error of the Web API client; anything else is thrown on as it is. */
export function readTrouble(error: unknown): ApiTrouble {
  if (error instanceof WebAPIRateLimitedError) {
    const retryMs = Math.max(1, error.retryAfter) * 1000;
    return { kind: "retry", code: "ratelimited", retryMs, sentence: "Slack asks to wait." };
  }
  if (error instanceof WebAPIPlatformError) return platform(error);
  if (error instanceof WebAPIHTTPError) {
    // A gateway may answer after the message was taken.
    return {
      kind: "unsure",
      code: `http ${error.statusCode}`,
      retryMs: 2_000,
      sentence: "Slack has trouble.",
    };
  }
  if (error instanceof WebAPIRequestError) {
    return { kind: "unsure", code: "no answer", retryMs: 1_000, sentence: "Slack cannot be reached." };
  }
  throw error;
}

/** The same; undefined where the error is none of Slack's. */
export function slackTrouble(error: unknown): ApiTrouble | undefined {
  try {
    return readTrouble(error);
  } catch {
    return undefined;
  }
}

/** Whether the same may work at another try. */
export function mayPass(trouble: Pick<ApiTrouble, "kind"> | undefined): boolean {
  return trouble?.kind === "retry" || isDoubtful(trouble);
}

/** Whether it may have been done although Slack did not say so: it is looked for before another try. */
export function isDoubtful(trouble: Pick<ApiTrouble, "kind"> | undefined): boolean {
  return trouble?.kind === "unsure" || trouble?.kind === "unknown";
}

function platform(error: WebAPIPlatformError): ApiTrouble {
  const code = error.data.error;
  const place = PLACE[code];
  if (place !== undefined) return { kind: "place", code, retryMs: 0, sentence: place };
  if (CONTENT.has(code))
    return { kind: "content", code, retryMs: 0, sentence: `Slack refuses the message (${code}). ${OURS}` };
  const gone = GONE[code];
  if (gone !== undefined) return { kind: "gone", code, retryMs: 0, sentence: gone };
  const token = TOKEN[code];
  if (token !== undefined) return { kind: "token", code, retryMs: 30_000, sentence: token };
  if (TROUBLED.has(code)) return { kind: "unsure", code, retryMs: 5_000, sentence: "Slack has trouble." };
  if (LIMITED.has(code)) return { kind: "retry", code, retryMs: 5_000, sentence: "Slack asks to wait." };
  // The client takes a body that is no JSON for the error's name: a proxy's page is no word of Slack's.
  if (!/^[a-z0-9_]{1,60}$/.test(code))
    return { kind: "unsure", code: "no JSON", retryMs: 5_000, sentence: "Slack gave no usable answer." };
  const sentence = `Slack answers ${code}, which I do not know: ask in another channel, and tell whoever runs the bot`;
  return { kind: "unknown", code, retryMs: 5_000, sentence };
}
