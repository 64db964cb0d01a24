import { slackTrouble } from "./api-errors.ts";
import { asSentence } from "./draw/text.ts";

const NEW =
  "Make a new one with connections:write on the app's page under Basic Information, App-Level Tokens";

/** The same refusals as of the bot token, whose remedy is another one. */
const REFUSED: Readonly<Record<string, string>> = {
  invalid_auth: "Slack does not accept the app-level token (invalid_auth).",
  not_authed: "No app-level token is sent (not_authed).",
  token_revoked: "The app-level token was revoked.",
  token_expired: "The app-level token has expired.",
  not_allowed_token_type: "The app-level token is one of another kind (not_allowed_token_type).",
  missing_scope: "The app-level token lacks connections:write (missing_scope).",
};

/** Why Slack gives no Socket Mode connection, and what to do about it. @param then how to go on with a new token */
export function connectionTrouble(
  error: unknown,
  then: string,
): { readonly code: string; readonly sentence: string } {
  const trouble = slackTrouble(error);
  if (trouble === undefined) {
    const why = error instanceof Error ? error.message : "the connection ended before it was greeted";
    return { code: "no connection", sentence: asSentence(why) };
  }
  const { code, sentence } = trouble;
  const refused = REFUSED[code];
  return { code, sentence: refused === undefined ? asSentence(sentence) : `${refused} ${NEW}${then}` };
}
