/** Said in the thread when a host's trouble passes from one to another; the verdict itself says who has it. */
export interface ClaimBody {
  readonly kind: "claim";
  readonly what: "handed-over" | "taken-over" | "released";
  readonly runId: string;
  readonly host: string;
  /** Who pressed. */
  readonly actor: string;
  /** The other one: who has it now, or who had it. */
  readonly other?: string;
}
