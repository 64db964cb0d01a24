import type { Host } from "../../src/domain/host.ts";

/** What a fix of the test does: works, or makes things worse and is taken back. */
export type Kind = "works" | "worse";

/** What a bot of the test is told, as one JSON argument. */
export interface Orders {
  /** The bot's name among replicas; "bot-1" unless another one is to take over. */
  readonly instance?: string;
  readonly dir: string;
  readonly url?: string;
  readonly host: Host;
  readonly hostKey: string;
  /** Where the site behind the host answers. */
  readonly sitePort: number;
  readonly kind: Kind;
  /** Dies at this point; without it, lives. */
  readonly killAt?: number;
  /** Whether points count from the very start (looking up what a predecessor left) or from its own run on. */
  readonly from: "start" | "run";
  /** "end": asks for nothing new, but approves what waits and works until nothing is left to do. */
  readonly task: "run" | "end";
}

/** The lock of a lane's host: the lanes share a machine. */
export function lockOf(sitePort: number): string {
  return `crash-${sitePort}`;
}
