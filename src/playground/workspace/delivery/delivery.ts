import { randomUUID } from "node:crypto";
import { at, str } from "../json.ts";
import type { Json } from "../json.ts";

/** The three kinds of envelopes the workspace sends to an app. */
export type EnvelopeType = "slash_commands" | "interactive" | "events_api";

/** How a delivery ended: acked with what the app answered, too late, or nobody there to take it. */
export type Outcome =
  | { end: "acked"; payload: unknown; ms: number }
  | { end: "timeout" }
  | { end: "unreachable" };

/** The way to the app: Socket Mode or signed HTTP requests. */
export interface Delivery {
  /** Sends one envelope; `name` is what fault rules match: the command type, payload type or event type. */
  send: (type: EnvelopeType, payload: Json, name: string) => Promise<Outcome>;
  close: () => Promise<void>;
}

/** Slack waits so long for an ack. */
export const ACK_TIMEOUT_MS = 3_000;
/** Slack retries an unacked event at once, after one minute, and after five. */
export const EVENT_RETRY_DELAYS_MS = [0, 60_000, 300_000];

/** A new envelope; only an event says how often it was tried. */
export function newEnvelope(type: EnvelopeType, payload: Json): Json {
  const isEvent = type === "events_api";
  return {
    envelope_id: randomUUID(),
    payload,
    type,
    accepts_response_payload: !isEvent,
    ...(isEvent ? { retry_attempt: 0, retry_reason: "" } : {}),
  };
}

/** What fault rules match for an envelope: the command, or the payload's or event's own type. */
export function envelopeName(type: EnvelopeType, envelope: Json): string {
  if (type === "slash_commands") return type;
  return str(at(envelope, "payload", "event", "type") ?? at(envelope, "payload", "type"));
}

/** Which of Slack's machines speaks. */
export const DEBUG_INFO = { host: "applink-sim" };

/** The first message on a connection. */
export function hello(appId: string, connections: number, lifetimeMs: number): string {
  const seconds = Math.floor(lifetimeMs / 1000);
  return JSON.stringify({
    type: "hello",
    num_connections: connections,
    debug_info: { ...DEBUG_INFO, build_number: 1, approximate_connection_time: seconds },
    connection_info: { app_id: appId },
  });
}
