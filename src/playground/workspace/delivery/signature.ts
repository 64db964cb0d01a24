import { createHmac } from "node:crypto";

/** Slack's request signature: HMAC-SHA256 over "v0:TIMESTAMP:BODY", hex, with "v0=" in front. */
export function sign(secret: string, timestampSeconds: number, body: string): string {
  const digest = createHmac("sha256", secret)
    .update(`v0:${String(timestampSeconds)}:${body}`)
    .digest("hex");
  return `v0=${digest}`;
}
