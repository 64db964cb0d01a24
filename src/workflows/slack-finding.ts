import type { Finding } from "./examine-host.ts";

/** What was found out about one of the two tokens of the Slack app. */
export interface SlackFinding extends Finding {
  readonly token: "bot" | "app";
  /**
   * Why it does not pass. refused: Slack does not take the token; installation: it takes the token, and the app or
   * its workspace is to be mended; busy: Slack answered, but not about the token; unreachable: it did not answer.
   */
  readonly trouble?: "refused" | "installation" | "busy" | "unreachable";
}

/** Waits so long before Slack is asked again, because of what it said. */
export type Patience = (ms: number, because: string) => Promise<void>;
