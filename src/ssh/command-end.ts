import type { Command, End } from "../domain/command.ts";
import { timeoutSeconds } from "../playbook/wave-script.ts";

/** By whose rights the command ran: "0" the account's, "1" sudo's or root's, "d" sudo refused and it did not run. */
export type Rights = "0" | "1" | "d";

/**
 * How a command ended, from its exit status, standard error and the time it took.
 * timeout(1) exits 124, or 137 after its SIGKILL; busybox's lets 143 through. Any program may exit
 * so by itself (the out-of-memory killer gives 137), therefore the clock must agree.
 */
export function commandEnd(
  command: Command,
  code: number,
  rights: Rights,
  stderr: string,
  durationMs: number,
): End {
  if (rights === "d") return "denied";
  const limit = timeoutSeconds(command) * 1000;
  // Markers may arrive late, never early: a short time proves less than a long one.
  if (code === 124 && durationMs >= limit * 0.5) return "timed-out";
  if ((code === 137 || code === 143) && durationMs >= limit * 0.9) return "timed-out";
  const program = command.argv[0] ?? "";
  if (code === 127 && stderr.includes(program) && /not found|no such file/i.test(stderr)) return "missing";
  if (code === 126 && stderr.includes(program) && /permission denied/i.test(stderr)) return "denied";
  if (code === 1 && rights === "1" && stderr.includes(`sudo: ${program}: command not found`))
    return "missing";
  return "exited";
}
