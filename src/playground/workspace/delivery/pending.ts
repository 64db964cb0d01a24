import type { Json } from "../json.ts";
import type { Connection } from "./connections.ts";
import type { EnvelopeType, Outcome } from "./delivery.ts";

/** An envelope that waits for its ack. */
export interface Pending {
  envelope: Json;
  type: EnvelopeType;
  attempt: number;
  sentTo?: Connection;
  /** whether the app has had it, on whichever connection */
  wasSent: boolean;
  sentAt: number;
  settle: (outcome: Outcome) => void;
}
