import type { PlaybookFolder } from "../playbook/load-all.ts";
import type { LoadEnvironment } from "../playbook/load-environment.ts";
import { lintPlaybooks } from "../playbook/lint.ts";
import type { Call } from "./call.ts";
import { type Answer, document } from "./output.ts";

/** `502 lint [FOLDER]`: every mistake and doubt in the playbooks; exits 1 when one has an error. */
export function lintCommand(folders: readonly PlaybookFolder[], env: LoadEnvironment, call: Call): Answer {
  const { ok, text, errors, warnings } = lintPlaybooks(folders, env);
  const exitCode = ok ? 0 : 1;
  return call.json ? document({ ok, errors, warnings }, exitCode) : { exitCode, out: `${text}\n` };
}
