import { helpAbout, helpText } from "../grammar/help.ts";
import type { Call } from "./call.ts";
import { type Answer, USAGE } from "./output.ts";

/** `502 help`, and `502 VERB --help` for one verb. */
export function helpCommand(call: Call): Answer {
  const { about } = call.args;
  if (about === undefined) return { exitCode: 0, out: `${helpText("terminal")}\n` };
  const said = helpAbout(about, "terminal", () => true);
  if ("usage" in said) return { exitCode: 0, out: `${said.usage}\n` };
  return { exitCode: USAGE, err: `${said.sorry} 502 help lists the commands.\n` };
}
