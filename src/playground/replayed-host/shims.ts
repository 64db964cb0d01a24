import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Bundle, BundledCommand } from "../../domain/bundle.ts";
import { quoteWord } from "../../playbook/quote.ts";
import type { Recording } from "./recording.ts";

/** Between the words of a command line; no recorded word holds it. */
const SEPARATOR = "\u001f";

/** The word that names the run, which is another one at every replay. */
const AGENT = "fiveohtwo/";

/**
 * Writes what stands in for a host's programs: the script of a wave is run by a real shell, which starts every
 * command of it through timeout(1) or sudo(8). These two are replaced here and look the command up among the
 * recorded ones; nothing a wave names is ever run on this machine.
 * @param folder an empty folder of the host's own
 * @returns the folder to stand first on PATH
 */
export function writeShims(folder: string, recording: Recording): string {
  const programs = join(folder, "programs");
  for (const made of [programs, join(folder, "outputs"), join(folder, "home", "lock")])
    mkdirSync(made, { recursive: true });
  writeFileSync(join(folder, "state"), "before\n");
  const uid = /uid=(\d+)\(([^)]*)\)/.exec(outputOf(recording.before, "id")) ?? ["", "1000", "ops"];
  script(join(folder, "lookup"), lookup(folder, recording));
  const find = `exec ${quoteWord(join(folder, "lookup"))} "$@"`;
  script(join(programs, "timeout"), `case $1 in -k) shift 3 ;; *) shift ;; esac\n${find}\n`);
  script(join(programs, "sudo"), `${SUDO}\n${find}\n`);
  script(join(programs, "su"), "echo 'not recorded: su' >&2\nexit 127\n");
  script(
    join(programs, "id"),
    `case $1 in -un) echo ${quoteWord(uid[2] ?? "ops")} ;; *) echo ${uid[1]} ;; esac\n`,
  );
  return programs;
}

const SUDO = `while :; do
  case $1 in
    -l) exit 0 ;;
    -u) shift 2 ;;
    --) shift; break ;;
    -*) shift ;;
    *) break ;;
  esac
done`;

function script(path: string, body: string): void {
  writeFileSync(path, `#!/bin/sh\n${body}`);
  chmodSync(path, 0o755);
}

function lookup(folder: string, recording: Recording): string {
  const { before, after } = recording;
  const fixes = new Set(recording.fix.map(keyOf));
  const cases = [
    ...casesOf(folder, "before", before, fixes),
    ...(after === undefined ? [] : casesOf(folder, "after", after, new Set())),
  ];
  return `R=${quoteWord(folder)}
[ "$1" != sudo ] || { shift; ${SUDO}; }
# Whether timeout works is the runner's question; the bot's own syslog line names a run of today.
case $1 in true | logger) exit 0 ;; esac
IFS= read -r state <"$R/state"
run=; agent=; k=
for w; do
  case $w in ${AGENT}*) agent=\${w##*; }; agent=\${agent%)}; w=${AGENT} ;; esac
  k=$k${SEPARATOR}$w
done
[ -z "$agent" ] || printf '%s\\n' "$agent" >"$R/run"
case $state$k in
${cases.join("\n")}
*) echo "not recorded: $1" >&2; exit 127 ;;
esac
[ -z "$next" ] || printf '%s\\n' "$next" >"$R/state"
[ ! -f "$R/outputs/$n.err" ] || cat "$R/outputs/$n.err" >&2
[ -f "$R/outputs/$n.out" ] || exit $c
[ ! -f "$R/run" ] || IFS= read -r run <"$R/run"
if [ -n "$run" ] && [ -n "$old" ]; then sed "s/$old/$run/g" "$R/outputs/$n.out"; else cat "$R/outputs/$n.out"; fi
exit $c
`;
}

function casesOf(folder: string, state: string, bundle: Bundle, fixes: ReadonlySet<string>): string[] {
  const last = new Map(bundle.commands.filter((c) => c.host === undefined).map((c) => [keyOf(c.argv), c]));
  return [...last].map(([key, command], i) => {
    const n = `${state}-${i}`;
    save(folder, n, command);
    // What the bot's own request left in a log carries the run's id.
    const old = command.stdout.includes(bundle.runId) ? bundle.runId : "";
    const next = fixes.has(key) ? "after" : "";
    return `${quoteWord(`${state}${key}`)}) n=${n} c=${exitOf(command)} old=${old} next=${next} ;;`;
  });
}

function save(folder: string, n: string, command: BundledCommand): void {
  const path = join(folder, "outputs", n);
  if (command.stdout !== "") writeFileSync(`${path}.out`, command.stdout);
  if (command.stderr !== "") writeFileSync(`${path}.err`, command.stderr);
}

/** The status that makes the reader see the recorded end again. */
function exitOf(command: BundledCommand): number {
  switch (command.end) {
    case "missing":
      return command.stderr.includes("sudo:") ? 1 : 127;
    case "denied":
      return command.stderr.includes("sudo") ? 1 : 126;
    case "timed-out":
      return 124;
    default:
      return command.exitCode ?? 0;
  }
}

function keyOf(argv: readonly string[]): string {
  return argv.map((w) => SEPARATOR + (w.startsWith(AGENT) ? AGENT : w)).join("");
}

function outputOf(bundle: Bundle, program: string): string {
  return bundle.commands.find((c) => c.argv.length === 1 && c.argv[0] === program)?.stdout ?? "";
}
