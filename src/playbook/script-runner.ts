import { quoteWord } from "./quote.ts";

/** What an earlier wave of the session learnt about the account, so that it is asked once only. */
export interface Account {
  readonly uid: number;
  /** "some": a rule may work; "none": sudo is absent or refuses everything. */
  readonly sudo: "unknown" | "some" | "none";
}

/**
 * Text by which sudo says that it did not run the command (sudo 1.8 and 1.9, sudo-rs).
 * A warning such as "unable to resolve host" is not among them: there the command has run.
 */
const REFUSALS = [
  '*"sudo: a password is required"*',
  '*"sudo: a terminal is required"*',
  '*"sudo: interactive authentication is required"*',
  '*"sudo: sorry, you must have a tty"*',
  '*"sudo: I\'m sorry "*',
  '*"Sorry, user "*',
  '*" is not in the sudoers file"*',
  '*" may not run sudo"*',
  '*" is not allowed to run sudo"*',
  '*"sudo: account validation failure"*',
  '*"sudo: PAM "*',
  '*"sudo: no valid sudoers"*',
  '*"sudo: unable to open /etc/sudoers"*',
  '*"sudo: effective uid is not 0"*',
  '*"must be owned by uid 0 and have the setuid bit set"*',
  '*"no new privileges"*',
].map((pattern) => `1:${pattern}`);

/**
 * Shell functions that run a command under its limits and frame its output; POSIX sh only (dash,
 * bash, ksh, mksh and busybox ash are tested).
 *
 * Why so: timeout(1) cannot end a process that sudo made root's, so a command under sudo runs
 * without it and the reader's own clock abandons it. sudo's standard error is held back until the
 * command ends, since only its text tells a refusal from a command that failed; a command that
 * sudo refused has not run, so running it plainly after that is its first run.
 */
export function runner(boundary: string, account?: Account): string {
  const known = account ?? { uid: undefined, sudo: "unknown" };
  return `
frame() { printf '%s%s\\n' ${quoteWord(boundary)} "$1" || exit 1; }
ends() { frame "E:$1:$c:$w"; frame "E:$1" >&2; }
PATH=$PATH:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin; export PATH
unset ENV BASH_ENV CDPATH; IFS=' 	
'; nl='
'
U=${known.uid ?? "$(id -u)"}; N=; S=${known.sudo}; X='sudo: not run: it has refused everything before'
if ! command -v sudo >/dev/null 2>&1; then S=none; X='sudo: not installed'; fi
if timeout -k 1 5 true 2>/dev/null; then T=kill; elif timeout 5 true 2>/dev/null; then T=plain
elif timeout -t 5 true 2>/dev/null; then T=old; else T=none; fi
open() { frame "S:$U:$S"; frame S >&2; }
fin() { frame "Z:$S"; frame Z >&2; }
own() {
  t=$1; shift
  case $T in
    kill) timeout -k 1 "$t" "$@" ;;
    plain) timeout "$t" "$@" ;;
    old) timeout -t "$t" "$@" ;;
    *) ( exec "$@" ) ;;
  esac
}
refused() {
  case $c:$e in ${REFUSALS.join("|")}) return 0 ;; esac
  return 1
}
run() {
  m=$1 s=$2 u=$3; shift 3
  w=0; c=0
  if [ -n "$u" ]; then
    [ -n "$N" ] || N=$(id -un)
    if [ "$u" = "$N" ]; then u=; m=never; fi
  fi
  if [ "$U" = 0 ]; then
    w=1
    if [ -z "$u" ]; then own "$s" "$@"
    elif [ "$S" != none ]; then own "$s" sudo -n -H -u "$u" -- "$@"
    else own "$s" su -s /bin/sh -c 'exec "$0" "$@"' -- "$u" "$@"
    fi
    c=$?
  elif [ "$m" = never ]; then own "$s" "$@"; c=$?
  else
    if [ "$S" = none ]; then c=1; e=$X; w=d
    else
      w=1
      { e=$(sudo -n \${u:+-H -u "$u"} -- "$@" 2>&1 >&4 4>&-); c=$?; } 4>&1
      if refused; then
        w=d
        if [ "$S" = unknown ]; then
          if sudo -n -l >/dev/null 2>&1; then S=some; else S=none; X=$e; fi
        fi
      fi
    fi
    [ -z "$e" ] || printf '%s\\n' "$e" >&2
    if [ $w = d ] && [ "$m" = try ] && [ -z "$u" ]; then w=0; own "$s" "$@"; c=$?; fi
  fi
}
f() { i=$1; shift; run "$@" </dev/null 9>&-; ends "$i"; }
b() {
  i=$1; shift; k=0
  o=$(run "$@" </dev/null 2>&1; printf '.%s:%s' "$c" "$w")
  z=\${o##*.}; o=\${o%.*}
  if [ \${#o} -gt 2000 ]; then k=\${#o}; o=$(printf '%.2000s.' "$o"); o=\${o%.}; fi
  case $o in *"$nl") n=1 ;; *) n=0 ;; esac
  printf '%s' "$o" | while IFS= read -r l || [ -n "$l" ]; do frame "b:$i:$l"; done
  frame "B:$i:$z:$n:$k"
}`.trim();
}
