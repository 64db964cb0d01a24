import type { Command } from "../domain/command.ts";
import { quoteWord } from "./quote.ts";
import { type Account, runner } from "./script-runner.ts";
import { boundary, callWords, timeoutSeconds } from "./wave-script.ts";

/** Seconds beyond the commands' own time-outs after which a fix shell that nobody steers ends itself. */
const GRACE_SECONDS = 180;

/** The script's line that says where its lock may lie. */
export const LOCK_FOLDERS = "D= FOLDERS='/run/lock /dev/shm /tmp'";

/**
 * Script of a fix, for the standard input of `sh -s`: takes the host's lock, then before each
 * command prints the frame `W:index` and waits for the line `go INDEX` on standard input; anything
 * else, or its end, ends the script. It stops after the first command that fails.
 * Frames besides those of a wave: `L:held:PATH` (another fix holds the lock), `W:index`, `G:index` (it
 * goes), `Z`.
 * Environment, locale and file mode stay the account's own: a started service may inherit them.
 * The lock is flock(1) on a file in the first folder that all accounts share (/run/lock is root's alone on RHEL), else
 * ~/.cache, or a directory where there is no flock; no command inherits it, so a daemon that a fix starts does not
 * keep it.
 */
export function fixScript(
  commands: readonly Command[],
  nonce: string,
  lockName: string,
  account?: Account,
): string {
  if (!/^[a-z0-9][a-z0-9-]*$/.test(lockName)) throw new RangeError(`not a lock name: ${lockName}`);
  if (commands.some((command) => command.background === true)) {
    throw new RangeError("a fix has no background commands");
  }
  const limit = commands.reduce((sum, command) => sum + timeoutSeconds(command), GRACE_SECONDS);
  return [
    "main() {",
    runner(boundary(nonce), account),
    lock(lockName, limit),
    "open",
    ...commands.map((command, index) => `step ${callWords(command, index)}`),
    "fin",
    "}",
    "main; exit 0",
    "",
  ].join("\n");
}

function lock(name: string, limit: number): string {
  const file = quoteWord(`fiveohtwo-${name}.lock`);
  return `
${LOCK_FOLDERS}
# Sticky folders are everybody's: every account of the host comes to the same one.
for d in $FOLDERS; do
  if [ -d "$d" ] && [ -k "$d" ] && [ -w "$d" ]; then D=$d; break; fi
done
if [ -z "$D" ]; then D=\${HOME:?}/.cache; mkdir -p "$D"; fi
L=$D/${file}
held() { frame "L:held:$1"; exit 0; }
[ ! -h "$L" ] || held "$L"
if command -v flock >/dev/null 2>&1; then
  ( umask 022; : >>"$L" ) 2>/dev/null
  [ -r "$L" ] || held "$L"
  exec 9<"$L"
  # ksh passes on no descriptor above 2 unless it is named again.
  flock -n 9 9<&9 || held "$L"
else
  mkdir "$L.d" 2>/dev/null || held "$L.d"
  trap 'rmdir "$L.d"' EXIT; trap 'exit 1' HUP INT TERM
fi
(
  n=0
  while kill -0 $$ && [ $n -lt ${limit} ]; do sleep 1; n=$((n + 1)); done
  if [ $n -ge ${limit} ]; then kill -TERM $$; fi
) </dev/null >/dev/null 2>&1 9>&- &
step() {
  frame "W:$1"; frame "W:$1" >&2
  IFS= read -r go || exit 1
  [ "$go" = "go $1" ] || { fin; exit 0; }
  frame "G:$1"
  f "$@"
  [ "$c" = 0 ] || { fin; exit 0; }
}`.trim();
}
