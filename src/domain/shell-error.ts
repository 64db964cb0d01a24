/** Why a host could not be spoken to. */
const SHELL_ERROR_CODES = [
  "unknown-host-key",
  "changed-host-key",
  "revoked-host-key",
  "refused",
  "no-route",
  "dns",
  "connect-timeout",
  "auth-failed",
  "hop-failed",
  "hop-timeout",
  "key-unreadable",
  "key-encrypted",
  "unsupported-config",
  "lost",
  "locked",
] as const;
export type ShellErrorCode = (typeof SHELL_ERROR_CODES)[number];

/** A sentence for a person, and the command that mends it. */
export class ShellError extends Error {
  readonly code: ShellErrorCode;
  readonly hint: string;

  constructor(code: ShellErrorCode, message: string, hint: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "ShellError";
    this.code = code;
    this.hint = hint;
  }
}
