import { helpOf, helpText } from "../grammar/help.ts";
import { verbOf } from "../grammar/verbs.ts";
import type { Call } from "./call.ts";
import type { Answer } from "./output.ts";

/** `502 help`, and `502 VERB --help` for one verb. */
export function helpCommand(call: Call): Answer {
  const { about } = call.args;
  const text = about === undefined ? helpText("terminal") : helpOf(verbOf(about), "terminal");
  return { exitCode: 0, out: `${text}\n` };
}
