import type { BoundFix } from "../domain/fix.ts";
import type { Command } from "../domain/command.ts";

type Edit = NonNullable<BoundFix["edit"]>;

/** How the scripts below end. */
export const EDIT_EXIT = {
  changedSince: 41,
  lineDiffers: 42,
  nothingDone: 43,
  inGit: 44,
  testFailedRestored: 45,
  notRestored: 46,
  cutOff: 47,
} as const;

// Both scripts are constant text: whatever belongs to one edit comes as arguments, so nothing needs quoting.
// The backup is a hidden file beside the original: `include sites-enabled/*` does not match it. What is written
// starts as a copy with all attributes and takes the original's place by rename, so no reader sees half a file.
// A lost connection must not stop them half way: HUP and PIPE are ignored.
const COMMON = `set -u; LC_ALL=C; export LC_ALL; trap '' HUP PIPE; umask 077
f=$(readlink -f "$1") || exit 43; want=$2; dir=\${f%/*}; base=\${f##*/}
bak=$dir/.$base.502-$3.bak; new=$dir/.$base.502-$3.new; two=$new.2
sum() { s=$(sha256sum <"$1") || return 1; printf %s "\${s%% *}"; }
[ -f "$f" ] || { echo "not a file: $f"; exit 43; }
restore() { cp -a "$bak" "$new" && mv -f "$new" "$f" && [ "$(sum "$f")" = "$want" ]; }
`;

const EDIT = `${COMMON}have=$(sum "$f") || exit 43
[ "$have" = "$want" ] || { echo "sha256 $have"; exit 41; }
# Whose repository it is decides what git runs: no hook, no monitor.
owned() { git -c core.fsmonitor=false -c core.hooksPath=/dev/null -C "\${dir:-/}" "$@" 2>/dev/null; }
if [ "$4" = refuse ] && owned ls-files --error-unmatch -- "$base" >/dev/null && [ -z "$(owned status --porcelain -- "$base")" ]
then echo "in git, without changes"; exit 44; fi
drop() { rm -f "$new" "$two"; [ "$made" = no ] || rm -f "$bak"; }
made=no
if [ -e "$bak" ]; then [ "$(sum "$bak")" = "$want" ] || { echo "a different backup is in the way: $bak"; exit 43; }
else made=yes; cp -a "$f" "$bak" && [ "$(sum "$bak")" = "$want" ] || { rm -f "$bak"; exit 43; }; fi
cp -a "$f" "$new" || { drop; exit 43; }
k=$5; shift 5
while [ "$k" -gt 0 ]; do
  n=$1; old=$2; text=$3; shift 3; k=$((k - 1))
  now=$(tail -n "+$n" "$new" | head -n 1)
  [ "$now" = "$old" ] || { echo "line $n is now: $now"; drop; exit 42; }
  end='\\n'; if [ "$n" -gt "$(wc -l <"$new")" ]; then
    end=; [ -n "$(tail -c 1 "$new")" ] || { echo "there is no line $n"; drop; exit 42; }
  fi
  { [ "$n" -eq 1 ] || head -n "$((n - 1))" "$new"; printf "%s$end" "$text"; tail -n "+$((n + 1))" "$new"; } >"$two" && cat "$two" >"$new" || { drop; exit 43; }
done
rm -f "$two"; made=keep; edited=$(sum "$new") && mv -f "$new" "$f" || { rm -f "$new" "$bak"; exit 43; }
trap 'restore; exit 47' TERM INT
echo "edited $edited"
if said=$("$@" 2>&1 </dev/null); then printf '%s\\n' "$said"; exit 0; fi
printf '%s\\n' "$said"
restore && { rm -f "$bak"; exit 45; }
echo "restore by hand: cp -a $bak $f"; exit 46
`;

const RESTORE = `${COMMON}edited=$4; shift 4
[ "$(sum "$bak")" = "$want" ] || { echo "no good backup at $bak"; exit 43; }
have=$(sum "$f") || exit 43
[ "$have" = "$want" ] || [ "$have" = "$edited" ] || { echo "changed by somebody else since: sha256 $have"; exit 41; }
restore || { rm -f "$new"; echo "restore by hand: cp -a $bak $f"; exit 46; }
rm -f "$bak"; "$@" </dev/null
`;

const MARGIN_MS = 10_000;

function frame(edit: Edit, id: string, script: string, rest: readonly string[]): Command {
  return {
    id,
    argv: ["sh", "-c", script, "fiveohtwo", edit.path, edit.sha256, ...rest],
    sudo: "always",
    timeoutMs: edit.test.timeoutMs + MARGIN_MS,
    maxBytes: edit.test.maxBytes,
  };
}

/**
 * The command that edits a file on its host: whole-file hash, line number and old text compared there, backup,
 * rename into place, the fix's own test; restored to the very bytes when the test fails. Nothing that was
 * redacted can be written back: a redacted line does not equal the one in the file.
 */
export function editCommand(edit: Edit, runId: string): Command {
  // From the bottom up, so that an edit that adds lines does not move the next.
  const edits = edit.edits.toSorted((a, b) => b.line - a.line);
  const words = edits.flatMap((e) => [String(e.line), e.oldText, e.newText]);
  return frame(edit, "edit", EDIT, [
    runId,
    edit.managed === undefined ? "refuse" : "allow",
    String(edits.length),
    ...words,
    ...edit.test.argv,
  ]);
}

/** The command that puts the backup back and tests it; refuses when somebody else changed the file meanwhile. */
export function restoreCommand(edit: Edit, runId: string, editedSha256: string): Command {
  return frame(edit, "restore", RESTORE, [runId, editedSha256, ...edit.test.argv]);
}

/** The hash of the edited file as the edit said it, or undefined. */
export function editedHash(stdout: string): string | undefined {
  return /^edited ([0-9a-f]{64})$/m.exec(stdout)?.[1];
}

/** Where the edit keeps the original. */
export function backupPath(edit: Edit, runId: string): string {
  const slash = edit.path.lastIndexOf("/");
  return `${edit.path.slice(0, slash)}/.${edit.path.slice(slash + 1)}.502-${runId}.bak`;
}

/** What a person is told when it is not known whether the edit was made. */
export function sayUnsure(edit: BoundFix["edit"], runId: string): string {
  return edit === undefined ? "" : `If ${edit.path} was edited, the original is ${backupPath(edit, runId)}.`;
}
