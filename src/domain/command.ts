/** How a remote command ended. "denied": sudo or the file system refused; "missing": the tool is absent; "cut": the output was bounded. */
export const ENDS = ["exited", "timed-out", "denied", "missing", "unreachable", "cut"] as const;
export type End = (typeof ENDS)[number];

/** One remote command of a wave: an argument vector, never a shell string. */
export interface Command {
  /** Unique in the wave; the check's id, with "#n" for the n-th instance of a for-each. */
  readonly id: string;
  readonly argv: readonly string[];
  /** Run through `sudo -n`: "never", "always", or "try" (with sudo where it is allowed, else plainly). */
  readonly sudo: "never" | "always" | "try";
  /** Run as this user through sudo (pm2's owner); undefined: root when sudo is used. */
  readonly runAs?: string | undefined;
  readonly timeoutMs: number;
  /** Standard output kept at most, in bytes: half from the head, half from the tail. */
  readonly maxBytes: number;
  /** Runs beside the others; its whole output must fit in 2,000 bytes (network probes). */
  readonly background?: boolean;
  /** Runs last, when the wave's background commands have ended: it reads what they made happen. */
  readonly late?: boolean;
}

/** One shape for success and failure of a remote command. */
export interface CommandResult {
  readonly id: string;
  readonly argv: readonly string[];
  readonly stdout: string;
  readonly stderr: string;
  /** null when the command did not exit by itself. */
  readonly exitCode: number | null;
  readonly end: End;
  readonly durationMs: number;
  /** True when the command ran with sudo (or the login user is root). */
  readonly privileged: boolean;
}
