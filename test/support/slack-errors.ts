import { WebAPIPlatformError } from "@slack/web-api";

/** What the client throws when Slack answers `{ ok: false, error }`. */
export function platformError(error: string): WebAPIPlatformError {
  return new WebAPIPlatformError({ ok: false, error, response_metadata: {} });
}
