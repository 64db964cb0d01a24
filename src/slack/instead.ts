import type { OutboxMessage } from "../workflows/ports.ts";

/** Stands where a message could not be drawn; nothing in it needs a look at the state. */
export interface UndrawnBody {
  readonly kind: "undrawn";
  /** What asks for the same again: a host, or "@web". */
  readonly again?: string;
  /** Whoever asked, if the place cannot be written to either. */
  readonly asker?: string;
}

/** Goes to whoever asked, directly, since the place it belongs to cannot be written to. */
export interface ToldBody {
  readonly kind: "told";
  /** The message's own body, as an object: others look for words in a row (second-outlet.ts). */
  readonly body: unknown;
  readonly place: string;
  readonly why: string;
}

/** The key of what is told instead of the message with this key: its revisions share one direct message, too. */
export const toldKey = (key: string): string => `told:${key}`;

/** The row of what is told instead; what belongs into a thread follows what its root was told as. */
export function toldMessage(
  message: OutboxMessage,
  to: string,
  why: string,
  id: string,
): Omit<OutboxMessage, "ts"> {
  const own: unknown = JSON.parse(message.body);
  const body: ToldBody = { kind: "told", body: own, place: message.channel, why };
  return {
    id,
    channel: to,
    key: toldKey(message.key),
    body: JSON.stringify(body),
    createdAt: message.createdAt,
    ...(message.threadKey === undefined ? {} : { threadKey: toldKey(message.threadKey) }),
  };
}
