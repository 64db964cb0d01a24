import { z } from "zod";
import { linesOf, type Output } from "./output.ts";

export const sudoListSchema = z.object({
  /** False: sudo knows the user but allows nothing, or wants a password even to say what it allows. */
  listed: z.boolean(),
  rules: z.array(z.object({ runAs: z.string(), passwordless: z.boolean(), commands: z.array(z.string()) })),
  /** Everything as root without a password. */
  all: z.boolean(),
});
export type SudoList = z.infer<typeof sudoListSchema>;

const RULE = /^\s{4}\(([^)]{1,200})\) ?((?:[A-Z_]{4,20}: ?){0,6})(.{1,20000})$/;

/** What sudo allows without a password, from `sudo -n -l`. No sudo, or no answer, is undefined. */
export function parseSudoList(output: Output): SudoList | undefined {
  if (output.end !== "exited" && output.end !== "cut" && output.end !== "denied") return undefined;
  if (
    /a password is required|not allowed to run sudo|may not run sudo|not in the sudoers/.test(
      output.stderr + output.stdout,
    )
  ) {
    return output.exitCode === null ? undefined : { listed: false, rules: [], all: false };
  }
  if (output.end === "denied" || output.exitCode !== 0) return undefined;
  const rules = linesOf(output.stdout).flatMap((line) => {
    const match = RULE.exec(line);
    if (match === null) return [];
    // sudo escapes a comma inside a command.
    const commands = (match[3] ?? "")
      .split(/(?<!\\), /)
      .map((one) => one.replaceAll("\\,", ",").replaceAll("\\:", ":").trim());
    return [{ runAs: match[1] ?? "", passwordless: (match[2] ?? "").includes("NOPASSWD:"), commands }];
  });
  if (rules.length === 0) return undefined;
  const all = rules.some(
    (one) => one.passwordless && /^(?:ALL|root)\b/.test(one.runAs) && one.commands.includes("ALL"),
  );
  return { listed: true, rules, all };
}
