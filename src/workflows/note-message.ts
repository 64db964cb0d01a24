/** Something said in a channel or thread that is neither a run nor a report: about alerts, watches and the like. */
export interface NoteBody {
  readonly kind: "note";
  readonly mood: "failing" | "warning" | "healthy" | "unknown";
  readonly title: string;
  readonly text: string;
  readonly lines: readonly string[];
  /** Ids in the text and the lines that are people to be mentioned; any others are mere words. */
  readonly people?: readonly string[];
  /** A Slack user group (S…) to be mentioned. */
  readonly userGroup?: string;
}

/** The thread key of a message in Slack that is not the bot's own. */
export const threadKeyOf = (ts: string): string => `ts:${ts}`;
