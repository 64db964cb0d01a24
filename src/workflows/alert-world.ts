import type { ForeignMessage } from "../domain/alert-message.ts";
import type { Silence } from "../domain/silence.ts";
import type { ChannelWorld } from "./channel-world.ts";

/** What alerts need of the world beside what channels need. */
export interface AlertWorld extends ChannelWorld {
  readonly alerts: {
    /** What alerts call hosts otherwise: label value → host. */
    readonly names: Readonly<Record<string, string>>;
    /** First match wins. */
    readonly channels: readonly { readonly on?: readonly string[] | undefined; readonly channel: string }[];
    readonly defaultChannel?: string;
    /** A refire this soon after its end is flapping. */
    readonly dampMs: number;
  };
  /** The host with this address; undefined when none or several have it. */
  hostAt(address: string): string | undefined;
  /** Names of the inventory. */
  hostNames(): readonly string[];
  /** What other apps posted in a Slack channel since the moment; empty where it cannot be read. */
  foreignMessages?(channel: string, oldest: number): Promise<readonly ForeignMessage[]>;
  /** The silences of an alerting system. */
  foreignSilences?(): Promise<readonly Silence[]>;
}
