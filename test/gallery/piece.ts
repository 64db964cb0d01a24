import type { Surface } from "../support/block-kit-limits.ts";

/** One message or view as it is sent to Slack. */
export interface Piece {
  readonly name: string;
  readonly surface: Surface;
  readonly payload: Readonly<Record<string, unknown>>;
  /** What stands at a form's fields, by block id, as the bot answers a submission. */
  readonly errors?: Readonly<Record<string, string>>;
}
